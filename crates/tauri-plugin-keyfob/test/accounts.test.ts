import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AccountInfo } from '../guest-js/bindings.js';
import { listAccounts, onSessionChange, removeAccount, switchAccount } from '../guest-js/index.js';
import type { CommandName } from '../guest-js/testing/index.js';
import { FakeEngine, failure, removeEngine, signedIn } from './engine.js';

let engine: FakeEngine;
const stops: (() => void)[] = [];

beforeEach(() => {
  engine = new FakeEngine();
});

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  removeEngine();
});

function info(id: string, current: boolean): AccountInfo {
  return { account: signedIn({ id }).account, name: id, email: null, current };
}

/** The engine answers with a session that this window has not heard of yet. */
function answerUnheard(
  command: CommandName,
  session: ReturnType<typeof signedIn> | { status: 'signed_out' },
) {
  engine.answer(command, () => {
    engine.snapshot = { ...engine.snapshot, generation: engine.snapshot.generation + 1, session };
    return command === 'switch_account' ? session : null;
  });
}

test('listAccounts gives everybody who is signed in', async () => {
  const accounts = [info('ada', true), info('grace', false)];
  engine.answer('list_accounts', () => accounts);
  await expect(listAccounts()).resolves.toEqual(accounts);
});

test('switchAccount resolves after this window shows the other person', async () => {
  const shown = vi.fn();
  stops.push(onSessionChange(shown));
  answerUnheard('switch_account', signedIn({ id: 'grace' }));
  await expect(switchAccount('grace')).resolves.toMatchObject({ account: { id: 'grace' } });
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
  stops.push(onSessionChange(shown));
  answerUnheard('remove_account', { status: 'signed_out' });
  await removeAccount('ada');
  expect(shown).toHaveBeenLastCalledWith(expect.objectContaining({ session: { status: 'signed_out' } }));
  expect(engine.calls.find(({ command }) => command === 'remove_account')?.args).toEqual({ id: 'ada' });
});

test.each([
  ['list_accounts', 'keychain_locked', listAccounts],
  ['switch_account', 'account_not_found', () => switchAccount('nobody')],
  ['remove_account', 'account_not_found', () => removeAccount('nobody')],
] as const)('%s rejects with an AccountError', async (command, code, act) => {
  engine.answer(command, () => Promise.reject(failure(code)));
  await expect(act()).rejects.toMatchObject({ name: 'AccountError', code });
});
