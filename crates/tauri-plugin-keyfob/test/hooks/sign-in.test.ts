import { afterEach, beforeEach, expect, test } from 'vitest';
import { cancelSignIn, onSessionChange, type SignInOptions, signIn } from '../../guest-js/index.js';
import type { TestEngine } from '../../guest-js/testing/index.js';
import { closeWindow, openWindow, settle } from '../window.js';

let engine: TestEngine;

beforeEach(() => {
  engine = openWindow();
});

afterEach(closeWindow);

test('resolves with the session', async () => {
  const session = signIn();
  await settle();
  engine.signInAs({ sub: 'grace' });
  await expect(session).resolves.toMatchObject({ status: 'signed_in', account: { id: 'grace' } });
});

test('takes every option, and hands each on as it is', async () => {
  const options: Required<SignInOptions> = {
    audience: 'https://api.example.com',
    scope: 'notes:write',
    prompt: 'create',
    loginHint: 'ada@example.com',
    acrValues: ['gold', 'silver'],
    maxAge: 0,
    uiLocales: ['fr-CA', 'en'],
    account: 'ada',
    redirect: 'loopback',
    params: { organization: 'org_1' },
  };
  void signIn(options).catch(() => undefined);
  await settle();
  expect(engine.calls.find(({ command }) => command === 'sign_in')?.args).toEqual({ options });
  await cancelSignIn();
});

test.each(['timeout', 'access_denied', 'browser_failed', 'provider_unreachable'] as const)(
  'settles with %s',
  async (code) => {
    const session = signIn();
    await settle();
    const outcome = expect(session).rejects.toMatchObject({ name: 'SignInError', code });
    engine.fail('sign_in', code);
    await outcome;
    expect(engine.snapshot.signInError).toMatchObject({ code });
  },
);

test('settles with cancelled', async () => {
  const session = signIn();
  await settle();
  const outcome = expect(session).rejects.toMatchObject({ code: 'cancelled' });
  await cancelSignIn();
  await outcome;
  expect(engine.snapshot).toMatchObject({ signIn: null, signInError: null });
});

test('settles with superseded when another one begins', async () => {
  const first = signIn();
  await settle();
  const outcome = expect(first).rejects.toMatchObject({ code: 'superseded' });
  const second = signIn();
  await outcome;
  engine.signInAs();
  await expect(second).resolves.toMatchObject({ status: 'signed_in' });
});

test('resolves after this window shows who is signed in', async () => {
  const shown: string[] = [];
  const stop = onSessionChange(({ session }) => shown.push(session.status));
  await settle();
  engine.answer('sign_in', () => {
    const session = { ...engine.signInAs(), offline: true };
    engine.snapshot = { ...engine.snapshot, generation: engine.snapshot.generation + 1 };
    return session;
  });
  await signIn();
  expect(shown.at(-1)).toBe('signed_in');
  stop();
});
