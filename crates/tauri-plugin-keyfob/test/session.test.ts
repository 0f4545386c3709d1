import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeEngine, failure, removeEngine, signedIn } from './engine.js';

let engine: FakeEngine;
let session: typeof import('../guest-js/session.js');

beforeEach(async () => {
  engine = new FakeEngine();
  vi.resetModules();
  session = await import('../guest-js/session.js');
});

afterEach(removeEngine);

const status = () => session.sessionStore.getSnapshot().session.status;

test('nothing is asked of the engine before somebody listens', () => {
  expect(engine.calls).toEqual([]);
  expect(status()).toBe('loading');
});

test('many listeners share one channel', async () => {
  const first = vi.fn();
  const second = vi.fn();
  session.onSessionChange(first)();
  session.onSessionChange(second);
  session.onSessionChange(first);
  await vi.waitFor(() => expect(first).toHaveBeenCalled());
  engine.publish({ session: { status: 'signed_out' } });
  expect(engine.count('subscribe')).toBe(1);
  expect(second).toHaveBeenLastCalledWith(expect.objectContaining({ session: { status: 'signed_out' } }));
});

test('a snapshot that is not newer is dropped', async () => {
  session.onSessionChange(() => undefined);
  await vi.waitFor(() => expect(session.sessionStore.getSnapshot().generation).toBe(1));
  engine.publish({ session: { status: 'signed_out' } });
  const stale = { ...engine.snapshot, session: signedIn() };
  engine.send(stale);
  engine.send({ ...stale, generation: 0 });
  expect(status()).toBe('signed_out');
});

test('an answer to get_session does not undo what the channel said since', async () => {
  session.onSessionChange(() => undefined);
  const old = engine.snapshot;
  engine.answer('get_session', () => {
    engine.publish({ session: { status: 'signed_out' } });
    return old;
  });
  await expect(session.getSession()).resolves.toMatchObject({ session: { status: 'signed_out' } });
});

test('a snapshot that only has a new number keeps its identity and calls nobody', async () => {
  engine.publish({ session: signedIn() });
  const listener = vi.fn();
  session.onSessionChange(listener);
  await vi.waitFor(() => expect(status()).toBe('signed_in'));
  const before = session.sessionStore.getSnapshot();
  listener.mockClear();
  engine.publish({ session: structuredClone(engine.snapshot.session) });
  expect(session.sessionStore.getSnapshot()).toBe(before);
  expect(listener).not.toHaveBeenCalled();
});

test('a change beside the session leaves the session its identity', async () => {
  engine.publish({ session: signedIn() });
  session.onSessionChange(() => undefined);
  await vi.waitFor(() => expect(status()).toBe('signed_in'));
  const before = session.sessionStore.getSnapshot().session;
  engine.publish({ session: structuredClone(before) as never, signInError: failure('timeout') });
  expect(session.sessionStore.getSnapshot().signInError).toMatchObject({ code: 'timeout' });
  expect(session.sessionStore.getSnapshot().session).toBe(before);
});

test('a listener that throws neither stops the others nor the channel', async () => {
  const reported = vi.fn();
  vi.stubGlobal('reportError', reported);
  const other = vi.fn();
  session.onSessionChange(() => {
    throw new Error('a broken listener');
  });
  session.onSessionChange(other);
  await vi.waitFor(() => expect(other).toHaveBeenCalledTimes(1));
  engine.publish({ session: { status: 'signed_out' } });
  expect(other).toHaveBeenCalledTimes(2);
  expect(reported).toHaveBeenCalled();
  vi.unstubAllGlobals();
});

test('a channel that is refused says so instead of loading for ever', async () => {
  engine.answer('subscribe', () => Promise.reject('Command plugin:keyfob|subscribe not allowed by ACL'));
  session.onSessionChange(() => undefined);
  await vi.waitFor(() =>
    expect(session.sessionStore.getSnapshot().session).toMatchObject({
      status: 'unavailable',
      code: 'permission_denied',
    }),
  );
});

test('outside Tauri the session is unavailable', async () => {
  removeEngine();
  session.onSessionChange(() => undefined);
  await vi.waitFor(() =>
    expect(session.sessionStore.getSnapshot().session).toMatchObject({ code: 'not_in_tauri' }),
  );
});

test('signIn and signOut resolve after this window shows their effect, channel or not', async () => {
  const { signIn, signOut } = await import('../guest-js/sign-in.js');
  engine.answer('sign_in', () => {
    engine.snapshot = { ...engine.snapshot, generation: 2, session: signedIn() };
    return engine.snapshot.session;
  });
  engine.answer('sign_out', () => {
    engine.snapshot = { ...engine.snapshot, generation: 3, session: { status: 'signed_out' } };
    return null;
  });
  await expect(signIn({ prompt: 'login' })).resolves.toMatchObject({ status: 'signed_in' });
  expect(status()).toBe('signed_in');
  await signOut({ everywhere: true });
  expect(status()).toBe('signed_out');
  expect(engine.calls.find(({ command }) => command === 'sign_out')?.args).toEqual({
    options: { everywhere: true },
  });
});
