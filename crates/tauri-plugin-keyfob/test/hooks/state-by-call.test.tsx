import { waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  cancelSignIn,
  type ErrorCode,
  getAccessToken,
  getDiagnostics,
  getSession,
  listAccounts,
  listEvents,
  listTokens,
  refresh,
  signIn,
  signOut,
} from '../../guest-js/index.js';
import type { TestEngine } from '../../guest-js/testing/index.js';
import {
  advance,
  answerOf,
  asked,
  closeWindow,
  comeBack,
  openWindow,
  renderSignedIn,
  renderToken,
  settle,
} from '../window.js';

let engine: TestEngine;

beforeEach(() => {
  engine = openWindow();
});

afterEach(closeWindow);

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: { code: ErrorCode }) => error.code,
  );

describe('loading', () => {
  beforeEach(() => {
    closeWindow();
    engine = openWindow({ session: { status: 'loading' } });
  });

  test('every call waits for the session', async () => {
    const { result } = renderToken();
    const tokens = Promise.all([getAccessToken(), result.current.getAccessToken(), refresh()]);
    await advance(5);
    engine.signInAs();
    for (const token of await tokens) expect(token).toEqual(expect.any(String));
  });

  test('for 10 s at most, and then fails with the session’s error', async () => {
    const code = codeOf(getAccessToken());
    await advance(9.5);
    await expect(Promise.race([code, Promise.resolve('waits')])).resolves.toBe('waits');
    await advance(1);
    await expect(code).resolves.toBe('loading');
  });

  test('a call that finds that nobody is signed in says so, or resolves undefined in React', async () => {
    const { result } = renderToken();
    const outcomes = Promise.all([codeOf(getAccessToken()), result.current.getAccessToken()]);
    await settle();
    engine.signOut();
    await expect(outcomes).resolves.toEqual(['not_authenticated', undefined]);
  });
});

describe('signed_out', () => {
  test.each([
    ['getAccessToken', getAccessToken],
    ['refresh', refresh],
  ])('outside React, %s() throws AccessTokenError not_authenticated', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ name: 'AccessTokenError', code: 'not_authenticated' });
  });
});

describe('a sign-in under way', () => {
  test('changes no answer', async () => {
    const { result } = await renderSignedIn();
    const { accessToken } = result.current;
    const session = signIn().catch(() => undefined);
    await settle();
    expect(engine.snapshot.signIn).not.toBeNull();
    await expect(result.current.getAccessToken()).resolves.toBe(accessToken);
    await expect(getAccessToken()).resolves.toBe(accessToken);
    await cancelSignIn();
    await session;
  });
});

describe('signed_in, offline', () => {
  test('with a token that is dead, calls reject offline, which is retryable', async () => {
    const { result } = await renderSignedIn();
    engine.goOffline();
    engine.expireToken();
    for (const call of [getAccessToken, refresh, result.current.getAccessToken, result.current.refresh]) {
      await expect(call()).rejects.toMatchObject({ code: 'offline', retryable: true });
    }
  });

  test('with a token that lives, calls give it', async () => {
    const { result } = await renderSignedIn();
    engine.goOffline();
    await advance(270);
    await expect(getAccessToken()).resolves.toBe(result.current.accessToken);
  });
});

describe('reauth_required', () => {
  test('the token is shown until it expires, and the error at once', async () => {
    const { result } = await renderSignedIn();
    const { accessToken } = result.current;
    engine.endSession();
    await waitFor(() => expect(result.current.error).toMatchObject({ code: 'reauth_required' }));
    expect(result.current).toMatchObject({ accessToken, loading: false });
    await advance(298);
    expect(result.current.accessToken).toBe(accessToken);
    await advance(4);
    expect(result.current.accessToken).toBeUndefined();
    expect(result.current.error).toMatchObject({ code: 'reauth_required' });
  });

  test('calls reject, and send nothing', async () => {
    const { result } = await renderSignedIn();
    engine.endSession();
    await settle();
    const requests = engine.tokenRequests;
    for (const call of [getAccessToken, refresh, result.current.getAccessToken, result.current.refresh]) {
      await expect(codeOf(call())).resolves.toBe('reauth_required');
    }
    const before = asked();
    await comeBack('focus', 'online');
    await advance(600);
    expect(engine.tokenRequests).toBe(requests);
    expect(asked()).toBe(before);
  });
});

describe('unavailable', () => {
  const locked = { status: 'unavailable', code: 'keychain_locked', message: 'Unlock the keychain.' } as const;

  test('calls reject with its code, and the hook shows it', async () => {
    closeWindow();
    engine = openWindow({ session: locked });
    const { result } = renderToken();
    await waitFor(() => expect(result.current.error?.message).toBe(locked.message));
    expect(result.current.error).toMatchObject({ code: locked.code });
    expect(result.current).toMatchObject({ accessToken: undefined, loading: false });
    for (const call of [getAccessToken, refresh, result.current.getAccessToken, result.current.refresh]) {
      await expect(codeOf(call())).resolves.toBe('keychain_locked');
    }
  });
});

describe('no permission', () => {
  test.each([
    ['in release builds', 'Command plugin:keyfob|get_access_token not allowed by ACL'],
    ['in debug builds', 'keyfob.get_access_token not allowed. Permissions associated with this command: …'],
  ])('%s: no token, no loading, no error, and calls reject permission_denied', async (_, message) => {
    engine.answer('get_access_token', () => Promise.reject(message));
    engine.fail('refresh', 'permission_denied');
    engine.signInAs();
    const { result, views } = renderToken();
    await waitFor(() => expect(result.current.loading).toBe(false));
    expect(result.current).toMatchObject({ accessToken: undefined, error: null });
    const before = asked();
    await comeBack();
    await advance(600);
    expect(asked()).toBe(before);
    for (const call of [getAccessToken, refresh, result.current.getAccessToken, result.current.refresh]) {
      await expect(codeOf(call())).resolves.toBe('permission_denied');
    }
    await settle();
    expect(result.current).toMatchObject({ accessToken: undefined, loading: false, error: null });
    expect(views.filter(({ error }) => error !== null)).toEqual([]);
  });

  test('without that of following the session, tokens are given all the same, each by the engine', async () => {
    engine.fail('subscribe', 'permission_denied');
    engine.signInAs();
    const [one, two] = [await getAccessToken(), await getAccessToken()];
    expect(one).toBe(two);
    expect(asked()).toBe(2);
  });
});

test('wrong arguments are invalid_argument', async () => {
  engine.signInAs();
  engine.answer('get_access_token', () =>
    Promise.reject('invalid args `options` for command `get_access_token`: invalid type: integer `1`'),
  );
  await expect(codeOf(getAccessToken({ audience: 1 as unknown as string }))).resolves.toBe(
    'invalid_argument',
  );
});

test('no promise outlives 60 s, and the next call asks anew', async () => {
  engine.signInAs();
  engine.answer('get_access_token', () => new Promise(() => undefined));
  const code = codeOf(getAccessToken());
  await advance(59);
  await expect(Promise.race([code, Promise.resolve('waits')])).resolves.toBe('waits');
  await advance(2);
  await expect(code).resolves.toBe('internal');
  engine.answer('get_access_token', () => answerOf('anew'));
  await expect(getAccessToken()).resolves.toBe('anew');
});

describe('no Tauri', () => {
  beforeEach(closeWindow);
  afterEach(() => void openWindow());

  test('importing is silent, and touches nothing', async () => {
    vi.resetModules();
    await import('../../guest-js/index.js');
    await import('../../guest-js/store.js');
    await import('../../guest-js/error-info.js');
    await import('../../guest-js/react/index.js');
    expect('__TAURI_INTERNALS__' in window).toBe(false);
  });

  test.each(
    Object.entries({
      getAccessToken,
      refresh,
      signIn,
      cancelSignIn,
      signOut,
      getSession,
      listAccounts,
      listTokens,
      listEvents,
      getDiagnostics,
    }),
  )('%s rejects not_in_tauri', async (_, call: () => Promise<unknown>) => {
    await expect(codeOf(call())).resolves.toBe('not_in_tauri');
  });

  test('the hook shows it', async () => {
    const { result } = renderToken();
    await waitFor(() => expect(result.current.error).toMatchObject({ code: 'not_in_tauri' }));
    expect(result.current).toMatchObject({ accessToken: undefined, loading: false });
    await expect(codeOf(result.current.getAccessToken())).resolves.toBe('not_in_tauri');
  });
});

test('location.reload() keeps everything, with 0 requests', async () => {
  const { result, unmount } = await renderSignedIn();
  const { accessToken } = result.current;
  const { tokenRequests: before, snapshot } = engine;
  unmount();
  // A page that is loaded anew has script that knows nothing, and the same engine behind it.
  const { sessionStore } = await import('../../guest-js/session.js');
  const { tokenCache } = await import('../../guest-js/token-cache.js');
  tokenCache.clear();
  sessionStore.reset();
  const anew = renderToken();
  await waitFor(() => expect(anew.result.current.accessToken).toBe(accessToken));
  expect(sessionStore.getSnapshot().session).toEqual(snapshot.session);
  expect(engine.tokenRequests).toBe(before);
});
