import { act, render, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AccessTokenAnswer } from '../../guest-js/bindings.js';
import { signOut } from '../../guest-js/index.js';
import { KeyfobProvider, useAccessToken } from '../../guest-js/react/index.js';
import { failure, type TestEngine } from '../../guest-js/testing/index.js';
import { deferred } from '../engine.js';
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

describe('loading', () => {
  test('is true while the session is being restored, so that "please sign in" does not flash', async () => {
    closeWindow();
    engine = openWindow({ session: { status: 'loading' } });
    const { result, views } = renderToken();
    await settle();
    expect(result.current).toMatchObject({ accessToken: undefined, loading: true, error: null });
    act(() => void engine.signInAs());
    await waitFor(() => expect(result.current.accessToken).toBeDefined());
    expect(views.filter(({ accessToken, loading }) => !accessToken && !loading)).toEqual([]);
  });

  test('is true for the first fetch, from the first render', async () => {
    engine.signInAs();
    const { result, views } = renderToken();
    expect(views[0]).toEqual({ accessToken: undefined, loading: true, error: null });
    await waitFor(() => expect(result.current).toMatchObject({ loading: false, error: null }));
    expect(views.filter(({ accessToken, loading }) => !accessToken && !loading)).toEqual([]);
  });

  test('ends with the first error', async () => {
    engine.fail('get_access_token', 'offline');
    engine.signInAs();
    const { result } = renderToken();
    await waitFor(() => expect(result.current.error).toMatchObject({ code: 'offline' }));
    expect(result.current).toMatchObject({ accessToken: undefined, loading: false });
  });

  test('is true for a refresh() that was asked for', async () => {
    const { result } = await renderSignedIn();
    const before = result.current.accessToken;
    const answer = deferred<AccessTokenAnswer>();
    engine.answer('refresh', () => answer.promise);
    act(() => void result.current.refresh());
    expect(result.current).toMatchObject({ accessToken: before, loading: true });
    await act(async () => answer.resolve(answerOf('two')));
    await waitFor(() => expect(result.current).toMatchObject({ accessToken: 'two', loading: false }));
  });

  test('is not toggled by background refreshes, retries and focus checks', async () => {
    const { result, views } = await renderSignedIn();
    const first = result.current.accessToken;
    await advance(241);
    await waitFor(() => expect(result.current.accessToken).not.toBe(first));
    engine.fail('get_access_token', 'provider_unreachable');
    engine.expireToken();
    await advance(30);
    await comeBack();
    engine.recover('get_access_token');
    await advance(70);
    await waitFor(() => expect(result.current.error).toBeNull());
    expect(views.filter(({ accessToken, loading }) => accessToken && loading)).toEqual([]);
  });

  test('is false when signed out', async () => {
    const { result } = renderToken();
    await waitFor(() => expect(result.current.loading).toBe(false));
    expect(result.current).toMatchObject({ accessToken: undefined, error: null });
  });
});

describe('getAccessToken', () => {
  test('gives a token that is valid now, while accessToken may lag', async () => {
    const { result } = await renderSignedIn();
    const shown = result.current.accessToken;
    engine.expireToken();
    const token = await result.current.getAccessToken();
    expect(token).not.toBe(shown);
    await waitFor(() => expect(result.current.accessToken).toBe(token));
  });

  test('gives the old one, without error, while renewing fails and it is still valid', async () => {
    const { result } = await renderSignedIn();
    const first = result.current.accessToken;
    engine.goOffline();
    await advance(250);
    await expect(result.current.getAccessToken()).resolves.toBe(first);
    expect(result.current).toMatchObject({ accessToken: first, error: null, loading: false });
  });

  test('fails if there is none', async () => {
    const { result } = await renderSignedIn();
    engine.goOffline();
    engine.expireToken();
    await expect(result.current.getAccessToken()).rejects.toMatchObject({
      name: 'AccessTokenError',
      code: 'offline',
    });
  });

  test('with refresh: true rejects when the refresh fails, however valid the old one is', async () => {
    const { result } = await renderSignedIn();
    engine.goOffline();
    await act(async () => {
      await expect(result.current.getAccessToken({ refresh: true })).rejects.toMatchObject({
        code: 'offline',
      });
    });
    expect(result.current.error).toMatchObject({ code: 'offline' });
  });

  test('gives the full response when asked to', async () => {
    const { result } = await renderSignedIn();
    const response = await result.current.getAccessToken({ includeFullResponse: true });
    expect(response).toMatchObject({
      token: result.current.accessToken,
      token_type: 'Bearer',
      expires_in: 300,
    });
  });

  test.each(['getAccessToken', 'refresh'] as const)(
    '%s resolves undefined signed out, and sends nothing',
    async (name) => {
      const { result } = renderToken();
      await waitFor(() => expect(result.current.loading).toBe(false));
      await expect(result.current[name]()).resolves.toBeUndefined();
      await expect(result.current[name]({ includeFullResponse: true })).resolves.toBeUndefined();
      expect(asked()).toBe(0);
    },
  );

  test('resolves undefined if it turns out that nobody is signed in', async () => {
    engine.answer('subscribe', () => new Promise(() => undefined));
    const { result } = renderToken();
    await expect(result.current.getAccessToken()).resolves.toBeUndefined();
  });
});

describe('refresh', () => {
  test('always reaches the provider, whatever the expiry', async () => {
    const { result } = await renderSignedIn();
    const requests = engine.tokenRequests;
    await act(() => result.current.refresh());
    await act(() => result.current.getAccessToken({ refresh: true }));
    expect(engine.tokenRequests).toBe(requests + 2);
  });

  test('that fails keeps the token, sets the error and rejects', async () => {
    const { result } = await renderSignedIn();
    const { accessToken } = result.current;
    engine.fail('refresh', 'provider_unreachable');
    await act(async () => {
      await expect(result.current.refresh()).rejects.toMatchObject({ code: 'provider_unreachable' });
    });
    expect(result.current).toMatchObject({ accessToken, loading: false });
    expect(result.current.error).toMatchObject({ name: 'AccessTokenError', code: 'provider_unreachable' });
  });

  test('that fails is retried without loading, as a refresh', async () => {
    const { result, views } = await renderSignedIn();
    engine.fail('refresh', 'provider_unreachable', { retryAfter: 3 });
    await act(() => result.current.refresh().catch(() => undefined));
    const known = views.length;
    engine.recover('refresh');
    await advance(2.5);
    expect(engine.count('refresh')).toBe(1);
    await advance(1);
    await waitFor(() => expect(result.current.error).toBeNull());
    expect(engine.count('refresh')).toBe(2);
    expect(views.slice(known).filter(({ loading }) => loading)).toEqual([]);
    await advance(100);
    expect(engine.count('refresh')).toBe(2);
  });

  test.each([['a string'], [new TypeError('broken')], [undefined], [42]])(
    'error is an Error, also when %s was thrown',
    async (thrown) => {
      const { result } = await renderSignedIn();
      engine.answer('refresh', () => Promise.reject(thrown));
      await act(() => result.current.refresh().catch(() => undefined));
      expect(result.current.error).toBeInstanceOf(Error);
      expect(result.current.error).toMatchObject({ code: 'internal' });
    },
  );

  test('of another audience, or with more scope, is shown in nothing', async () => {
    const { result, views } = await renderSignedIn();
    await settle();
    const known = views.length;
    for (const options of [{ audience: 'https://other.example.com' }, { scope: 'write' }]) {
      engine.recover('refresh');
      await expect(result.current.refresh(options)).resolves.not.toBe(result.current.accessToken);
      engine.fail('refresh', 'insufficient_scope');
      await expect(result.current.refresh(options)).rejects.toMatchObject({ code: 'insufficient_scope' });
    }
    await settle();
    expect(views.length).toBe(known);
  });
});

describe('rendering', () => {
  test('callbacks are the same functions, and so is the whole, as long as nothing changes', async () => {
    const { result, rerender } = await renderSignedIn();
    const first = result.current;
    rerender();
    expect(result.current).toBe(first);
    await act(() => first.refresh());
    expect(result.current).not.toBe(first);
    expect(result.current.refresh).toBe(first.refresh);
    expect(result.current.getAccessToken).toBe(first.getAccessToken);
  });

  test('components do not render again when nothing changed', async () => {
    const { result, views } = await renderSignedIn();
    await settle();
    const known = views.length;
    await comeBack('focus', 'visibilitychange');
    await result.current.getAccessToken();
    await act(async () => engine.publish({ session: structuredClone(engine.snapshot.session) }));
    await settle();
    expect(views.length).toBe(known);
  });

  test('several components share one token and one question', async () => {
    engine.signInAs();
    const Token = () => <p>{useAccessToken().accessToken ? 'yes' : 'no'}</p>;
    const { findAllByText } = render(
      <KeyfobProvider>
        <Token />
        <Token />
      </KeyfobProvider>,
    );
    await expect(findAllByText('yes')).resolves.toHaveLength(2);
    expect(asked()).toBe(1);
  });
});

describe('change of account or session', () => {
  test('another account clears the old token and fetches the new one', async () => {
    const { result, views } = await renderSignedIn();
    const his = result.current.accessToken;
    const hers = deferred<AccessTokenAnswer>();
    engine.answer('get_access_token', () => hers.promise);
    await act(async () => void engine.signInAs({ sub: 'grace' }));
    const tokens = views.map(({ accessToken }) => accessToken);
    expect(tokens[tokens.lastIndexOf(his) + 1]).toBeUndefined();
  });

  test('a new session of the same person clears the old token as well', async () => {
    const { result } = await renderSignedIn();
    await act(async () => engine.endSession());
    engine.answer('get_access_token', () => new Promise(() => undefined));
    await act(async () => void engine.signInAs());
    expect(result.current).toMatchObject({ accessToken: undefined, loading: true, error: null });
  });

  test('the first mount clears nothing: there is one question', async () => {
    await renderSignedIn();
    await settle();
    expect(asked()).toBe(1);
  });

  test('signing out clears token, error and timer', async () => {
    const { result } = await renderSignedIn();
    engine.fail('refresh', 'provider_unreachable');
    await act(() => result.current.refresh().catch(() => undefined));
    expect(result.current.error).not.toBeNull();
    await act(() => signOut());
    expect(result.current).toMatchObject({ accessToken: undefined, loading: false, error: null });
    const before = asked();
    await advance(3600);
    expect(asked()).toBe(before);
  });

  test('signing out in another window clears this one', async () => {
    const { result } = await renderSignedIn();
    await act(async () => engine.signOut());
    expect(result.current).toMatchObject({ accessToken: undefined, loading: false, error: null });
    await expect(result.current.getAccessToken()).resolves.toBeUndefined();
  });

  test('a sign-out while no component is there is not missed', async () => {
    const { unmount } = await renderSignedIn();
    unmount();
    engine.signOut();
    engine.answer('get_access_token', () => new Promise(() => undefined));
    engine.signInAs();
    expect(renderToken().result.current).toMatchObject({ accessToken: undefined, loading: true });
  });
});

describe('triggers', () => {
  test('mount', async () => {
    const { unmount } = await renderSignedIn();
    unmount();
    engine.expireToken();
    const before = asked();
    renderToken();
    await settle();
    expect(asked()).toBeGreaterThan(before);
  });

  test('the timer, in good time', async () => {
    const { result } = await renderSignedIn();
    const first = result.current.accessToken;
    await advance(238);
    expect(result.current.accessToken).toBe(first);
    await advance(4);
    await waitFor(() => expect(result.current.accessToken).not.toBe(first));
  });

  test.each(['focus', 'online', 'pageshow', 'visibilitychange'])(
    '%s looks for a valid token',
    async (event) => {
      await renderSignedIn();
      engine.answer('get_access_token', () => Promise.reject(failure('keychain_corrupt')));
      engine.expireToken();
      await settle();
      const before = asked();
      await comeBack(event);
      expect(asked()).toBe(before + 1);
    },
  );

  test('a window that is hidden looks for nothing', async () => {
    await renderSignedIn();
    engine.answer('get_access_token', () => Promise.reject(failure('keychain_corrupt')));
    engine.expireToken();
    await settle();
    const before = asked();
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    await comeBack('visibilitychange');
    expect(asked()).toBe(before);
  });

  test('a focus with a fresh token asks nobody', async () => {
    await renderSignedIn();
    const before = engine.calls.length;
    await comeBack('focus', 'online', 'pageshow', 'visibilitychange');
    expect(engine.calls.length).toBe(before);
  });

  test('resume from sleep: timers and the monotonic clock stood still, the wall clock went on', async () => {
    const { result } = await renderSignedIn();
    const first = result.current.accessToken;
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    await advance(61);
    await waitFor(() => expect(result.current.accessToken).not.toBe(first));
  });

  test('a token that another window renewed is fetched', async () => {
    const { result } = await renderSignedIn();
    engine.answer('get_access_token', () => answerOf('two'));
    const { session } = engine.snapshot;
    await act(async () =>
      engine.publish({ session: { ...session, expiresAt: 4_000_000_000 } as typeof session }),
    );
    await waitFor(() => expect(result.current.accessToken).toBe('two'));
  });

  test('nothing is asked once the last component is gone', async () => {
    const { unmount } = await renderSignedIn();
    unmount();
    const before = asked();
    await comeBack('focus', 'online');
    await advance(600);
    expect(asked()).toBe(before);
  });
});

describe('tokens of every kind', () => {
  test('an opaque token works by expires_in', async () => {
    engine.answer('get_access_token', () => answerOf('opaque-1', { expires_in: 100, freshFor: 75 }));
    const { result } = await renderSignedIn();
    expect(result.current.accessToken).toBe('opaque-1');
    engine.answer('get_access_token', () => answerOf('opaque-2', { expires_in: 100, freshFor: 75 }));
    await advance(74);
    expect(result.current.accessToken).toBe('opaque-1');
    await advance(2);
    await waitFor(() => expect(result.current.accessToken).toBe('opaque-2'));
  });

  test('a token without any expiry is kept, and no timer is set for it', async () => {
    engine.signInAs({ lifetime: null });
    const { result } = renderToken();
    await waitFor(() => expect(result.current.accessToken).toBeDefined());
    const before = asked();
    await advance(86_400);
    await expect(result.current.getAccessToken()).resolves.toBe(result.current.accessToken);
    expect(asked()).toBe(before);
  });
});
