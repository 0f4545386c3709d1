import { act, render, renderHook, screen, waitFor } from '@testing-library/react';
import { type ReactNode, StrictMode, startTransition, useState } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { getSession, type Session, sessionStore } from '../../guest-js/index.js';
import {
  KeyfobProvider,
  SessionLoading,
  SignedIn,
  SignedOut,
  useAccessToken,
  useAuth,
  useAuthenticatedFetch,
  useSession,
  useTokenClaims,
} from '../../guest-js/react/index.js';
import type { TestEngine } from '../../guest-js/testing/index.js';
import { signedIn } from '../engine.js';
import { closeWindow, openWindow, provided, settle } from '../window.js';

let engine: TestEngine;

beforeEach(() => {
  engine = openWindow();
});

afterEach(closeWindow);

/** The engine lets the window wait for its first snapshot. */
const sayNothing = () => engine.answer('subscribe', () => new Promise(() => undefined));

function Page() {
  const { accessToken, loading } = useAccessToken();
  return (
    <main>
      <SessionLoading>one moment</SessionLoading>
      <SignedOut>please sign in</SignedOut>
      <SignedIn>hello</SignedIn>
      <output>{loading ? 'loading' : (accessToken && 'token') || 'none'}</output>
    </main>
  );
}

const page = (initialSession?: Session) => (
  <KeyfobProvider initialSession={initialSession}>
    <Page />
  </KeyfobProvider>
);

describe('outside KeyfobProvider', () => {
  beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));

  test.each(Object.entries({ useAuth, useAccessToken, useTokenClaims, useAuthenticatedFetch, useSession }))(
    '%s throws an error that says so',
    (name, hook: () => unknown) => {
      expect(() => renderHook(() => hook())).toThrow(`${name}() must be used below <KeyfobProvider>.`);
    },
  );

  test.each(Object.entries({ SignedIn, SignedOut, SessionLoading }))('<%s> throws as well', (name, Gate) => {
    expect(() => render(<Gate />)).toThrow(`<${name}> must be used below <KeyfobProvider>.`);
  });
});

describe('initialSession', () => {
  test('is shown from the first render on: there is no flash', () => {
    const shown: string[] = [];
    const Probe = () => <p>{shown.push(useAuth().status)}</p>;
    render(
      <KeyfobProvider initialSession={signedIn()}>
        <Probe />
      </KeyfobProvider>,
    );
    expect(shown[0]).toBe('signed_in');
  });

  test('is replaced by what the engine says', async () => {
    sayNothing();
    render(page(signedIn()));
    expect(screen.getByText('hello')).toBeDefined();
    await act(() => getSession().then(() => undefined));
    expect(screen.getByText('please sign in')).toBeDefined();
  });

  test('does not replace what the engine has said', async () => {
    engine.signInAs();
    await getSession();
    render(page({ status: 'signed_out' }));
    expect(screen.getByText('hello')).toBeDefined();
  });

  test('takes what getSession() gives', async () => {
    engine.signInAs();
    const initial = await getSession();
    closeWindow();
    engine = openWindow();
    sayNothing();
    const { result } = renderHook(() => useAuth().status, {
      wrapper: ({ children }: { children: ReactNode }) => (
        <KeyfobProvider initialSession={initial}>{children}</KeyfobProvider>
      ),
    });
    expect(result.current).toBe('signed_in');
  });
});

describe('server render', () => {
  test('knows nobody, or whom it was told of, and asks nothing', () => {
    expect(renderToString(page())).toContain('one moment');
    expect(renderToString(page(signedIn()))).toContain('hello');
    expect(engine.calls).toEqual([]);
  });

  test('leaves nothing of one render to the next', () => {
    vi.stubGlobal('window', undefined);
    renderToString(page(signedIn()));
    vi.unstubAllGlobals();
    expect(sessionStore.getSnapshot().session.status).toBe('loading');
  });

  test('is hydrated without a difference', async () => {
    engine.signInAs();
    const container = document.createElement('div');
    container.innerHTML = renderToString(page(signedIn()));
    expect(container.textContent).toBe('helloloading');
    const error = vi.spyOn(console, 'error');
    const root = await act(async () => hydrateRoot(container, page(signedIn())));
    await waitFor(() => expect(container.textContent).toBe('hellotoken'));
    expect(error).not.toHaveBeenCalled();
    act(() => root.unmount());
  });
});

describe('gates', () => {
  test('one of them is open in every state', async () => {
    closeWindow();
    engine = openWindow({ session: { status: 'loading' } });
    const { container } = render(page());
    const shown = () => container.querySelector('main')?.firstChild?.textContent;
    expect(shown()).toBe('one moment');
    act(() => engine.signOut());
    expect(shown()).toBe('please sign in');
    act(() => void engine.signInAs());
    expect(shown()).toBe('hello');
    act(() => engine.endSession());
    expect(shown()).toBe('please sign in');
    act(() =>
      engine.publish({ session: { status: 'unavailable', code: 'keychain_locked', message: 'Locked.' } }),
    );
    expect(shown()).toBe('please sign in');
  });
});

describe('React', () => {
  test('StrictMode asks once, and shows the same', async () => {
    engine.signInAs();
    const { container } = render(<StrictMode>{page()}</StrictMode>);
    await waitFor(() => expect(container.textContent).toBe('hellotoken'));
    await settle();
    expect(engine.count('get_access_token')).toBe(1);
    expect(engine.count('subscribe')).toBe(1);
  });

  test('concurrent rendering never shows two sessions at once', async () => {
    engine.signInAs();
    const torn: string[] = [];
    const Status = () => useAuth().user?.sub ?? 'nobody';
    function Slow() {
      const [count, setCount] = useState(0);
      return (
        <button type="button" onClick={() => startTransition(() => setCount(count + 1))}>
          {Array.from({ length: 50 }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the places never change.
            <i key={index}>
              <Status />
            </i>
          ))}
        </button>
      );
    }
    const { container } = render(<Slow />, { wrapper: provided });
    const look = () => {
      const seen = new Set([...container.querySelectorAll('i')].map((each) => each.textContent));
      if (seen.size > 1) torn.push([...seen].join());
    };
    const observer = new MutationObserver(look);
    observer.observe(container, { subtree: true, childList: true, characterData: true });
    for (const sub of ['grace', 'ada', 'joan']) {
      await act(async () => {
        container.querySelector('button')?.click();
        engine.signInAs({ sub });
      });
    }
    await waitFor(() => expect(container.querySelector('i')?.textContent).toBe('joan'));
    expect(torn).toEqual([]);
    observer.disconnect();
  });

  test('hot reload: modules that are evaluated again share the stores of the page', async () => {
    engine.signInAs();
    const { result } = renderHook(() => useAccessToken(), { wrapper: provided });
    await waitFor(() => expect(result.current.accessToken).toBeDefined());
    vi.resetModules();
    const again = await import('../../guest-js/index.js');
    expect(again.getSession).not.toBe(getSession);
    expect(again.sessionStore).toBe(sessionStore);
    await expect(again.getAccessToken()).resolves.toBe(result.current.accessToken);
    expect(engine.count('subscribe')).toBe(1);
  });
});

describe('useAuthenticatedFetch', () => {
  test('is the same function for equal options, and works', async () => {
    engine.signInAs();
    engine.onFetch((request) => new Response(request.url));
    const { result, rerender } = renderHook((options: object) => useAuthenticatedFetch(options), {
      wrapper: provided,
      initialProps: { baseUrl: 'https://api.example.com/v1/' } as object,
    });
    const first = result.current;
    for (const baseUrl of ['https://api.example.com/v1/', new URL('https://api.example.com/v1/')]) {
      rerender({ baseUrl });
      expect(result.current).toBe(first);
    }
    await expect((await first('me')).text()).resolves.toBe('https://api.example.com/v1/me');
    rerender({ baseUrl: 'https://api.example.com/v2/' });
    expect(result.current).not.toBe(first);
  });
});
