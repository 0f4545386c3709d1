import '@testing-library/jest-dom/vitest';
import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PendingSignIn, SignInOptions } from '../guest-js/bindings.js';
import type { KeyfobSignInProps } from '../guest-js/react/sign-in/index.js';
import { deferred, FakeEngine, failure, removeEngine, signedIn } from './engine.js';

let engine: FakeEngine;

beforeEach(() => {
  engine = new FakeEngine();
  vi.resetModules();
});

afterEach(() => {
  cleanup();
  removeEngine();
});

/** Modules are fresh, as they are in a new window. */
async function open(change: Parameters<FakeEngine['publish']>[0] = {}, props: KeyfobSignInProps = {}) {
  engine.publish(change);
  const { KeyfobProvider } = await import('../guest-js/react/index.js');
  const { KeyfobSignIn } = await import('../guest-js/react/sign-in/index.js');
  await act(async () =>
    render(
      <KeyfobProvider>
        <KeyfobSignIn {...props}>
          <p>the app</p>
        </KeyfobSignIn>
      </KeyfobProvider>,
    ),
  );
  return userEvent.setup();
}

const publish = (change: Parameters<FakeEngine['publish']>[0]) => act(async () => engine.publish(change));
const shown = () => document.querySelector<HTMLElement>('[data-keyfob="sign-in"]')?.dataset.state;
const button = (name: string) => screen.getByRole('button', { name });
const signedOut = { status: 'signed_out' } as const;
const { user: ada, account } = signedIn();
const pending: PendingSignIn = {
  id: '1',
  purpose: 'first',
  redirect: 'deep_link',
  deepLinkFault: null,
  answered: false,
  deadline: Math.floor(Date.now() / 1000) + 600,
};

test('while nobody knows, the screen is busy and asks nobody to sign in', async () => {
  await open();
  expect(shown()).toBe('loading');
  expect(document.querySelector('[aria-busy="true"]')).toHaveTextContent('Restoring your session');
  expect(screen.queryByRole('button')).toBeNull();
});

describe('signed out', () => {
  test('signs in with the options that were given', async () => {
    const options: SignInOptions = { prompt: 'create' };
    const answer = deferred<unknown>();
    engine.answer('sign_in', () => answer.promise);
    const user = await open({ session: signedOut }, { options });
    expect(screen.getByRole('region', { name: 'Sign in' })).toBeVisible();
    await user.click(button('Sign in'));
    expect(engine.calls.at(-1)).toMatchObject({ command: 'sign_in', args: { options } });
  });

  test('can be cancelled while the provider is being found', async () => {
    const answer = deferred<unknown>();
    engine.answer('sign_in', () => answer.promise).answer('cancel_sign_in', () => null);
    const user = await open({ session: signedOut });
    await user.click(button('Sign in'));
    expect(button('Opening your browser…')).toHaveAttribute('aria-disabled', 'true');
    await user.click(button('Opening your browser…'));
    expect(engine.count('sign_in')).toBe(1);
    await user.click(button('Cancel'));
    await act(async () => answer.reject(failure('cancelled')));
    expect(screen.queryByRole('alert')).toBeNull();
    expect(button('Sign in')).toHaveAttribute('aria-disabled', 'false');
  });

  test('says why the last sign-in failed, in the engine’s words and the provider’s', async () => {
    const signInError = failure('access_denied', { oauthErrorDescription: '<b>Not on Sundays</b>' });
    await open({ session: signedOut, signInError });
    expect(screen.getByRole('alert')).toHaveAttribute('data-code', 'access_denied');
    expect(screen.getByRole('alert')).toHaveTextContent('The engine says access_denied.');
    expect(screen.getByRole('alert')).toHaveTextContent('The provider says: “<b>Not on Sundays</b>”');
  });

  test('says what a click could not start', async () => {
    engine.answer('sign_in', () => Promise.reject('Command plugin:keyfob|sign_in not allowed by ACL'));
    const user = await open({ session: signedOut });
    await user.click(button('Sign in'));
    expect(screen.getByRole('alert')).toHaveAttribute('data-code', 'permission_denied');
  });
});

describe('signing in', () => {
  const openSigningIn = (change: Partial<PendingSignIn> = {}) =>
    open({ session: signedOut, signIn: { ...pending, ...change } });

  test.each([
    ['Mozilla/5.0 (X11; Linux x86_64)', /Open xdg-open\?/],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', /whether to open this app/],
  ])('says what a browser asks on %s', async (userAgent, question) => {
    vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue(userAgent);
    await openSigningIn();
    expect(shown()).toBe('signing_in');
    expect(screen.getByText(question)).toBeVisible();
    expect(screen.getByText(/This sign-in waits until/)).toBeVisible();
  });

  test('once the browser is back there is nothing to do there', async () => {
    await openSigningIn();
    await publish({ signIn: { ...pending, answered: true } });
    expect(screen.getByRole('heading')).toHaveTextContent('Signing you in…');
    expect(screen.queryByText(/Continue in your browser/)).toBeNull();
    expect(screen.getAllByRole('button').map((button) => button.textContent)).toEqual(['Cancel']);
  });

  test('says where a listener stands in, and warns where none does', async () => {
    await openSigningIn({ redirect: 'loopback', deepLinkFault: 'missing' });
    expect(document.querySelector('[data-hint="stands-in"]')).toHaveTextContent(
      /an address on this computer/,
    );
    expect(screen.queryByRole('alert')).toBeNull();
    await publish({ signIn: { ...pending, deepLinkFault: 'missing' } });
    expect(screen.getByRole('alert')).toHaveAttribute('data-fault', 'missing');
  });

  test('opens the browser again, copies the link, and cancels', async () => {
    engine
      .answer('open_authorization_url', () => null)
      .answer('get_authorization_url', () => 'https://id.example.com/authorize')
      .answer('cancel_sign_in', () => {
        engine.publish({ signIn: null });
        return null;
      });
    const user = await openSigningIn();
    await user.click(button('Open it again'));
    expect(engine.count('open_authorization_url')).toBe(1);
    await user.click(button('Copy the link'));
    expect(button('Copied')).toBeVisible();
    await expect(navigator.clipboard.readText()).resolves.toBe('https://id.example.com/authorize');
    await user.click(button('Cancel'));
    expect(shown()).toBe('signed_out');
  });

  test('gives the link to be copied by hand where the clipboard is refused, and none where there is none', async () => {
    engine.answer('get_authorization_url', () => Promise.reject(failure('not_authenticated')));
    const user = await openSigningIn();
    await user.click(button('Copy the link'));
    expect(screen.queryByRole('textbox')).toBeNull();
    engine.answer('get_authorization_url', () => 'https://id.example.com/authorize');
    await publish({ signIn: { ...pending, id: '2' } });
    vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new DOMException('', 'NotAllowedError'));
    await user.click(button('Copy the link'));
    const link = screen.getByLabelText('Copy this link into a browser:');
    expect(link).toHaveValue('https://id.example.com/authorize');
    expect(link).toHaveAttribute('readonly');
  });

  test('takes the browser’s last address after a while, but for a deep link, which leaves none', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const late = () => act(async () => vi.advanceTimersByTime(20_000));
    await openSigningIn();
    await late();
    expect(screen.queryByRole('textbox')).toBeNull();
    await publish({ signIn: { ...pending, redirect: 'loopback' } });
    expect(screen.queryByRole('textbox')).toBeNull();
    await late();
    vi.useRealTimers();
    const user = userEvent.setup();
    engine.answer('submit_callback', () => 'another_address');
    const field = screen.getByLabelText(/Paste the address/);
    await user.type(field, 'somewhere{Enter}');
    expect(field).toHaveAttribute('aria-invalid', 'true');
    expect(field).toHaveAccessibleDescription(/This page is not the last one/);
    engine.answer('submit_callback', () => 'accepted');
    await user.type(field, ' else{Enter}{Enter}');
    expect(engine.count('submit_callback')).toBe(2);
    expect(field).toHaveAccessibleDescription(/Signing you in/);
  });
});

describe('sign-in needed again', () => {
  const reauth = { status: 'reauth_required', user: ada, account, reason: 'no_refresh_token' } as const;

  test('says why, and signs in or out', async () => {
    engine
      .answer('sign_in', () => signedIn())
      .answer('sign_out', () => {
        engine.publish({ session: signedOut });
        return null;
      });
    const user = await open({ session: reauth });
    expect(shown()).toBe('reauth_required');
    expect(screen.getByText(/Your session has run out/)).toBeVisible();
    await user.click(button('Sign in again'));
    expect(engine.count('sign_in')).toBe(1);
    await user.click(button('Sign out'));
    expect(shown()).toBe('signed_out');
  });

  test('waits in the browser as any sign-in does', async () => {
    await open({ session: reauth, signIn: { ...pending, purpose: 'reauth' } });
    expect(shown()).toBe('signing_in');
  });
});

describe('unavailable', () => {
  const unavailable = (code: 'not_configured' | 'keychain_locked') =>
    ({ status: 'unavailable', code, message: `It is ${code}.` }) as const;

  test('says why, and offers nothing that can’t help', async () => {
    await open({ session: unavailable('not_configured') });
    expect(screen.getByRole('alert')).toHaveAttribute('data-code', 'not_configured');
    expect(screen.getByRole('alert')).toHaveTextContent('It is not_configured.');
    expect(screen.queryByRole('button')).toBeNull();
  });

  test('a keychain can be tried again, and a refusal of the same kind is said once', async () => {
    engine.answer('sign_in', () => Promise.reject(failure('keychain_locked')));
    const user = await open({ session: unavailable('keychain_locked') });
    await user.click(button('Try again'));
    expect(screen.getAllByRole('alert')).toHaveLength(1);
    engine.answer('sign_in', () => Promise.reject(failure('provider_unreachable')));
    await user.click(button('Try again'));
    expect(screen.getAllByRole('alert').map(({ dataset }) => dataset.code)).toEqual([
      'keychain_locked',
      'provider_unreachable',
    ]);
  });
});

test('who is signed in sees the app, also while another sign-in is under way', async () => {
  await open({ session: signedIn(), signIn: { ...pending, purpose: 'account' } });
  expect(screen.getByText('the app')).toBeVisible();
  expect(shown()).toBeUndefined();
});

describe('for everybody', () => {
  test('a change of state is said in a live region that was there before, and takes the focus along', async () => {
    await open({ session: signedOut });
    expect(document.body).toHaveFocus();
    const region = screen.getByRole('status');
    await publish({ signIn: pending });
    expect(region).toHaveTextContent('Waiting for your browser.');
    expect(screen.getByRole('heading', { name: 'Continue in your browser' })).toHaveFocus();
    await publish({ session: signedIn(), signIn: null });
    expect(region).toHaveTextContent('You are signed in.');
  });

  test('the first screen takes no focus', async () => {
    await open();
    await publish({ session: signedOut });
    expect(document.body).toHaveFocus();
  });

  test('words and parts can be replaced', async () => {
    const Title = ({ children }: { children: ReactNode }) => <h1 className="mine">{children}</h1>;
    await open({ session: signedOut }, { texts: { signedOut: 'Anmelden' }, parts: { Title } });
    expect(screen.getByRole('heading', { level: 1, name: 'Anmelden' })).toHaveClass('mine');
    expect(button('Sign in')).toBeVisible();
  });
});
