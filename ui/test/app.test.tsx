import { mockConvertFileSrc } from '@tauri-apps/api/mocks';
import { act, cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { PendingSignIn, ReauthReason, TokenInfo } from 'tauri-plugin-keyfob-api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  deferred,
  type FakeEngine,
  failure,
  removeEngine,
  signedIn,
  tokenResponse,
} from '../../crates/tauri-plugin-keyfob/test/engine.js';
import checks from '../src/locales/en/checks.json';
import errors from '../src/locales/en/errors.json';
import home from '../src/locales/en/home.json';
import words from '../src/locales/en/signIn.json';
import { provider, shown, TestWindow } from './window';

let engine: FakeEngine;
let open: TestWindow['open'];
let publish: TestWindow['publish'];

beforeEach(() => {
  const window = new TestWindow();
  engine = window.engine;
  open = window.open.bind(window);
  publish = window.publish.bind(window);
});

afterEach(removeEngine);

const get = screen.getByTestId.bind(screen);
const signedOut = { status: 'signed_out' } as const;
const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
/** A token as `listTokens` describes it. */
const held = (audience: string | null): TokenInfo => ({
  audience,
  scope: 'openid notes:read',
  requestedScope: null,
  tokenType: 'Bearer',
  expiresAt: secondsFromNow(100),
});
const pending: PendingSignIn = {
  id: '1',
  purpose: 'first',
  redirect: 'deep_link',
  deepLinkFault: null,
  answered: false,
  deadline: secondsFromNow(600),
};

test('while the session is being restored nobody is asked to sign in', async () => {
  await open();
  expect(shown()).toBe('loading');
  expect(screen.queryByTestId('sign-in')).not.toBeInTheDocument();
});

describe('signed out', () => {
  test('one button signs in, and can be cancelled while the provider is being found', async () => {
    const answer = deferred<never>();
    engine.answer('sign_in', () => answer.promise);
    engine.answer('cancel_sign_in', () => null);
    const user = await open({ session: signedOut });
    expect(shown()).toBe('signed-out');
    await user.click(get('sign-in'));
    expect(get('sign-in')).toHaveAttribute('aria-disabled', 'true');
    await user.click(get('sign-in'));
    expect(engine.count('sign_in')).toBe(1);
    await user.click(get('cancel-sign-in'));
    await act(async () => answer.reject(failure('cancelled')));
    expect(engine.count('cancel_sign_in')).toBe(1);
    expect(screen.queryByTestId('error')).not.toBeInTheDocument();
    expect(get('sign-in')).toHaveAttribute('aria-disabled', 'false');
  });

  test.each(['provider_unreachable', 'access_denied', 'timeout', 'browser_failed', 'internal'] as const)(
    '%s says what happened and what to do',
    async (code) => {
      await open({ session: signedOut, signInError: failure(code) });
      const error = screen.getByRole('alert');
      expect(error).toHaveAttribute('data-code', code);
      expect(error).toHaveTextContent(errors[code].title);
      expect(error).toHaveTextContent(errors[code].advice);
      expect(get('sign-in')).toBeEnabled();
    },
  );

  test('the provider’s own words are quoted', async () => {
    const signInError = failure('access_denied', { oauthErrorDescription: '<b>Not on Sundays</b>' });
    await open({ session: signedOut, signInError });
    expect(screen.getByRole('alert')).toHaveTextContent('The provider says: “<b>Not on Sundays</b>”');
  });

  test('a refusal that is in no snapshot is shown as well', async () => {
    engine.answer('sign_in', () => Promise.reject('Command plugin:keyfob|sign_in not allowed by ACL'));
    const user = await open({ session: signedOut });
    await user.click(get('sign-in'));
    expect(get('error')).toHaveAttribute('data-code', 'permission_denied');
  });
});

describe('signing in', () => {
  const openSigningIn = (change: Partial<PendingSignIn> = {}) =>
    open({ session: signedOut, signIn: { ...pending, ...change } });

  test('says what the browser may ask, and until when it waits', async () => {
    vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue('Mozilla/5.0 (X11; Linux x86_64)');
    await openSigningIn();
    expect(shown()).toBe('signing-in');
    expect(screen.getByText(/Open xdg-open\?/)).toBeVisible();
    expect(screen.getByText(/This sign-in waits until/)).toBeVisible();
  });

  test('the loopback redirect asks nothing', async () => {
    await openSigningIn({ redirect: 'loopback' });
    expect(screen.queryByText(/asks/)).not.toBeInTheDocument();
  });

  test.each(['missing', 'stale', 'other', 'not_dispatchable'] as const)(
    'says why a listener stands in for links that are %s, and what to register where none can',
    async (deepLinkFault) => {
      await openSigningIn({ redirect: 'loopback', deepLinkFault });
      expect(get('stands-in')).toHaveTextContent(words.deepLinkFaults[deepLinkFault]);
      expect(screen.queryByRole('alert')).not.toBeInTheDocument();
      await publish({ signIn: { ...pending, deepLinkFault } });
      expect(screen.queryByTestId('stands-in')).not.toBeInTheDocument();
      expect(screen.getByRole('alert')).toHaveTextContent(words.deepLinkFaults[deepLinkFault]);
      expect(screen.getByRole('alert')).toHaveTextContent('http://127.0.0.1/callback');
    },
  );

  describe('whose browser does not come back', () => {
    beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => vi.useRealTimers());
    const late = () => act(async () => vi.advanceTimersByTime(20_000));

    test('offers to paste the address, but for a deep link, which leaves none', async () => {
      for (const redirect of ['loopback', 'return_page', 'deep_link'] as const) {
        await openSigningIn({ id: redirect, redirect });
        await act(async () => vi.advanceTimersByTime(19_999));
        expect(screen.queryByTestId('paste-address')).not.toBeInTheDocument();
        await late();
        expect(screen.queryAllByTestId('paste-address')).toHaveLength(redirect === 'deep_link' ? 0 : 1);
        cleanup();
      }
    });

    test.each(['not_an_address', 'another_address', 'not_awaited'] as const)(
      'says what is wrong with what was pasted: %s',
      async (submission) => {
        engine.answer('submit_callback', () => submission);
        await openSigningIn({ redirect: 'loopback' });
        await late();
        vi.useRealTimers();
        const user = userEvent.setup();
        const field = screen.getByLabelText(words.pasteAddress);
        await user.type(field, 'something{Enter}');
        expect(within(get('paste-address')).getByRole('status')).toHaveTextContent(
          words.submissions[submission],
        );
        expect(field).toBeInvalid();
        await user.type(field, 's');
        expect(field).toBeValid();
      },
    );

    test('takes the address by keyboard alone, and once', async () => {
      engine.answer('submit_callback', () => 'accepted');
      await openSigningIn({ redirect: 'loopback' });
      await late();
      vi.useRealTimers();
      const user = userEvent.setup();
      const field = screen.getByLabelText(words.pasteAddress);
      while (document.activeElement !== field) await user.tab();
      await user.paste('http://127.0.0.1:8400/callback?code=c&state=s');
      await user.tab();
      expect(screen.getByRole('button', { name: words.submitAddress })).toHaveFocus();
      await user.keyboard('{Enter}{Enter}');
      expect(engine.calls.filter(({ command }) => command === 'submit_callback')).toMatchObject([
        { command: 'submit_callback', args: { address: 'http://127.0.0.1:8400/callback?code=c&state=s' } },
      ]);
      expect(within(get('paste-address')).getByRole('status')).toHaveTextContent(words.submissions.accepted);
    });

    test('says that a window may not submit one', async () => {
      engine.answer('submit_callback', () =>
        Promise.reject('Command plugin:keyfob|submit_callback not allowed by ACL'),
      );
      await openSigningIn({ redirect: 'loopback' });
      await late();
      vi.useRealTimers();
      await userEvent.setup().type(screen.getByLabelText(words.pasteAddress), 'x{Enter}');
      expect(get('error')).toHaveAttribute('data-code', 'permission_denied');
    });
  });

  describe('after 20 s', () => {
    const both = { ...provider, redirectUris: ['dev.keyfob.desktop:/callback', 'http://127.0.0.1/callback'] };
    const late = async (change: Partial<PendingSignIn>, appState = { provider: both }) => {
      vi.useFakeTimers({ shouldAdvanceTime: true });
      engine.answer('get_authorization_url', () => 'https://id.example.com/a?redirect_uri=x%3A%2Fcallback');
      await open({ session: signedOut, signIn: { ...pending, ...change } }, appState);
      expect(screen.queryByTestId('take-another-way-back')).not.toBeInTheDocument();
      expect(screen.queryByTestId('redirect-error')).not.toBeInTheDocument();
      await act(() => vi.advanceTimersByTimeAsync(20_000));
      vi.useRealTimers();
    };

    test('another way back is offered where a link has not brought the person back', async () => {
      await late({});
      await userEvent.setup().click(get('take-another-way-back'));
      expect(engine.snapshot.signIn?.redirect).toBe('loopback');
      expect(screen.queryByTestId('take-another-way-back')).not.toBeInTheDocument();
    });

    test.each([
      ['is taken already', { redirect: 'loopback' }, both],
      ['is not known to the provider', {}, provider],
      ['would forget what was asked for', { purpose: 'step_up' }, both],
    ] as const)('not where it %s', async (_, change, known) => {
      await late(change, { provider: known });
      expect(screen.queryByTestId('take-another-way-back')).not.toBeInTheDocument();
    });

    test('the exact redirect URI can be copied', async () => {
      await late({});
      await userEvent.setup().click(within(get('redirect-error')).getByRole('button'));
      expect(get('redirect-uri')).toHaveTextContent('x:/callback');
    });
  });

  test('opens the browser again, and says if it could not be', async () => {
    engine.answer('open_authorization_url', () => Promise.reject(failure('browser_failed')));
    const user = await openSigningIn();
    await user.click(get('open-again'));
    expect(get('error')).toHaveAttribute('data-code', 'browser_failed');
    engine.answer('open_authorization_url', () => null);
    await user.click(get('open-again'));
    expect(screen.queryByTestId('error')).not.toBeInTheDocument();
  });

  test('copies the link', async () => {
    engine.answer('get_authorization_url', () => 'https://id.example.com/authorize?x=1');
    const user = await openSigningIn();
    await user.click(get('copy-link'));
    expect(get('copy-link')).toHaveTextContent(words.copied);
    await expect(navigator.clipboard.readText()).resolves.toBe('https://id.example.com/authorize?x=1');
  });

  test('shows the link where the clipboard is refused', async () => {
    engine.answer('get_authorization_url', () => 'https://id.example.com/authorize?x=1');
    const user = await openSigningIn();
    vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new DOMException('', 'NotAllowedError'));
    await user.click(get('copy-link'));
    expect(screen.getByLabelText(words.copyByHand)).toHaveValue('https://id.example.com/authorize?x=1');
  });

  test('cancels', async () => {
    engine.answer('cancel_sign_in', () => {
      engine.publish({ signIn: null });
      return null;
    });
    const user = await openSigningIn();
    await user.click(get('cancel-sign-in'));
    expect(shown()).toBe('signed-out');
  });

  test('never hides who is signed in', async () => {
    await open({ session: signedIn(), signIn: pending });
    expect(shown()).toBe('signed-in');
  });
});

describe('signed in', () => {
  test('shows who it is, where, and how the session does', async () => {
    await open({ session: signedIn({ expiresAt: secondsFromNow(272) }) });
    expect(shown()).toBe('signed-in');
    expect(get('user-name')).toHaveTextContent('Ada Lovelace');
    expect(get('user-name')).toHaveAttribute('title', 'Ada Lovelace');
    expect(get('user-email')).toHaveTextContent('ada@example.com');
    expect(screen.getAllByTestId('avatar')[0]).toHaveTextContent('AL');
    expect(screen.getByText('Signed in at id.example.com')).toBeVisible();
    expect(get('session-line')).toHaveTextContent('Fresh for 4 min · renews by itself');
  });

  test('a person without name and email has their subject', async () => {
    const { user, ...session } = signedIn();
    await open({ session: { ...session, user: { ...user, name: null, email: null } } });
    expect(get('user-name')).toHaveTextContent('ada');
    expect(get('user-email')).toHaveTextContent(home.emailUnknown);
  });

  test('the life of each token runs down, and refills when it is renewed', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    engine.answer('list_tokens', () => [held(null), held('https://api.example.com')]);
    await open({ session: signedIn() });
    const [own, other] = await screen.findAllByTestId('token');
    expect(own).toHaveTextContent(home.tokens.own);
    expect(other).toHaveTextContent('https://api.example.com');
    expect(within(own as HTMLElement).getByRole('progressbar')).toHaveAttribute('aria-valuenow', '100');
    await act(async () => vi.advanceTimersByTime(50_000));
    expect(within(own as HTMLElement).getByRole('progressbar')).toHaveAttribute('aria-valuenow', '50');
    await act(async () => vi.advanceTimersByTime(60_000));
    expect(own).toHaveTextContent(home.tokens.expired);
    await publish({ session: signedIn({ expiresAt: secondsFromNow(100) }) });
    await waitFor(() =>
      expect(screen.getAllByRole('progressbar')[0]).toHaveAttribute('aria-valuenow', '100'),
    );
    vi.useRealTimers();
  });

  test('a session without renewal says so', async () => {
    await open({ session: signedIn({ renewable: false }) });
    expect(get('session-line')).toHaveTextContent('the provider allows no renewal');
  });

  test('a token without expiry has no ring', async () => {
    engine.answer('list_tokens', () => [{ ...held(null), expiresAt: null }]);
    await open({ session: signedIn({ expiresAt: null }) });
    expect(await screen.findByTestId('token')).toHaveTextContent(home.tokens.endless);
    expect(screen.queryByRole('progressbar')).not.toBeInTheDocument();
    expect(get('session-line')).toHaveTextContent(home.line.freshEndless);
  });

  test.each([
    [{ offline: true }, 'offline', home.line.offline],
    [{ freshness: 'refreshing' as const }, 'refreshing', home.line.refreshing],
    [{ freshness: 'stale' as const }, 'stale', home.line.stale],
  ])('the session line tells %o', async (change, state, text) => {
    await open({ session: signedIn(change) });
    expect(get('session-line')).toHaveAttribute('data-state', state);
    expect(get('session-line')).toHaveTextContent(text);
  });

  test('a session that the keychain does not take says so in a live region, once, until it is taken', async () => {
    await open({ session: signedIn() });
    expect(screen.queryByTestId('storage-degraded')).not.toBeInTheDocument();
    const regions = screen.getAllByRole('status');
    await publish({ session: signedIn({ storageDegraded: true, offline: true }) });
    const { title, detail } = home.storageDegraded;
    expect(get('storage-degraded')).toHaveTextContent(`${title}${detail}`);
    expect(regions.filter((region) => region.contains(get('storage-degraded')))).toHaveLength(1);
    expect(get('session-line')).toHaveTextContent(home.line.offline);
    await publish({ session: signedIn({ offline: true }) });
    expect(screen.queryByTestId('storage-degraded')).not.toBeInTheDocument();
  });

  test('calls the API and shows its answer', async () => {
    const requests: Request[] = [];
    engine.onFetch((request) => {
      requests.push(request);
      return new Response('{"sub":"ada"}', { statusText: 'OK' });
    });
    const user = await open({ session: signedIn() });
    await user.click(get('call-api'));
    expect(await screen.findByTestId('api-answer')).toHaveTextContent('200 OK');
    expect(get('api-answer')).toHaveTextContent(home.api.outcomes.refreshed);
    expect(get('api-answer')).toHaveTextContent('{ "sub": "ada" }');
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET https://api.example.com/me']);
  });

  test('an answer that is an error, and no JSON, is an answer', async () => {
    engine.onFetch(() => new Response('no', { status: 403, statusText: 'Forbidden' }));
    const user = await open({ session: signedIn() });
    await user.click(get('call-api'));
    expect(await screen.findByTestId('api-answer')).toHaveAttribute('data-status', '403');
    expect(get('api-answer')).toHaveTextContent('no');
    expect(screen.queryByTestId('error')).not.toBeInTheDocument();
  });

  test.each(['network', 'relative_url', 'offline'] as const)('%s of a call is an error', async (code) => {
    engine.answer('fetch', () => Promise.reject(failure(code)));
    const user = await open({ session: signedIn() });
    await user.click(get('call-api'));
    expect(await screen.findByTestId('error')).toHaveAttribute('data-code', code);
  });

  test('an error of a call takes the place of the answer before', async () => {
    engine.onFetch(() => new Response(''));
    const user = await open({ session: signedIn() });
    await user.click(get('call-api'));
    expect(await screen.findByTestId('api-answer')).toHaveTextContent(home.api.empty);
    engine.answer('fetch', () => Promise.reject(failure('network')));
    await user.click(get('call-api'));
    expect(await screen.findByTestId('error')).toBeVisible();
    expect(screen.queryByTestId('api-answer')).not.toBeInTheDocument();
  });

  test('renews at once, and says so', async () => {
    engine.answer('refresh', () => tokenResponse('two'));
    const user = await open({ session: signedIn() });
    await user.click(get('refresh'));
    expect(engine.count('refresh')).toBe(1);
    expect(await screen.findByText(home.renewed)).toBeInTheDocument();
  });

  test('a renewal that fails leaves the person signed in', async () => {
    engine.answer('refresh', () => Promise.reject(failure('provider_unreachable')));
    const user = await open({ session: signedIn() });
    await user.click(get('refresh'));
    expect(get('error')).toHaveAttribute('data-code', 'provider_unreachable');
    expect(shown()).toBe('signed-in');
  });

  test('signs out', async () => {
    engine.answer('sign_out', () => {
      engine.publish({ session: signedOut });
      return null;
    });
    const user = await open({ session: signedIn() });
    await user.click(get('sign-out'));
    expect(shown()).toBe('signed-out');
  });
});

describe('sign-in needed again', () => {
  const { user: person, account } = signedIn();
  const reauth = (reason: ReauthReason) =>
    ({ status: 'reauth_required', user: person, account, reason }) as const;

  test.each(Object.entries(words.reasons))('%s is told in words', async (reason, sentence) => {
    await open({ session: reauth(reason as ReauthReason) });
    expect(shown()).toBe('reauth-required');
    expect(screen.getByText(sentence)).toBeVisible();
    expect(get('user-name')).toHaveTextContent('Ada Lovelace');
  });

  test('signs the same person in again', async () => {
    engine.answer('sign_in', () => {
      engine.publish({ session: signedIn() });
      return engine.snapshot.session;
    });
    const user = await open({ session: reauth('no_refresh_token') });
    await user.click(get('sign-in'));
    expect(shown()).toBe('signed-in');
  });
});

describe('unavailable', () => {
  const unavailable = (
    code:
      | 'keychain_locked'
      | 'keychain_unavailable'
      | 'keychain_corrupt'
      | 'not_configured'
      | 'invalid_configuration',
  ) =>
    ({
      status: 'unavailable',
      code,
      message: 'See /home/ada/.config/dev.keyfob.desktop/keyfob.json',
    }) as const;

  test.each(['not_configured', 'invalid_configuration'] as const)(
    '%s leads to the settings where the provider can be changed there',
    async (code) => {
      await open({ session: unavailable(code) }, { canChangeProvider: true });
      expect(screen.getByRole('alert')).toHaveTextContent(errors[code].changeable);
    },
  );

  test.each(['not_configured', 'invalid_configuration'] as const)('%s names the file', async (code) => {
    await open({ session: unavailable(code) });
    expect(shown()).toBe('unavailable');
    expect(screen.getByRole('alert')).toHaveAttribute('data-code', code);
    expect(screen.getByRole('alert')).toHaveTextContent('keyfob.json');
    expect(screen.queryByTestId('sign-in')).not.toBeInTheDocument();
  });

  describe('asked what is wrong', () => {
    beforeEach(() => {
      mockConvertFileSrc('linux');
      vi.stubGlobal('fetch', async () => new Response(null, { status: 405 }));
      engine
        .answer('get_access_token', () => Promise.reject(failure('invalid_argument')))
        .answer('fetch', () => Promise.reject('invalid args'));
    });
    afterEach(() => vi.unstubAllGlobals());

    test('lists what has to be mended and stands there not yet', async () => {
      engine.answer('doctor', () => [
        { subject: 'configuration', status: 'failed', message: 'See above.', fix: 'Write one.' },
        { subject: 'keychain', status: 'failed', message: 'There is none.', fix: 'Start one.' },
        { subject: 'metadata', status: 'skipped', message: 'Nobody to ask.', fix: null },
        { subject: 'clock', status: 'ok', message: 'It is right.', fix: null },
      ]);
      const user = await open({ session: unavailable('not_configured') });
      expect(screen.queryByTestId('findings')).not.toBeInTheDocument();
      await user.click(get('what-is-wrong'));
      const findings = within(get('findings')).getAllByRole('listitem');
      expect(findings.map(({ textContent }) => textContent)).toEqual([
        `${checks.keychain.failed.what}${checks.keychain.failed.fix}There is none.`,
      ]);
    });

    test('says so where it finds nothing', async () => {
      engine.answer('doctor', () => []);
      const user = await open({ session: unavailable('not_configured') });
      await user.click(get('what-is-wrong'));
      expect(screen.getByText(words.whatIsWrong.nothing)).toBeVisible();
    });

    test('says why it could not look', async () => {
      engine.answer('doctor', () => Promise.reject(failure('internal')));
      const user = await open({ session: unavailable('not_configured') });
      await user.click(get('what-is-wrong'));
      expect(screen.getAllByTestId('error').at(-1)).toHaveAttribute('data-code', 'internal');
    });
  });

  test.each([
    ['keychain_locked', 'Unlock and sign in'],
    ['keychain_corrupt', 'Sign in'],
    ['keychain_unavailable', 'Try again'],
  ] as const)('%s can be tried again', async (code, label) => {
    engine.answer('sign_in', () => Promise.reject(failure(code)));
    const user = await open({ session: unavailable(code) });
    expect(get('sign-in')).toHaveTextContent(label);
    await user.click(get('sign-in'));
    expect(engine.count('sign_in')).toBe(1);
    expect(screen.getAllByTestId('error')).toHaveLength(1);
    expect(get('error')).toHaveAttribute('data-code', code);
  });
});

describe('for everybody', () => {
  test('a change of state is said in a live region that was there before', async () => {
    await open({ session: signedOut });
    const region = screen.getByRole('status');
    await publish({ session: signedIn() });
    expect(region).toHaveTextContent(words.announcements.signed_in);
  });

  test('focus goes to the new screen’s heading', async () => {
    await open({ session: signedOut });
    await publish({ session: signedOut, signIn: pending });
    expect(screen.getByRole('heading', { name: words.signingIn })).toHaveFocus();
  });

  test('every error says two things', () => {
    for (const { title, advice } of Object.values(errors)) {
      expect(title).not.toMatch(/\.$/);
      expect(advice).toMatch(/\.$/);
    }
  });
});
