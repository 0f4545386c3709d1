import { act, cleanup, render, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AccessTokenResponse } from '../guest-js/bindings.js';
import { deferred, FakeEngine, failure, removeEngine, signedIn, tokenResponse } from './engine.js';

let engine: FakeEngine;
let react: typeof import('../guest-js/react/index.js');

beforeEach(async () => {
  // Date and timeouts only: React and the IPC mock go on by themselves.
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
  engine = new FakeEngine();
  engine.answer('get_access_token', () => tokenResponse('one'));
  vi.resetModules();
  react = await import('../guest-js/react/index.js');
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  removeEngine();
});

const wrapper = ({ children }: { children: ReactNode }) => (
  <react.KeyfobProvider>{children}</react.KeyfobProvider>
);

function Token() {
  return <p>{react.useAccessToken().accessToken}</p>;
}

function renderToken() {
  const views: { accessToken: string | undefined; loading: boolean; error: Error | null }[] = [];
  const hook = renderHook(
    () => {
      const token = react.useAccessToken();
      views.push({ accessToken: token.accessToken, loading: token.loading, error: token.error });
      return token;
    },
    { wrapper },
  );
  return { ...hook, views };
}

async function renderSignedIn() {
  engine.publish({ session: signedIn() });
  const hook = renderToken();
  await waitFor(() => expect(hook.result.current.accessToken).toBe('one'));
  return hook;
}

const publish = (...args: Parameters<FakeEngine['publish']>) => act(async () => engine.publish(...args));
const focus = () => act(async () => window.dispatchEvent(new Event('focus')));
const advance = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1000));

test.each(['useAuth', 'useAccessToken', 'useSession'] as const)(
  '%s outside KeyfobProvider says so',
  (hook) => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(() => renderHook(() => react[hook]())).toThrow(`${hook}() must be called below <KeyfobProvider>`);
  },
);

describe('useAccessToken, loading', () => {
  test('is true while the session is being restored, and until the first token', async () => {
    const { result, views } = renderToken();
    expect(result.current).toMatchObject({ accessToken: undefined, loading: true, error: null });
    await publish({ session: signedIn() });
    await waitFor(() => expect(result.current.accessToken).toBe('one'));
    expect(views.filter(({ accessToken, loading }) => !accessToken && !loading)).toEqual([]);
    expect(result.current.loading).toBe(false);
  });

  test('is false when signed out, and nothing is sent', async () => {
    engine.publish({ session: { status: 'signed_out' } });
    const { result } = renderToken();
    await waitFor(() => expect(result.current.loading).toBe(false));
    await expect(result.current.getAccessToken()).resolves.toBeUndefined();
    await expect(result.current.refresh()).resolves.toBeUndefined();
    expect(engine.count('get_access_token') + engine.count('refresh')).toBe(0);
  });

  test('is not toggled by what happens in the background', async () => {
    const { views } = await renderSignedIn();
    const known = views.length;
    engine.answer('get_access_token', () => tokenResponse('two'));
    await focus();
    expect(views.slice(known)).toEqual([{ accessToken: 'two', loading: false, error: null }]);
  });

  test('is true during a refresh that was asked for', async () => {
    const { result } = await renderSignedIn();
    const answer = deferred<AccessTokenResponse>();
    engine.answer('refresh', () => answer.promise);
    act(() => void result.current.refresh());
    expect(result.current).toMatchObject({ accessToken: 'one', loading: true });
    await act(async () => answer.resolve(tokenResponse('two')));
    expect(result.current).toMatchObject({ accessToken: 'two', loading: false });
  });

  test('is false without permission, with neither token nor error', async () => {
    const message = 'Command plugin:keyfob|get_access_token not allowed by ACL';
    engine.answer('get_access_token', () => Promise.reject(message));
    engine.publish({ session: signedIn() });
    const { result } = renderToken();
    await waitFor(() => expect(result.current.loading).toBe(false));
    expect(result.current).toMatchObject({ accessToken: undefined, error: null });
    await expect(result.current.getAccessToken()).rejects.toMatchObject({ code: 'permission_denied' });
  });
});

describe('useAccessToken, refresh', () => {
  test('always reaches the engine, even while a silent read is under way', async () => {
    const { result } = await renderSignedIn();
    engine.answer('get_access_token', () => new Promise(() => undefined));
    engine.answer('refresh', () => tokenResponse('two'));
    await focus();
    await act(() => result.current.refresh());
    await act(() => result.current.getAccessToken({ refresh: true }));
    expect(engine.count('refresh')).toBe(2);
    expect(result.current.accessToken).toBe('two');
  });

  test('is not undone by a read that was asked for before and answers after', async () => {
    const { result } = await renderSignedIn();
    const late = deferred<AccessTokenResponse>();
    engine.answer('get_access_token', () => late.promise);
    engine.answer('refresh', () => tokenResponse('two'));
    await focus();
    await act(() => result.current.refresh());
    await act(async () => late.resolve(tokenResponse('one')));
    expect(result.current.accessToken).toBe('two');
  });

  test('that fails rejects, keeps the token and sets the error', async () => {
    const { result } = await renderSignedIn();
    engine.answer('refresh', () => Promise.reject(failure('provider_unreachable', { retryable: true })));
    await act(async () => {
      await expect(result.current.refresh()).rejects.toMatchObject({ code: 'provider_unreachable' });
    });
    expect(result.current).toMatchObject({ accessToken: 'one', loading: false });
    expect(result.current.error).toMatchObject({ code: 'provider_unreachable', name: 'AccessTokenError' });
  });
});

describe('useAccessToken, error', () => {
  test('is the same object for the same failure, and goes with the next success', async () => {
    const { result, views } = await renderSignedIn();
    engine.answer('get_access_token', () => Promise.reject(failure('offline', { retryable: true })));
    await focus();
    const { error } = result.current;
    expect(error).toMatchObject({ code: 'offline' });
    const known = views.length;
    await focus();
    await focus();
    expect(views.length).toBe(known);
    engine.answer('get_access_token', () => tokenResponse('two'));
    await focus();
    expect(result.current).toMatchObject({ accessToken: 'two', error: null });
    expect(views.slice(known)).toHaveLength(1);
  });

  test('retryable failures are retried, without loading', async () => {
    const { result, views } = await renderSignedIn();
    const fail = () => Promise.reject(failure('offline', { retryable: true, retryAfter: 2 }));
    engine.answer('get_access_token', fail);
    await focus();
    const asked = engine.count('get_access_token');
    await advance(2.1);
    expect(engine.count('get_access_token')).toBe(asked + 1);
    engine.answer('get_access_token', () => tokenResponse('two'));
    await advance(2.1);
    expect(result.current.accessToken).toBe('two');
    expect(views.slice(1).some(({ accessToken, loading }) => accessToken && loading)).toBe(false);
  });

  test('says why there is no session', async () => {
    const message = 'The keychain is locked. Unlock it.';
    engine.publish({ session: { status: 'unavailable', code: 'keychain_locked', message } });
    const { result } = renderToken();
    await waitFor(() => expect(result.current.error).toMatchObject({ code: 'keychain_locked', message }));
    expect(result.current.loading).toBe(false);
  });

  test('reauth_required latches: the token stays until it expires, and nothing more is asked', async () => {
    engine.answer('get_access_token', () => tokenResponse('one', 30));
    const { result } = await renderSignedIn();
    const { user, account } = signedIn();
    await publish({
      session: { status: 'reauth_required', user, account, reason: 'refresh_token_rejected' },
    });
    expect(result.current).toMatchObject({ accessToken: 'one', loading: false });
    expect(result.current.error).toMatchObject({ code: 'reauth_required' });
    const asked = engine.count('get_access_token');
    await advance(31);
    await focus();
    expect(result.current.accessToken).toBeUndefined();
    expect(engine.count('get_access_token')).toBe(asked);
  });
});

describe('useAccessToken, change of account', () => {
  test('signing out clears the token, and a late answer does not bring it back', async () => {
    const { result } = await renderSignedIn();
    const late = deferred<AccessTokenResponse>();
    engine.answer('refresh', () => late.promise);
    let refreshed: Promise<string | undefined> | undefined;
    act(() => {
      refreshed = result.current.refresh();
    });
    await publish({ session: { status: 'signed_out' } });
    expect(result.current).toMatchObject({ accessToken: undefined, loading: false, error: null });
    await act(async () => late.resolve(tokenResponse('late')));
    await expect(refreshed).resolves.toBeUndefined();
    expect(result.current).toMatchObject({ accessToken: undefined, loading: false });
    const asked = engine.count('get_access_token');
    await advance(600);
    expect(engine.count('get_access_token')).toBe(asked);
  });

  test('another account clears the token at once and gets its own', async () => {
    const { result, views } = await renderSignedIn();
    const other = deferred<AccessTokenResponse>();
    engine.answer('get_access_token', () => other.promise);
    await publish({ session: signedIn({ id: 'grace' }) });
    expect(result.current).toMatchObject({ accessToken: undefined, loading: true });
    await act(async () => other.resolve(tokenResponse('hers')));
    expect(result.current).toMatchObject({ accessToken: 'hers', loading: false });
    expect(views.at(-1)).toEqual({ accessToken: 'hers', loading: false, error: null });
  });

  test('an answer for the account before is discarded', async () => {
    const { result } = await renderSignedIn();
    const late = deferred<AccessTokenResponse>();
    engine.answer('get_access_token', () => late.promise);
    const asked = result.current.getAccessToken();
    asked.catch(() => undefined);
    engine.answer('get_access_token', () => tokenResponse('hers'));
    await publish({ session: signedIn({ id: 'grace' }) });
    await act(async () => late.resolve(tokenResponse('his')));
    await expect(asked).rejects.toMatchObject({ code: 'superseded' });
    expect(result.current.accessToken).toBe('hers');
  });

  test('a sign-out while no component is there is not missed', async () => {
    const { unmount } = await renderSignedIn();
    unmount();
    await publish({ session: { status: 'signed_out' } });
    engine.answer('get_access_token', () => new Promise(() => undefined));
    await publish({ session: signedIn() });
    expect(renderToken().result.current).toMatchObject({ accessToken: undefined, loading: true });
  });
});

describe('useAccessToken, triggers', () => {
  test.each(['focus', 'online', 'pageshow'])('%s asks for a valid token', async (event) => {
    await renderSignedIn();
    const asked = engine.count('get_access_token');
    await act(async () => window.dispatchEvent(new Event(event)));
    expect(engine.count('get_access_token')).toBe(asked + 1);
  });

  test('triggers that come together share one question', async () => {
    await renderSignedIn();
    engine.answer('get_access_token', () => new Promise(() => undefined));
    const asked = engine.count('get_access_token');
    await act(async () => {
      document.dispatchEvent(new Event('visibilitychange'));
      window.dispatchEvent(new Event('focus'));
      window.dispatchEvent(new Event('online'));
    });
    expect(engine.count('get_access_token')).toBe(asked + 1);
  });

  test('a hidden window asks nothing', async () => {
    await renderSignedIn();
    const asked = engine.count('get_access_token');
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    await act(async () => document.dispatchEvent(new Event('visibilitychange')));
    expect(engine.count('get_access_token')).toBe(asked);
  });

  test('the timer asks before expiry, and asks again if the token is still the same', async () => {
    engine.answer('get_access_token', () => tokenResponse('one', 40));
    const { result } = await renderSignedIn();
    const same = tokenResponse('one', 40);
    engine.answer('get_access_token', () => same);
    await advance(29);
    expect(engine.count('get_access_token')).toBe(1);
    await advance(3);
    expect(engine.count('get_access_token')).toBe(2);
    engine.answer('get_access_token', () => tokenResponse('two', 40));
    await advance(9);
    expect(result.current.accessToken).toBe('two');
  });

  test('a token without expiry sets no timer', async () => {
    engine.answer('get_access_token', () => ({
      ...tokenResponse('one'),
      expires_at: null,
      expires_in: null,
    }));
    const { result } = await renderSignedIn();
    await advance(3600);
    expect(engine.count('get_access_token')).toBe(1);
    expect(result.current.accessToken).toBe('one');
  });

  test('a token that another window renewed is fetched', async () => {
    const { result } = await renderSignedIn();
    engine.answer('get_access_token', () => tokenResponse('two', 900));
    await publish({ session: signedIn({ expiresAt: 4_000_000_000 }) });
    await waitFor(() => expect(result.current.accessToken).toBe('two'));
  });

  test('nothing is asked once the last component is gone', async () => {
    const { unmount } = await renderSignedIn();
    unmount();
    const asked = engine.count('get_access_token');
    window.dispatchEvent(new Event('focus'));
    await advance(600);
    expect(engine.count('get_access_token')).toBe(asked);
  });

  test('several components share one token and one question', async () => {
    engine.publish({ session: signedIn() });
    const { findAllByText } = render(
      <react.KeyfobProvider>
        <Token />
        <Token />
      </react.KeyfobProvider>,
    );
    await expect(findAllByText('one')).resolves.toHaveLength(2);
    expect(engine.count('get_access_token')).toBe(1);
  });
});

test('another audience is asked for as it is, and does not replace the token of the sign-in', async () => {
  const { result } = await renderSignedIn();
  engine.answer('get_access_token', () => tokenResponse('other'));
  const token = await result.current.getAccessToken({ audience: 'https://other.example.com' });
  expect(token).toBe('other');
  expect(result.current.accessToken).toBe('one');
});

test.each([{ audience: 'https://other.example.com' }, { scope: 'write' }])(
  'refreshing the token for %o shows neither its token, nor its failure, nor loading',
  async (options) => {
    const { result, views } = await renderSignedIn();
    const known = views.length;
    engine.answer('refresh', () => tokenResponse('other'));
    expect(await result.current.refresh(options)).toBe('other');
    engine.answer('refresh', () => Promise.reject(failure('insufficient_scope')));
    await expect(result.current.refresh(options)).rejects.toMatchObject({ code: 'insufficient_scope' });
    expect(result.current).toMatchObject({ accessToken: 'one', loading: false, error: null });
    expect(views.length).toBe(known);
  },
);

test('a token with more scope is asked for as it is, and does not replace the token of the sign-in', async () => {
  const { result } = await renderSignedIn();
  engine.answer('get_access_token', () => tokenResponse('more'));
  expect(await result.current.getAccessToken({ scope: 'write' })).toBe('more');
  expect(engine.calls.at(-1)?.args).toEqual({ options: { scope: 'write' } });
  expect(result.current.accessToken).toBe('one');
});

test('callbacks and results are the same objects as long as nothing changes', async () => {
  const { result, rerender } = await renderSignedIn();
  const first = result.current;
  rerender();
  expect(result.current).toBe(first);
  engine.answer('get_access_token', () => tokenResponse('two'));
  await focus();
  expect(result.current.accessToken).toBe('two');
  expect(result.current.refresh).toBe(first.refresh);
  expect(result.current.getAccessToken).toBe(first.getAccessToken);
});

describe('useAuth', () => {
  const renderAuth = () => renderHook(() => react.useAuth(), { wrapper });
  const pending = {
    id: '1',
    purpose: 'first',
    redirect: 'deep_link',
    deepLinkFault: null,
    deadline: 4_000_000_000,
  } as const;

  test('goes from loading to signed in, with the person', async () => {
    const { result } = renderAuth();
    expect(result.current).toMatchObject({ status: 'loading', isLoaded: false, loading: true, user: null });
    await publish({ session: signedIn({ offline: true }) });
    expect(result.current).toMatchObject({
      status: 'signed_in',
      isLoaded: true,
      isSignedIn: true,
      offline: true,
    });
    expect(result.current.user?.name).toBe('Ada Lovelace');
  });

  test('tells that the keychain does not take the session, until it does or nobody is signed in', async () => {
    const { result } = renderAuth();
    expect(result.current.storageDegraded).toBe(false);
    await publish({ session: signedIn({ storageDegraded: true }) });
    expect(result.current.storageDegraded).toBe(true);
    await publish({ session: signedIn() });
    expect(result.current.storageDegraded).toBe(false);
    await publish({ session: signedIn({ storageDegraded: true }) });
    await publish({ session: { status: 'signed_out' } });
    expect(result.current.storageDegraded).toBe(false);
  });

  test('says signing_in only while nobody is signed in', async () => {
    const { result } = renderAuth();
    await publish({ session: { status: 'signed_out' }, signIn: pending });
    expect(result.current).toMatchObject({ status: 'signing_in', isSignedIn: false });
    await publish({ session: signedIn() });
    expect(result.current.status).toBe('signed_in');
  });

  test('keeps the person who has to sign in again', async () => {
    const { user, account } = signedIn();
    const { result } = renderAuth();
    await publish({ session: { status: 'reauth_required', user, account, reason: 'no_refresh_token' } });
    expect(result.current).toMatchObject({ isSignedIn: false, user, account });
    expect(result.current.error).toMatchObject({ code: 'reauth_required' });
  });

  test('shows why the last sign-in failed, as one and the same Error', async () => {
    const { result } = renderAuth();
    await publish({ session: { status: 'signed_out' }, signInError: failure('access_denied') });
    const { error } = result.current;
    expect(error).toMatchObject({ name: 'SignInError', code: 'access_denied' });
    await publish({ signIn: pending });
    expect(result.current.error).toBe(error);
  });

  test('getToken is null when signed out', async () => {
    const { result } = renderAuth();
    await publish({ session: { status: 'signed_out' } });
    await expect(result.current.getToken()).resolves.toBeNull();
    await expect(result.current.getAccessToken()).resolves.toBeUndefined();
  });

  test('its functions stay the same when the session changes', async () => {
    const { result } = renderAuth();
    const before = result.current;
    await publish({ session: signedIn() });
    for (const name of ['signIn', 'cancelSignIn', 'signOut', 'getAccessToken', 'getToken'] as const) {
      expect(result.current[name]).toBe(before[name]);
    }
  });
});
