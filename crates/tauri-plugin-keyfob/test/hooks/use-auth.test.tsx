import { act, renderHook, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as keyfob from '../../guest-js/index.js';
import { useAuth } from '../../guest-js/react/index.js';
import { failure, type TestEngine } from '../../guest-js/testing/index.js';
import { closeWindow, openWindow, provided, settle } from '../window.js';

let engine: TestEngine;

beforeEach(() => {
  engine = openWindow();
});

afterEach(closeWindow);

function renderAuth() {
  let renders = 0;
  const hook = renderHook(
    () => {
      renders += 1;
      return useAuth();
    },
    { wrapper: provided },
  );
  return { ...hook, renders: () => renders };
}

test('gives what HOOKS.md lists', () => {
  const fields =
    'status isLoaded isSignedIn loading user account error offline signIn cancelSignIn signOut getAccessToken getToken';
  expect(Object.keys(renderAuth().result.current)).toEqual(expect.arrayContaining(fields.split(' ')));
});

test('goes from loading to signed in, with the person', async () => {
  closeWindow();
  engine = openWindow({ session: { status: 'loading' } });
  const { result } = renderAuth();
  expect(result.current).toMatchObject({ status: 'loading', isLoaded: false, loading: true, user: null });
  await settle();
  act(() => void engine.signInAs({ sub: 'ada', name: 'Ada Lovelace' }));
  expect(result.current).toMatchObject({
    status: 'signed_in',
    isLoaded: true,
    isSignedIn: true,
    loading: false,
    offline: false,
    error: null,
    user: { sub: 'ada', name: 'Ada Lovelace' },
    account: { id: 'ada' },
  });
  act(() => engine.goOffline());
  expect(result.current.offline).toBe(true);
});

test('says signing_in only while nobody is signed in', async () => {
  const { result } = renderAuth();
  await settle();
  const first = result.current.signIn();
  await waitFor(() => expect(result.current).toMatchObject({ status: 'signing_in', isSignedIn: false }));
  act(() => void engine.signInAs());
  await first;
  expect(result.current.status).toBe('signed_in');
  const second = expect(result.current.signIn({ prompt: 'login' })).rejects.toMatchObject({
    code: 'cancelled',
  });
  await settle();
  expect(engine.snapshot.signIn).not.toBeNull();
  expect(result.current.status).toBe('signed_in');
  await act(() => result.current.cancelSignIn());
  await second;
});

test('keeps the person who has to sign in again', async () => {
  engine.signInAs();
  const { result } = renderAuth();
  await waitFor(() => expect(result.current.isSignedIn).toBe(true));
  const { user, account } = result.current;
  act(() => engine.endSession());
  expect(result.current).toMatchObject({ status: 'reauth_required', isSignedIn: false, user, account });
  expect(result.current.error).toMatchObject({ code: 'reauth_required' });
});

test('shows why the last sign-in failed, as one and the same Error', async () => {
  const { result } = renderAuth();
  await settle();
  await act(async () => engine.publish({ signInError: failure('access_denied') }));
  const { error } = result.current;
  expect(error).toMatchObject({ name: 'SignInError', code: 'access_denied' });
  await act(async () => engine.publish({ session: { status: 'signed_out' } }));
  expect(result.current.error).toBe(error);
});

test('tells that the keychain does not take the session', async () => {
  engine.signInAs();
  const { result } = renderAuth();
  await waitFor(() => expect(result.current.storageDegraded).toBe(false));
  const { session } = engine.snapshot;
  await act(async () => engine.publish({ session: { ...session, storageDegraded: true } as typeof session }));
  expect(result.current.storageDegraded).toBe(true);
});

test('getToken is null when signed out, and the token else', async () => {
  const { result } = renderAuth();
  await settle();
  await expect(result.current.getToken()).resolves.toBeNull();
  await expect(result.current.getAccessToken()).resolves.toBeUndefined();
  act(() => void engine.signInAs());
  await expect(result.current.getToken()).resolves.toBe(await keyfob.getAccessToken());
});

test('its functions stay the same, and those of the package are the package’s own', async () => {
  const { result } = renderAuth();
  const before = result.current;
  await act(async () => void engine.signInAs());
  expect(result.current).not.toBe(before);
  for (const name of ['signIn', 'cancelSignIn', 'signOut', 'getAccessToken', 'getToken'] as const) {
    expect(result.current[name]).toBe(before[name]);
  }
  expect(before.signOut).toBe(keyfob.signOut);
});

test('a renewal in the background renders nothing, nor does a sign-in that changes nothing here', async () => {
  engine.signInAs();
  const { result, renders } = renderAuth();
  await waitFor(() => expect(result.current.isSignedIn).toBe(true));
  await settle();
  const known = renders();
  await act(() => keyfob.refresh().then(() => undefined));
  expect(engine.snapshot.generation).toBeGreaterThan(3);
  await settle();
  expect(renders()).toBe(known);
});
