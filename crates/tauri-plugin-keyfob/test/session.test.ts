import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { getSession, onSessionChange, sessionStore } from '../guest-js/session.js';
import { signIn, signOut } from '../guest-js/sign-in.js';
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

function listen(listener: Parameters<typeof onSessionChange>[0]) {
  const stop = onSessionChange(listener);
  stops.push(stop);
  return stop;
}

const status = () => sessionStore.getSnapshot().session.status;

test('nothing is asked of the engine before somebody listens', () => {
  expect(engine.calls).toEqual([]);
  expect(status()).toBe('loading');
});

test('many listeners share one channel', async () => {
  const first = vi.fn();
  const second = vi.fn();
  listen(first)();
  listen(second);
  listen(first);
  await vi.waitFor(() => expect(first).toHaveBeenCalled());
  engine.publish({ session: { status: 'signed_out' } });
  expect(engine.count('subscribe')).toBe(1);
  expect(second).toHaveBeenLastCalledWith(expect.objectContaining({ session: { status: 'signed_out' } }));
});

test('a snapshot that is not newer is dropped', async () => {
  listen(() => undefined);
  await vi.waitFor(() => expect(sessionStore.getSnapshot().generation).toBe(1));
  engine.publish({ session: { status: 'signed_out' } });
  const stale = { ...engine.snapshot, session: signedIn() };
  engine.send(stale);
  engine.send({ ...stale, generation: 0 });
  expect(status()).toBe('signed_out');
});

test('an answer to get_session does not undo what the channel said since', async () => {
  listen(() => undefined);
  const old = engine.snapshot;
  engine.answer('get_session', () => {
    engine.publish({ session: { status: 'signed_out' } });
    return old;
  });
  await expect(getSession()).resolves.toMatchObject({ session: { status: 'signed_out' } });
});

test('a snapshot that only has a new number keeps its identity and calls nobody', async () => {
  engine.publish({ session: signedIn() });
  const listener = vi.fn();
  listen(listener);
  await vi.waitFor(() => expect(status()).toBe('signed_in'));
  const before = sessionStore.getSnapshot();
  listener.mockClear();
  engine.publish({ session: structuredClone(engine.snapshot.session) });
  expect(sessionStore.getSnapshot()).toBe(before);
  expect(listener).not.toHaveBeenCalled();
});

test('a change beside the session leaves the session its identity', async () => {
  engine.publish({ session: signedIn() });
  listen(() => undefined);
  await vi.waitFor(() => expect(status()).toBe('signed_in'));
  const before = sessionStore.getSnapshot().session;
  engine.publish({ session: structuredClone(before) as never, signInError: failure('timeout') });
  expect(sessionStore.getSnapshot().signInError).toMatchObject({ code: 'timeout' });
  expect(sessionStore.getSnapshot().session).toBe(before);
});

test('a listener that throws neither stops the others nor the channel', async () => {
  const reports: (() => void)[] = [];
  vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((report) => void reports.push(report));
  const other = vi.fn();
  listen(() => {
    throw new Error('a broken listener');
  });
  listen(other);
  await vi.waitFor(() => expect(other).toHaveBeenCalledTimes(1));
  engine.publish({ session: { status: 'signed_out' } });
  expect(other).toHaveBeenCalledTimes(2);
  expect(reports[0]).toThrow('a broken listener');
});

test('a channel that is refused says so instead of loading for ever', async () => {
  engine.answer('subscribe', () => Promise.reject('Command plugin:keyfob|subscribe not allowed by ACL'));
  listen(() => undefined);
  await vi.waitFor(() =>
    expect(sessionStore.getSnapshot().session).toMatchObject({
      status: 'unavailable',
      code: 'permission_denied',
    }),
  );
});

test('outside Tauri the session is unavailable', async () => {
  removeEngine();
  listen(() => undefined);
  await vi.waitFor(() => expect(sessionStore.getSnapshot().session).toMatchObject({ code: 'not_in_tauri' }));
});

test('signIn and signOut resolve after this window shows their effect, channel or not', async () => {
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
