import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AccountInfo } from '../guest-js/bindings.js';
import { FakeEngine, failure, removeEngine, signedIn } from './engine.js';

let engine: FakeEngine;
let keyfob: typeof import('../guest-js/index.js');

beforeEach(async () => {
  engine = new FakeEngine();
  vi.resetModules();
  keyfob = await import('../guest-js/index.js');
});

afterEach(removeEngine);

function info(id: string, current: boolean): AccountInfo {
  return { account: signedIn({ id }).account, name: id, email: null, current };
}

/** The engine answers with a session that this window has not heard of yet. */
function answerUnheard(command: string, session: ReturnType<typeof signedIn> | { status: 'signed_out' }) {
  engine.answer(command, () => {
    engine.snapshot = { ...engine.snapshot, generation: engine.snapshot.generation + 1, session };
    return command === 'switch_account' ? session : null;
  });
}

test('listAccounts gives everybody who is signed in', async () => {
  const accounts = [info('ada', true), info('grace', false)];
  engine.answer('list_accounts', () => accounts);
  await expect(keyfob.listAccounts()).resolves.toEqual(accounts);
});

test('switchAccount resolves after this window shows the other person', async () => {
  const shown = vi.fn();
  keyfob.onSessionChange(shown);
  answerUnheard('switch_account', signedIn({ id: 'grace' }));
  await expect(keyfob.switchAccount('grace')).resolves.toMatchObject({ account: { id: 'grace' } });
  expect(shown).toHaveBeenLastCalledWith(
    expect.objectContaining({
      session: expect.objectContaining({ account: signedIn({ id: 'grace' }).account }),
    }),
  );
  expect(engine.calls.find(({ command }) => command === 'switch_account')?.args).toEqual({ id: 'grace' });
});

test('removeAccount resolves after this window shows that nobody is signed in', async () => {
  engine.publish({ session: signedIn() });
  const shown = vi.fn();
  keyfob.onSessionChange(shown);
  answerUnheard('remove_account', { status: 'signed_out' });
  await keyfob.removeAccount('ada');
  expect(shown).toHaveBeenLastCalledWith(expect.objectContaining({ session: { status: 'signed_out' } }));
  expect(engine.calls.find(({ command }) => command === 'remove_account')?.args).toEqual({ id: 'ada' });
});

test.each([
  ['listAccounts', 'list_accounts', 'keychain_locked'],
  ['switchAccount', 'switch_account', 'account_not_found'],
  ['removeAccount', 'remove_account', 'account_not_found'],
] as const)('%s rejects with an AccountError', async (name, command, code) => {
  engine.answer(command, () => Promise.reject(failure(code)));
  await expect(keyfob[name]('nobody')).rejects.toMatchObject({ name: 'AccountError', code });
});
