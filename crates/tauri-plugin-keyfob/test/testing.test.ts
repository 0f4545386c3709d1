import { Channel, invoke } from '@tauri-apps/api/core';
import { mockIPC } from '@tauri-apps/api/mocks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { doctor } from '../guest-js/doctor.js';
import {
  authenticatedFetch,
  cancelSignIn,
  fetchOutcome,
  getAccessToken,
  getAuthorizationUrl,
  getDiagnostics,
  getSession,
  listAccounts,
  listEvents,
  listTokens,
  onSessionChange,
  openAuthorizationUrl,
  refresh,
  removeAccount,
  type Snapshot,
  signIn,
  signOut,
  submitCallback,
  switchAccount,
} from '../guest-js/index.js';
import { failure, installKeyfob, type TestEngine } from '../guest-js/testing/index.js';
import { advance, claimsOf, closeWindow, openWindow, settle } from './window.js';

interface TauriWindow {
  __TAURI_INTERNALS__: { runCallback(id: number, message: unknown): void };
}

let keyfob: TestEngine;

beforeEach(() => {
  keyfob = openWindow();
});

afterEach(closeWindow);

const now = () => Math.floor(Date.now() / 1000);
const status = async () => (await getSession()).session.status;

describe('signing in and out', () => {
  test('nobody is signed in at the start, or whoever a test says', async () => {
    await expect(status()).resolves.toBe('signed_out');
    const another = installKeyfob({ session: { status: 'loading' } });
    await expect(status()).resolves.toBe('loading');
    another.uninstall();
  });

  test('signInAs() needs no name, and takes what a test cares about', async () => {
    expect(keyfob.signInAs()).toMatchObject({ user: { name: 'Ada Lovelace', email: 'ada@example.com' } });
    const session = keyfob.signInAs({ sub: 'grace', name: 'Grace Hopper', picture: null });
    expect(session).toMatchObject({ account: { id: 'grace' }, user: { name: 'Grace Hopper' } });
    await expect(getSession()).resolves.toMatchObject({ session });
  });

  test('a signIn() of the app waits for the test', async () => {
    const session = signIn();
    await settle();
    expect(keyfob.snapshot.signIn).toMatchObject({ purpose: 'first' });
    await expect(getAuthorizationUrl()).resolves.toMatch(/^https:/);
    await openAuthorizationUrl();
    await expect(submitCallback('x')).resolves.toBe('not_awaited');
    keyfob.signInAs();
    await expect(session).resolves.toMatchObject({ status: 'signed_in' });
    expect(keyfob.snapshot.signIn).toBeNull();
  });

  test.each([
    ['account', () => keyfob.signInAs()],
    ['step_up', () => keyfob.signInAs(), { maxAge: 0 }],
    [
      'reauth',
      () => {
        keyfob.signInAs();
        keyfob.endSession();
      },
    ],
  ] as const)('its purpose is told: %s', async (purpose, prepare, options?: { maxAge: number }) => {
    prepare();
    void signIn(options).catch(() => undefined);
    await settle();
    expect(keyfob.snapshot.signIn).toMatchObject({ purpose });
    keyfob.signInAs();
  });

  test('signOut() of the app, and of the test', async () => {
    keyfob.signInAs();
    await signOut();
    await expect(status()).resolves.toBe('signed_out');
    keyfob.signInAs();
    keyfob.signOut();
    await expect(status()).resolves.toBe('signed_out');
  });

  test('several accounts', async () => {
    keyfob.signInAs({ sub: 'ada' });
    keyfob.signInAs({ sub: 'grace' });
    const list = async () => (await listAccounts()).map(({ account, current }) => [account.id, current]);
    await expect(list()).resolves.toEqual([
      ['ada', false],
      ['grace', true],
    ]);
    await expect(switchAccount('ada')).resolves.toMatchObject({ account: { id: 'ada' } });
    await removeAccount('grace');
    await expect(status()).resolves.toBe('signed_in');
    await removeAccount('ada');
    await expect(status()).resolves.toBe('signed_out');
    await expect(switchAccount('ada')).rejects.toMatchObject({ code: 'account_not_found' });
  });
});

describe('what has happened', () => {
  const kinds = async () => (await listEvents()).map(({ kind }) => kind);

  test('is told as the engine tells it', async () => {
    void signIn();
    await settle();
    keyfob.signInAs({ sub: 'ada' });
    keyfob.expireToken();
    await getAccessToken({ audience: 'urn:api' });
    keyfob.goOffline();
    keyfob.goOffline();
    await expect(refresh()).rejects.toMatchObject({ code: 'offline' });
    keyfob.goOnline();
    keyfob.signInAs({ sub: 'grace' });
    await switchAccount('ada');
    await removeAccount('grace');
    keyfob.endSession('identity_changed');
    keyfob.signOut();
    await expect(kinds()).resolves.toEqual([
      'restored',
      'sign_in_started',
      'signed_in',
      'refreshed',
      'went_offline',
      'refresh_failed',
      'came_online',
      'signed_in',
      'account_switched',
      'account_removed',
      'session_ended',
      'signed_out',
    ]);
    const events = await listEvents();
    const of = (kind: string) => events.find((event) => event.kind === kind);
    expect(of('refreshed')).toMatchObject({ audience: 'urn:api', reason: null });
    expect(of('refreshed')?.expiresAt).toBeGreaterThan(now());
    expect(of('signed_in')?.expiresAt).toBeGreaterThan(now());
    expect(of('refresh_failed')?.reason).toEqual({ type: 'error', code: 'offline' });
    expect(of('session_ended')?.reason).toEqual({ type: 'reauth', reason: 'identity_changed' });
  });

  test('a sign-in that fails is told, and one that is cancelled is not', async () => {
    const cancelled = signIn();
    await settle();
    await cancelSignIn();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    const failed = signIn();
    await settle();
    keyfob.fail('sign_in', 'access_denied');
    await expect(failed).rejects.toMatchObject({ code: 'access_denied' });
    await expect(kinds()).resolves.toEqual([
      'restored',
      'sign_in_started',
      'sign_in_started',
      'sign_in_failed',
    ]);
  });

  test('a session that is restored later is told then', async () => {
    keyfob = openWindow({ session: { status: 'loading' } });
    await expect(kinds()).resolves.toEqual([]);
    keyfob.signInAs();
    await expect(kinds()).resolves.toEqual(['restored']);
    const [restored] = await listEvents();
    expect(restored?.expiresAt).toBeGreaterThan(now());
    keyfob = openWindow({ session: { status: 'unavailable', code: 'not_configured', message: 'None.' } });
    expect((await listEvents())[0]?.reason).toEqual({ type: 'error', code: 'not_configured' });
  });

  test('a request that is replayed is told after the refresh for it', async () => {
    keyfob.signInAs();
    let answered = 0;
    keyfob.onFetch(() => {
      answered += 1;
      return new Response(null, { status: answered === 1 ? 401 : 204 });
    });
    await authenticatedFetch('/notes');
    await expect(kinds()).resolves.toEqual(['restored', 'signed_in', 'refreshed', 'replayed']);
  });

  test('the last thousand are remembered, and a test puts there what it likes', async () => {
    for (let at = 0; at < 1001; at += 1) keyfob.happened('woke_up', { at });
    const events = await listEvents();
    expect(events).toHaveLength(1000);
    expect(events[0]).toEqual({ at: 1, kind: 'woke_up', audience: null, reason: null, expiresAt: null });
    keyfob.events = [];
    await expect(listEvents()).resolves.toEqual([]);
  });

  test('diagnostics and checks are what a test says, and at first all is well', async () => {
    expect((await doctor()).filter(({ status }) => status === 'ok').length).toBeGreaterThanOrEqual(7);
    keyfob.diagnostics.proxy = 'http://proxy.example:3128';
    await expect(getDiagnostics()).resolves.toMatchObject({ proxy: 'http://proxy.example:3128' });
    const locked = { subject: 'keychain', status: 'failed', message: 'Locked.', fix: 'Unlock it.' } as const;
    keyfob.checks = keyfob.checks.map((check) => (check.subject === 'keychain' ? locked : check));
    await expect(doctor()).resolves.toContainEqual(locked);
  });
});

describe('tokens', () => {
  test('are JWTs with the claims of the person', async () => {
    keyfob.signInAs({ sub: 'ada', claims: { role: 'admin' }, lifetime: 100 });
    const token = await getAccessToken({ audience: 'urn:api', scope: 'write' });
    expect(claimsOf(token)).toMatchObject({
      sub: 'ada',
      aud: 'urn:api',
      scope: 'openid write',
      role: 'admin',
    });
    expect(Math.abs(Number(claimsOf(token).exp) - now() - 100)).toBeLessThanOrEqual(1);
    await expect(listTokens()).resolves.toHaveLength(2);
  });

  test('expireToken() has the next call renew it', async () => {
    keyfob.signInAs();
    const token = await getAccessToken();
    expect(keyfob.tokenRequests).toBe(1);
    keyfob.expireToken();
    await expect(getAccessToken()).resolves.not.toBe(token);
    expect(keyfob.tokenRequests).toBe(2);
  });

  test('renewing is told as the engine tells it: refreshing, then fresh, each newer than the last', async () => {
    keyfob.signInAs();
    const heard: Snapshot[] = [];
    const stop = onSessionChange((snapshot) => heard.push(snapshot));
    await settle();
    heard.length = 0;
    await refresh();
    const sessions = heard.map(({ session }) => ('freshness' in session ? session.freshness : null));
    expect(sessions).toEqual(['refreshing', 'fresh']);
    const generations = heard.map(({ generation }) => generation);
    expect(generations).toEqual([...generations].sort((a, b) => a - b));
    stop();
  });

  test('of a person whose provider gives no refresh token end with the session', async () => {
    keyfob.signInAs({ renewable: false });
    const token = await getAccessToken();
    await expect(refresh()).rejects.toMatchObject({ code: 'missing_refresh_token' });
    await advance(299);
    await expect(getAccessToken()).resolves.toBe(token);
    await advance(2);
    await expect(getAccessToken()).rejects.toMatchObject({ code: 'reauth_required' });
    await expect(status()).resolves.toBe('reauth_required');
  });

  test('whoever signs in meanwhile supersedes a refresh', async () => {
    keyfob.signInAs();
    const renewed = expect(refresh()).rejects.toMatchObject({ code: 'superseded' });
    keyfob.signInAs({ sub: 'grace' });
    await renewed;
  });
});

describe('failures', () => {
  test('fail() until recover()', async () => {
    keyfob.signInAs();
    keyfob.fail('get_access_token', 'provider_unreachable', { retryAfter: 7 });
    await expect(getAccessToken()).rejects.toMatchObject({ code: 'provider_unreachable', retryAfter: 7 });
    keyfob.recover('get_access_token');
    await expect(getAccessToken()).resolves.toEqual(expect.any(String));
  });

  test('permission_denied comes as Tauri says it', async () => {
    keyfob.fail('list_tokens', 'permission_denied');
    await expect(invoke('plugin:keyfob|list_tokens')).rejects.toBe(
      'Command plugin:keyfob|list_tokens not allowed by ACL',
    );
    await expect(listTokens()).rejects.toMatchObject({ code: 'permission_denied' });
  });

  test('goOffline() and goOnline()', async () => {
    keyfob.signInAs();
    keyfob.goOffline();
    expect(keyfob.snapshot.session).toMatchObject({ offline: true });
    await expect(getAccessToken()).resolves.toEqual(expect.any(String));
    await expect(refresh()).rejects.toMatchObject({ code: 'offline' });
    await expect(authenticatedFetch('/me')).rejects.toMatchObject({ code: 'network' });
    keyfob.signInAs();
    expect(keyfob.snapshot.session).toMatchObject({ offline: true });
    keyfob.goOnline();
    await expect(refresh()).resolves.toEqual(expect.any(String));
  });

  test('endSession()', async () => {
    keyfob.signInAs();
    keyfob.endSession('identity_changed');
    expect(keyfob.snapshot.session).toMatchObject({ status: 'reauth_required', reason: 'identity_changed' });
    expect(() => installKeyfob().endSession()).toThrow();
  });

  test('a command that there is not is refused as Tauri does', async () => {
    await expect(invoke('plugin:keyfob|no_such_thing')).rejects.toContain('not found');
  });
});

describe('authenticated requests', () => {
  test('reach the handler as they would reach an API, the token attached', async () => {
    keyfob.signInAs();
    const seen: unknown[] = [];
    keyfob.onFetch(async (request) => {
      seen.push([request.method, request.url, request.headers.get('authorization'), await request.text()]);
      return Response.json({ ok: true }, { status: 201 });
    });
    const response = await authenticatedFetch('/notes', { method: 'POST', body: 'hi' });
    expect(response.status).toBe(201);
    await expect(response.json()).resolves.toEqual({ ok: true });
    expect(seen).toEqual([
      ['POST', 'https://api.example.com/notes', `Bearer ${await getAccessToken()}`, 'hi'],
    ]);
    expect(fetchOutcome(response)).toBe('cached');
    expect(keyfob.count('fetch')).toBe(1);
  });

  test('renew a token that is due, and replay what the API answers 401', async () => {
    keyfob.signInAs();
    keyfob.onFetch(() => new Response('ok'));
    keyfob.expireToken();
    expect(fetchOutcome(await authenticatedFetch('/me'))).toBe('refreshed');
    const revoked = `Bearer ${await getAccessToken()}`;
    keyfob.onFetch(
      ({ headers }) => new Response(null, { status: headers.get('authorization') === revoked ? 401 : 200 }),
    );
    const replayed = await authenticatedFetch('/me');
    expect(replayed.status).toBe(200);
    expect(fetchOutcome(replayed)).toBe('replayed');
  });

  test('carry bodies of any size, both ways', async () => {
    keyfob.signInAs();
    const sent = new Uint8Array(2_500_000).map((_, index) => index % 251);
    keyfob.onFetch(async (request) => new Response(await request.arrayBuffer()));
    const response = await authenticatedFetch('/echo', { method: 'POST', body: sent });
    const received = new Uint8Array(await response.arrayBuffer());
    expect(Buffer.from(received).equals(sent)).toBe(true);
    expect(keyfob.count('fetch_write')).toBe(3);
    expect(keyfob.count('fetch_read')).toBeGreaterThan(2);
  });

  test('stream what an API says bit by bit, until nobody listens', async () => {
    keyfob.signInAs();
    const cancelled = vi.fn();
    const bits = ['one', 'two', 'three'];
    const pull = (controller: ReadableStreamDefaultController) =>
      controller.enqueue(new TextEncoder().encode(bits.shift()));
    keyfob.onFetch(() => new Response(new ReadableStream({ pull, cancel: cancelled }, { highWaterMark: 0 })));
    const reader = (await authenticatedFetch('/events')).body?.getReader();
    for (const bit of ['one', 'two']) {
      expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(bit);
    }
    await reader?.cancel();
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalled());
    await expect(invoke('plugin:keyfob|fetch_read', { id: 1 })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  test('fail where nobody is signed in, and where no test answers', async () => {
    await expect(authenticatedFetch('/me')).rejects.toMatchObject({ code: 'not_authenticated' });
    keyfob.signInAs();
    await expect(authenticatedFetch('/me')).rejects.toMatchObject({ code: 'network' });
  });
});

describe('the boundary', () => {
  test('other commands go where they went before, and all is as it was afterwards', async () => {
    keyfob.uninstall();
    mockIPC((command) => `mocked ${command}`);
    const another = installKeyfob();
    await expect(invoke('app_command')).resolves.toBe('mocked app_command');
    await expect(status()).resolves.toBe('signed_out');
    another.uninstall();
    await expect(invoke('plugin:keyfob|get_session')).resolves.toContain('mocked');
    Reflect.deleteProperty(window, '__TAURI_INTERNALS__');
    keyfob = openWindow();
    await expect(invoke('app_command')).rejects.toContain('not found');
  });

  test('channels of the app’s own commands work as before', async () => {
    keyfob.uninstall();
    let channel: Channel<string> | undefined;
    mockIPC((_, args) => {
      ({ channel } = args as { channel: Channel<string> });
      return null;
    });
    const before = vi.fn();
    const early = new Channel<string>(before);
    const another = installKeyfob();
    const after = vi.fn();
    await invoke('follow', { channel: new Channel<string>(after) });
    const { runCallback } = (window as unknown as TauriWindow).__TAURI_INTERNALS__;
    for (const id of [early.id, Number(channel?.id)]) {
      runCallback(id, { index: 0, message: 'hello' });
      runCallback(id, { index: 1, end: true });
    }
    expect(before).toHaveBeenCalledWith('hello');
    expect(after).toHaveBeenCalledWith('hello');
    another.uninstall();
    Reflect.deleteProperty(window, '__TAURI_INTERNALS__');
    keyfob = openWindow();
  });

  test('nothing is shared across it', async () => {
    keyfob.signInAs();
    const { session } = await getSession();
    expect(session).toEqual(keyfob.snapshot.session);
    expect(session).not.toBe(keyfob.snapshot.session);
  });

  test('calls are counted and kept', async () => {
    await listEvents();
    await getDiagnostics();
    expect(keyfob.calls).toMatchObject([{ command: 'list_events' }, { command: 'get_diagnostics' }]);
  });

  test('answer() decides what a command gives', async () => {
    keyfob.answer('list_events', () => Promise.reject(failure('internal', { message: 'Broken.' })));
    await expect(listEvents()).rejects.toMatchObject({ message: 'Broken.' });
  });
});
