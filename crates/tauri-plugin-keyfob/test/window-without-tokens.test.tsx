import { renderHook, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { getSession, listAccounts, signOut } from '../guest-js/index.js';
import { useAuth, useAuthenticatedFetch, useTokenClaims } from '../guest-js/react/index.js';
import type { TestEngine } from '../guest-js/testing/index.js';
import { advance, closeWindow, comeBack, openWindow, provided, renderToken, settle } from './window.js';

let engine: TestEngine;

/** The window is granted `keyfob:default` and `keyfob:fetch`, as the template's new windows are. */
beforeEach(() => {
  engine = openWindow();
  engine.fail('get_access_token', 'permission_denied');
  engine.fail('refresh', 'permission_denied');
  engine.signInAs();
});

afterEach(closeWindow);

test('has no token, is not loading, and has no error', async () => {
  const { result } = renderToken();
  await waitFor(() => expect(result.current.loading).toBe(false));
  expect(result.current).toMatchObject({ accessToken: undefined, error: null });
  for (const call of [result.current.getAccessToken, result.current.refresh]) {
    await expect(call()).rejects.toMatchObject({ name: 'AccessTokenError', code: 'permission_denied' });
  }
  await settle();
  expect(result.current).toMatchObject({ accessToken: undefined, loading: false, error: null });
});

test('asks once whether it may, also after another sign-in, and does not load again', async () => {
  const { result, views } = renderToken();
  await waitFor(() => expect(result.current.loading).toBe(false));
  const known = views.length;
  await comeBack('focus', 'online');
  engine.signInAs({ sub: 'grace' });
  await advance(600);
  expect(engine.count('get_access_token')).toBe(1);
  expect(views.slice(known).filter(({ loading }) => loading)).toEqual([]);
});

test('a token that is granted after all is shown', async () => {
  const { result } = renderToken();
  await waitFor(() => expect(result.current.loading).toBe(false));
  engine.recover('get_access_token');
  await expect(result.current.getAccessToken()).resolves.toEqual(expect.any(String));
  await waitFor(() => expect(result.current.accessToken).toBeDefined());
});

test('everything else works, hooks included', async () => {
  const { result } = renderHook(
    () => ({ auth: useAuth(), claims: useTokenClaims(), fetch: useAuthenticatedFetch() }),
    { wrapper: provided },
  );
  await waitFor(() => expect(result.current.auth).toMatchObject({ isSignedIn: true, error: null }));
  expect(result.current.claims).toEqual({});
  engine.onFetch((request) => Response.json({ authorization: request.headers.get('Authorization') }));
  const answer = await result.current.fetch('https://api.example.com/me');
  await expect(answer.json()).resolves.toEqual({ authorization: expect.stringMatching(/^Bearer ./) });
  await expect(listAccounts()).resolves.toHaveLength(1);
  await expect(getSession()).resolves.toMatchObject({ session: { status: 'signed_in' } });
  await signOut();
  await waitFor(() => expect(result.current.auth.status).toBe('signed_out'));
});
