import { act, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { getAccessToken } from '../guest-js/index.js';
import { tokenStore } from '../guest-js/store.js';
import type { TestEngine } from '../guest-js/testing/index.js';
import { version } from '../package.json' with { type: 'json' };
import { advance, answerOf, closeWindow, comeBack, openWindow, renderSignedIn, settle } from './window.js';

let engine: TestEngine;

beforeEach(() => {
  engine = openWindow();
});

afterEach(closeWindow);

const asked = () => engine.count('get_access_token');

/** Another window: script of its own, which shares nothing with this one but the engine. */
async function openAnother() {
  const page = globalThis as Record<symbol, unknown>;
  const key = Symbol.for(`tauri-plugin-keyfob-api/${version}`);
  const ours = page[key];
  page[key] = undefined;
  vi.resetModules();
  const another = await import('../guest-js/index.js');
  page[key] = ours;
  return another;
}

test('focus, visibility, online and pageshow of a window that comes back count once', async () => {
  await renderSignedIn();
  engine.fail('get_access_token', 'keychain_corrupt');
  engine.expireToken();
  await settle();
  const before = asked();
  await comeBack('visibilitychange', 'focus', 'online', 'pageshow');
  expect(asked()).toBe(before + 1);
});

test('coming back again later counts again', async () => {
  await renderSignedIn();
  engine.fail('get_access_token', 'keychain_corrupt');
  engine.expireToken();
  await settle();
  const before = asked();
  await comeBack();
  await comeBack();
  expect(asked()).toBe(before + 2);
});

test('a window that closes while it comes back asks nothing', async () => {
  const { unmount } = await renderSignedIn();
  engine.expireToken();
  await settle();
  const before = asked();
  window.dispatchEvent(new Event('focus'));
  unmount();
  await comeBack();
  expect(asked()).toBe(before);
});

test('what one window renews, another learns of, and costs no second request', async () => {
  const { result } = await renderSignedIn();
  const requests = engine.tokenRequests;
  await advance(2);
  const other = await openAnother();
  // It has a channel of its own, which takes nothing from this window's.
  engine.answer('subscribe', () => null);
  const renewed = await act(() => other.refresh());
  await waitFor(() => expect(result.current.accessToken).toBe(renewed));
  await expect(getAccessToken()).resolves.toBe(renewed);
  expect(engine.tokenRequests).toBe(requests + 1);
});

test('a window that follows nothing yet sees the same session', async () => {
  await renderSignedIn();
  const other = await openAnother();
  await expect(other.getSession()).resolves.toMatchObject({ session: { account: { id: 'ada' } } });
  engine.signOut();
  await expect(other.getAccessToken()).rejects.toMatchObject({ code: 'not_authenticated' });
});

test('without a framework, the token store is what the hook shows', async () => {
  engine.signInAs();
  const views = [tokenStore.getSnapshot()];
  const unsubscribe = tokenStore.subscribe(() => views.push(tokenStore.getSnapshot()));
  await vi.waitFor(() => expect(tokenStore.getSnapshot().accessToken).toBeDefined());
  expect(views[0]).toEqual({ accessToken: undefined, loading: true, error: null });
  expect(tokenStore.getSnapshot()).toBe(tokenStore.getSnapshot());
  engine.answer('get_access_token', () => answerOf('two'));
  engine.expireToken();
  await vi.waitFor(() => expect(tokenStore.getSnapshot().accessToken).toBe('two'));
  unsubscribe();
});
