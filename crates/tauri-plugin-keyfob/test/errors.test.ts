import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { errorInfo } from '../guest-js/error-info.js';
import {
  AccessTokenError,
  authenticatedFetch,
  type ErrorCode,
  FetchError,
  getAccessToken,
  isKeyfobError,
  signIn,
} from '../guest-js/index.js';
import { FakeEngine, failure, removeEngine } from './engine.js';

let engine: FakeEngine;

beforeEach(() => {
  engine = new FakeEngine();
});

afterEach(removeEngine);

function rejectTokensWith(cause: unknown) {
  engine.answer('get_access_token', () => Promise.reject(cause));
  return getAccessToken().catch((error: unknown) => error);
}

test('an error of the engine keeps its code, its message and what the provider said', async () => {
  const payload = failure('interaction_required', {
    message: 'The provider wants to ask something. Sign in again.',
    retryable: true,
    retryAfter: 7,
    oauthError: 'consent_required',
    oauthErrorDescription: 'Please consent',
  });
  const error = await rejectTokensWith(payload);
  expect(error).toBeInstanceOf(AccessTokenError);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ ...payload, name: 'AccessTokenError' });
});

test.each([
  ['in release builds', 'Command plugin:keyfob|get_access_token not allowed by ACL'],
  ['in debug builds', 'keyfob.get_access_token not allowed. Permissions associated with this command: …'],
])('a missing permission is permission_denied %s', async (_, message) => {
  expect(await rejectTokensWith(message)).toMatchObject({ code: 'permission_denied', retryable: false });
});

test('arguments of a wrong type are invalid_argument', async () => {
  const message = 'invalid args `options` for command `get_access_token`: invalid type: string "x"';
  expect(await rejectTokensWith(message)).toMatchObject({ code: 'invalid_argument', message });
});

test.each([['a string of no known kind'], [new TypeError('broken')], [undefined], [42]])(
  'anything else (%s) is internal, and an Error',
  async (cause) => {
    const error = await rejectTokensWith(cause);
    expect(error).toBeInstanceOf(AccessTokenError);
    expect(error).toMatchObject({ code: 'internal' });
  },
);

test('a sign-in rejects with a SignInError', async () => {
  engine.answer('sign_in', () => Promise.reject(failure('access_denied')));
  await expect(signIn()).rejects.toMatchObject({ name: 'SignInError', code: 'access_denied' });
});

test('outside Tauri, importing is silent and calls reject not_in_tauri', async () => {
  removeEngine();
  await expect(getAccessToken()).rejects.toMatchObject({ code: 'not_in_tauri', name: 'AccessTokenError' });
});

test('isKeyfobError knows ours from others', () => {
  const nothing = { retryAfter: null, oauthError: null, oauthErrorDescription: null, signIn: null };
  const details = { retryable: false, ...nothing };
  expect(isKeyfobError(new FetchError('gone', { code: 'network', ...details }))).toBe(true);
  expect(isKeyfobError(new Error('other'))).toBe(false);
  expect(isKeyfobError('network')).toBe(false);
});

test('errorInfo tells of every code where it comes from and what can be done', () => {
  const code: ErrorCode = 'keychain_locked';
  expect(errorInfo[code]).toEqual({
    retryable: true,
    source: 'keychain',
    advice: 'Unlock the keychain; signing in asks for it.',
  });
  expect(errorInfo.not_in_tauri).toMatchObject({ retryable: false, source: 'caller' });
  expect(Object.keys(errorInfo).length).toBeGreaterThan(40);
  for (const { advice } of Object.values(errorInfo)) expect(advice).toMatch(/^[A-Z].*\.$/);
});

test('a request that needs a step-up (RFC 9470) carries the sign-in that cures it, as a TypeError with a code', async () => {
  const cure = { acrValues: ['gold'], maxAge: 60 };
  engine.answer('fetch', () => Promise.reject(failure('interaction_required', { signIn: cure })));
  const error = await authenticatedFetch('/me').catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'interaction_required', signIn: cure });
  engine.answer('fetch', () => Promise.reject(failure('network', { signIn: cure })));
  const fault = await authenticatedFetch('/me').catch((caught: unknown) => caught);
  expect(fault).toBeInstanceOf(TypeError);
  expect(fault).toBeInstanceOf(FetchError);
  expect(fault).toMatchObject({ code: 'network', retryable: true, signIn: cure });
});

test('an error of another copy of this package is known as well', async () => {
  vi.resetModules();
  const copy = await import('../guest-js/errors.js');
  const error = copy.keyfobError(copy.AccessTokenError, 'internal', 'Of a copy.');
  expect(error).not.toBeInstanceOf(AccessTokenError);
  expect(isKeyfobError(error)).toBe(true);
});

test('what copies of this package share in a page is shared by those of one version alone', async () => {
  const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../package.json`, 'utf8'));
  await import('../guest-js/index.js');
  expect(Symbol.for(`tauri-plugin-keyfob-api/${version}`) in globalThis).toBe(true);
});
