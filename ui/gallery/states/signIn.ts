import type { PendingSignIn, ReauthReason } from 'tauri-plugin-keyfob-api';
import { failure } from 'tauri-plugin-keyfob-api/testing';
import { never } from '../boundary';
import { now } from '../clock';
import { withTroubles } from './checks';
import { ADA } from './people';
import { byTestId, type State, type Step, screen } from './state';

type EngineErrorCode = Parameters<typeof failure>[0];

const AUTHORIZATION_URL =
  'https://id.example.com/authorize?client_id=keyfob-desktop&redirect_uri=dev.keyfob.desktop%3A%2Fcallback';

function failedSignIn(code: EngineErrorCode, details: Parameters<typeof failure>[1] = {}): State {
  return {
    name: `signed-out-${dashed(code)}`,
    arrange: ({ engine }) => engine.publish({ signInError: failure(code, details) }),
    shows: byTestId('error'),
  };
}

function signingIn(name: string, change: Partial<PendingSignIn>, steps: readonly Step[] = []): State {
  return {
    name,
    arrange: ({ engine }) => {
      engine.answer('get_authorization_url', () => AUTHORIZATION_URL);
      const way = { redirect: 'deep_link', deepLinkFault: null, answered: false } as const;
      const pending = { id: 'first', purpose: 'first', ...way, deadline: now() + 600 } as const;
      engine.publish({ signIn: { ...pending, ...change } });
    },
    steps,
    shows: screen('signing-in'),
  };
}

function reauth(reason: ReauthReason): State {
  return {
    name: `reauth-${dashed(reason)}`,
    arrange: ({ engine }) => {
      engine.signInAs(ADA);
      engine.endSession(reason);
    },
    shows: screen('reauth-required'),
  };
}

function unavailable(code: EngineErrorCode, message: string): State {
  return {
    name: `unavailable-${dashed(code)}`,
    arrange: ({ engine }) => engine.publish({ session: { status: 'unavailable', code, message } }),
    shows: screen('unavailable'),
  };
}

function dashed(code: string): string {
  return code.replaceAll('_', '-');
}

/** From nobody being signed in to somebody who is. */
export const signInStates: readonly State[] = [
  {
    name: 'loading',
    arrange: ({ engine }) => engine.publish({ session: { status: 'loading' } }),
    shows: screen('loading'),
  },

  { name: 'signed-out', narrow: true, arrange: () => {}, shows: screen('signed-out') },
  {
    name: 'signed-out-busy',
    arrange: ({ engine }) => engine.answer('sign_in', never),
    steps: [{ click: byTestId('sign-in') }],
    shows: byTestId('cancel-sign-in'),
  },

  signingIn('signing-in', {}),
  signingIn('signing-in-answered', { answered: true }),
  signingIn('signing-in-late', { redirect: 'loopback' }, [
    { await: screen('signing-in') },
    { passSeconds: 20 },
    { await: byTestId('paste-address') },
  ]),
  signingIn('signing-in-redirect-error', {}, [
    { await: screen('signing-in') },
    { passSeconds: 20 },
    { click: `${byTestId('redirect-error')} button` },
    { await: byTestId('redirect-uri') },
  ]),
  signingIn('signing-in-stand-in', { redirect: 'loopback', deepLinkFault: 'missing' }),
  signingIn('signing-in-no-way-back', { deepLinkFault: 'other' }),

  failedSignIn('provider_unreachable'),
  failedSignIn('access_denied', { oauthErrorDescription: 'Ada is not assigned to this application.' }),
  failedSignIn('authorization_failed', {
    message: 'The provider ended the sign-in: invalid_scope.',
    oauthError: 'invalid_scope',
  }),
  failedSignIn('timeout'),
  failedSignIn('browser_failed'),
  failedSignIn('issuer_mismatch', {
    message: 'The metadata of https://id.example.com names another issuer, https://login.example.net.',
  }),
  failedSignIn('invalid_metadata', {
    message: 'https://id.example.com/.well-known/openid-configuration: it names no token endpoint.',
  }),
  failedSignIn('token_request_failed', {
    message: 'The token endpoint answered 400: invalid_client.',
    oauthError: 'invalid_client',
  }),
  failedSignIn('invalid_id_token', { message: 'The ID token was issued 11 minutes in the future.' }),
  failedSignIn('loopback_unavailable', { message: 'Ports 8400 to 8403 of 127.0.0.1 are taken.' }),
  failedSignIn('keychain_locked'),
  failedSignIn('certificate_untrusted'),

  reauth('refresh_token_rejected'),
  reauth('no_refresh_token'),
  reauth('refresh_response_lost'),
  reauth('identity_changed'),

  unavailable('keychain_locked', 'The keychain is locked.'),
  unavailable('keychain_unavailable', 'No keychain answers on this session’s D-Bus.'),
  unavailable('keychain_corrupt', 'What the keychain holds is no session.'),
  unavailable('keychain_newer', 'What the keychain holds was written by a newer version.'),
  {
    ...unavailable('keychain_unavailable', 'No keychain answers on this session’s D-Bus.'),
    name: 'unavailable-what-is-wrong',
    arrange: (stage) => {
      stage.engine.publish({
        session: { status: 'unavailable', code: 'keychain_unavailable', message: 'No keychain answers.' },
      });
      withTroubles(stage.engine);
    },
    steps: [{ click: byTestId('what-is-wrong') }],
    shows: byTestId('findings'),
  },
  unavailable(
    'invalid_configuration',
    '/home/ada/.config/dev.keyfob.desktop/keyfob.json: `issuer` has to be an https URL.',
  ),
];
