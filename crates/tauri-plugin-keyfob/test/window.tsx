import { act, cleanup, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, vi } from 'vitest';
import type { AccessTokenAnswer } from '../guest-js/bindings.js';
import { type AccessToken, KeyfobProvider, useAccessToken } from '../guest-js/react/index.js';
import { installKeyfob, type TestEngine, type TestEngineOptions } from '../guest-js/testing/index.js';
import { tokenResponse } from './engine.js';

/** A window's clocks and timers, which go on by themselves and can be pushed. */
export function fakeClocks(): void {
  vi.useFakeTimers({
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'],
    shouldAdvanceTime: true,
  });
}

let engine: TestEngine | undefined;

/** A window with an engine behind it. */
export function openWindow(options?: TestEngineOptions): TestEngine {
  fakeClocks();
  engine = installKeyfob(options);
  return engine;
}

export function closeWindow(): void {
  cleanup();
  engine?.uninstall();
  vi.useRealTimers();
}

export const provided = ({ children }: { children: ReactNode }) => (
  <KeyfobProvider>{children}</KeyfobProvider>
);

/** The hook, and all that it has ever shown. */
export function renderToken() {
  const views: Pick<AccessToken, 'accessToken' | 'loading' | 'error'>[] = [];
  const hook = renderHook(
    () => {
      const token = useAccessToken();
      views.push({ accessToken: token.accessToken, loading: token.loading, error: token.error });
      return token;
    },
    { wrapper: provided },
  );
  return { ...hook, views };
}

/** The hook of somebody who is signed in, with a token. */
export async function renderSignedIn() {
  engine?.signInAs();
  const hook = renderToken();
  await waitFor(() => expect(hook.result.current.accessToken).toBeDefined());
  await settle();
  return hook;
}

/** Lets everything happen that needs no time. */
export const settle = () => act(() => vi.advanceTimersByTimeAsync(0));

/** Lets time pass. */
export const advance = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1000));

/** The window is seen again; its events are taken together. */
export async function comeBack(...events: string[]): Promise<void> {
  for (const event of events.length > 0 ? events : ['focus']) {
    const target = event === 'visibilitychange' ? document : window;
    target.dispatchEvent(new Event(event));
  }
  await advance(0.06);
}

/** The claims of a token that the test engine has issued. */
export function claimsOf(token: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString());
}

/** An answer of the engine that a test makes up; of a generation that none is newer than. */
export function answerOf(token: string, change: Partial<AccessTokenAnswer> = {}): AccessTokenAnswer {
  return { ...tokenResponse(token), ...change };
}

/** How often the engine was asked for a token, in whichever way. */
export function asked(): number {
  return (engine?.count('get_access_token') ?? 0) + (engine?.count('refresh') ?? 0);
}
