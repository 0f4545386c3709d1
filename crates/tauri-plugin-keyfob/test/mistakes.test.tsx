import { readFileSync } from 'node:fs';
import { act, renderHook, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AccessTokenAnswer } from '../guest-js/bindings.js';
import { authenticatedFetch, cancelSignIn, getAccessToken, signIn, signOut } from '../guest-js/index.js';
import { useTokenClaims } from '../guest-js/react/index.js';
import { failure, type TestEngine } from '../guest-js/testing/index.js';
import { deferred } from './engine.js';
import {
  advance,
  answerOf,
  asked,
  claimsOf,
  closeWindow,
  comeBack,
  openWindow,
  provided,
  renderSignedIn,
  renderToken,
  settle,
} from './window.js';

let engine: TestEngine;

beforeEach(() => {
  engine = openWindow();
});

afterEach(closeWindow);

describe('1. a timer that fires when the check says "not yet", and is never set again', () => {
  test('the token is renewed in good time, again and again, with nobody looking', async () => {
    const { result } = await renderSignedIn();
    const seen = new Set([result.current.accessToken]);
    for (let life = 0; life < 5; life += 1) {
      await advance(300);
      await settle();
      seen.add(result.current.accessToken);
    }
    expect(seen.size).toBeGreaterThanOrEqual(6);
  });

  test('if the engine gives the same token again, another timer follows', async () => {
    engine.answer('get_access_token', () => answerOf('same', { freshFor: 0, expires_in: 40 }));
    await renderSignedIn();
    const before = asked();
    await advance(90);
    expect(asked()).toBeGreaterThanOrEqual(before + 4);
  });
});

test('2. signing out during a refresh: the late answer does not bring the token back', async () => {
  const { result } = await renderSignedIn();
  const late = deferred<AccessTokenAnswer>();
  engine.answer('refresh', () => late.promise);
  let refreshed: Promise<string | undefined> = Promise.resolve('nothing was asked');
  act(() => {
    refreshed = result.current.refresh();
  });
  await settle();
  await act(() => signOut());
  await act(async () => late.resolve(answerOf('late')));
  await expect(refreshed).resolves.toBeUndefined();
  expect(result.current).toMatchObject({ accessToken: undefined, loading: false, error: null });
  await expect(getAccessToken()).rejects.toMatchObject({ code: 'not_authenticated' });
});

describe('3. a forced refresh that joins a silent read', () => {
  test('a refresh() while a read is under way is a refresh of its own', async () => {
    const { result } = await renderSignedIn();
    engine.answer('get_access_token', () => new Promise(() => undefined));
    engine.expireToken();
    await comeBack();
    const requests = engine.tokenRequests;
    await act(() => result.current.refresh());
    expect(engine.tokenRequests).toBe(requests + 1);
  });

  test('what the read brings afterwards is the older token, and replaces nothing', async () => {
    const { result } = await renderSignedIn();
    const late = deferred<AccessTokenAnswer>();
    engine.answer('get_access_token', () => late.promise);
    engine.expireToken();
    await comeBack();
    const renewed = await act(() => result.current.refresh());
    await act(async () => late.resolve(answerOf('older')));
    expect(result.current.accessToken).toBe(renewed);
  });

  test('a read that is asked for after a refresh does not join one from before it', async () => {
    engine.signInAs();
    engine.fail('subscribe', 'permission_denied');
    const older = deferred<AccessTokenAnswer>();
    engine.answer('get_access_token', () => older.promise);
    const before = getAccessToken();
    await getAccessToken({ refresh: true });
    engine.answer('get_access_token', () => answerOf('newer'));
    await expect(getAccessToken()).resolves.toBe('newer');
    older.resolve(answerOf('older'));
    await expect(before).resolves.toBe('older');
  });

  test('two refresh() at once are two', async () => {
    const { result } = await renderSignedIn();
    await act(() => Promise.all([result.current.refresh(), result.current.refresh()]));
    expect(engine.count('refresh')).toBe(2);
  });
});

test('4. a dead refresh token is not tried on every focus: the end of the session latches', async () => {
  const { result } = await renderSignedIn();
  engine.endSession('refresh_token_rejected');
  await settle();
  const before = asked();
  for (let focus = 0; focus < 20; focus += 1) await comeBack('focus', 'visibilitychange', 'online');
  await advance(3600);
  expect(asked()).toBe(before);
  expect(result.current.error).toMatchObject({ code: 'reauth_required' });
});

test('5. error does not flicker: it is one object until an answer clears it', async () => {
  const { result, views } = await renderSignedIn();
  engine.fail('get_access_token', 'provider_unreachable');
  engine.expireToken();
  await waitFor(() => expect(result.current.error).not.toBeNull());
  const known = views.length;
  await comeBack();
  await advance(200);
  await comeBack('online');
  expect(views.length).toBe(known);
  engine.recover('get_access_token');
  await comeBack();
  await waitFor(() => expect(result.current.error).toBeNull());
  expect(views.filter(({ error }) => error).every(({ error }) => error === views[known - 1]?.error)).toBe(
    true,
  );
});

describe('6. a call that never settles', () => {
  test('wedges no later call, nor the background', async () => {
    const { result } = await renderSignedIn();
    engine.answer('get_access_token', () => new Promise(() => undefined));
    engine.expireToken();
    const wedged = expect(getAccessToken()).rejects.toMatchObject({ code: 'internal' });
    await advance(61);
    await wedged;
    engine.answer('get_access_token', () => answerOf('after'));
    await expect(getAccessToken()).resolves.toBe('after');
    await comeBack();
    await waitFor(() => expect(result.current.accessToken).toBe('after'));
  });

  test('does not stand in the way of another audience, nor of a refresh()', async () => {
    engine.signInAs();
    engine.answer('get_access_token', ({ options }) =>
      (options as { audience: string | null }).audience ? answerOf('other') : new Promise(() => undefined),
    );
    void getAccessToken().catch(() => undefined);
    await expect(getAccessToken({ audience: 'https://other.example.com' })).resolves.toBe('other');
    await expect(getAccessToken({ refresh: true })).resolves.toEqual(expect.any(String));
  });
});

test('7. claims with non-ASCII text are not garbled', async () => {
  const name = 'Zoë Müller — 山田 🔑';
  engine.signInAs({ claims: { name } });
  const { result } = renderHook(() => useTokenClaims<{ name: string }>(), { wrapper: provided });
  await waitFor(() => expect(result.current.name).toBe(name));
});

describe('8. a flat retry without backoff and jitter, for what passes and what does not', () => {
  /** When the engine is asked, in seconds from now. */
  async function questionsWithin(seconds: number): Promise<number[]> {
    const times: number[] = [];
    let before = asked();
    for (let second = 0; second < seconds; second += 1) {
      await advance(1);
      if (asked() > before) times.push(second);
      before = asked();
    }
    return times;
  }

  test('what passes is tried again, each time later, and at most a minute apart', async () => {
    await renderSignedIn();
    engine.fail('get_access_token', 'provider_unreachable');
    engine.expireToken();
    await settle();
    const times = await questionsWithin(240);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(times[0]).toBeLessThanOrEqual(5);
    expect(waits.slice(0, 3)).toEqual([...waits.slice(0, 3)].sort((a, b) => a - b));
    expect(Math.max(...waits)).toBeGreaterThan(40);
    expect(Math.max(...waits)).toBeLessThanOrEqual(61);
  });

  test('windows that failed together part ways', async () => {
    const { retryIn } = await import('../guest-js/renewal.js');
    const waits = new Set(Array.from({ length: 100 }, () => retryIn(3, null)));
    expect(waits.size).toBeGreaterThan(50);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(15);
    expect(Math.max(...waits)).toBeLessThanOrEqual(20);
  });

  test('a provider that asks to wait is heard', async () => {
    await renderSignedIn();
    engine.fail('get_access_token', 'provider_unreachable', { retryAfter: 90 });
    engine.expireToken();
    await settle();
    expect(await questionsWithin(100)).toEqual([
      expect.toSatisfy((time: number) => Math.abs(time - 90) <= 1),
    ]);
  });

  test('what does not pass is not tried again', async () => {
    await renderSignedIn();
    engine.fail('get_access_token', 'insufficient_scope');
    engine.expireToken();
    await settle();
    expect(await questionsWithin(240)).toEqual([]);
  });
});

describe('9. elsewhere', () => {
  test('null for both "signed out" and "offline": they are told apart', async () => {
    const { result } = await renderSignedIn();
    engine.goOffline();
    engine.expireToken();
    await expect(result.current.getAccessToken()).rejects.toMatchObject({ code: 'offline' });
    await act(async () => engine.signOut());
    await expect(result.current.getAccessToken()).resolves.toBeUndefined();
  });

  test('a second sign-in refused while the first hangs: it supersedes it', async () => {
    const first = expect(signIn()).rejects.toMatchObject({ code: 'superseded' });
    await settle();
    const second = signIn();
    await first;
    engine.signInAs();
    await expect(second).resolves.toMatchObject({ status: 'signed_in' });
  });

  test('waiting for ever when the browser was closed: a sign-in can be cancelled, and times out', async () => {
    const cancelled = expect(signIn()).rejects.toMatchObject({ code: 'cancelled' });
    await settle();
    await cancelSignIn();
    await cancelled;
    engine.answer('sign_in', () => Promise.reject(failure('timeout')));
    await expect(signIn()).rejects.toMatchObject({ code: 'timeout' });
  });

  test('parallel audiences: each gets its own token, and none waits for another', async () => {
    engine.signInAs();
    const audiences = Array.from({ length: 10 }, (_, index) => `https://api${index}.example.com`);
    const tokens = await Promise.all(audiences.map((audience) => getAccessToken({ audience })));
    expect(tokens.map((token) => claimsOf(token).aud)).toEqual(audiences);
  });

  test('a lifetime that is shorter than asked throws nothing away', async () => {
    engine.signInAs({ lifetime: 30 });
    const token = await getAccessToken({ minTtl: 3600 });
    await expect(getAccessToken()).resolves.toBe(token);
  });

  test('absolute URLs that receive the token whatever their host: script has none to send along', async () => {
    engine.signInAs();
    engine.fail('fetch', 'url_not_allowed');
    await expect(authenticatedFetch('https://evil.example')).rejects.toMatchObject({
      code: 'url_not_allowed',
    });
    const sent = JSON.stringify(engine.calls.filter(({ command }) => command === 'fetch'));
    expect(sent).not.toContain(await getAccessToken());
  });

  test('the refresh token handed to script: no answer and no snapshot has a place for one', async () => {
    engine.signInAs();
    const { result } = renderToken();
    await waitFor(() => expect(result.current.accessToken).toBeDefined());
    const response = await getAccessToken({ includeFullResponse: true });
    expect(JSON.stringify([response, engine.snapshot])).not.toMatch(/refresh_?token"/i);
  });

  test('every test that docs/mistakes.md names is there', () => {
    const root = `${import.meta.dirname}/../../..`;
    const table = readFileSync(`${root}/docs/mistakes.md`, 'utf8');
    const named = [...table.matchAll(/`([\w/]+\.rs)::(\w+)`/g)];
    expect(named.length).toBeGreaterThan(15);
    for (const [, file = '', name] of named) {
      const path = file.startsWith('/') ? file : `/crates/keyfob/${file}`;
      expect(readFileSync(`${root}${path}`, 'utf8')).toContain(`fn ${name}(`);
    }
  });
});

vi.setConfig({ testTimeout: 20_000 });
