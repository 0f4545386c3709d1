import type { PendingSignIn, ReauthReason, Session } from 'tauri-plugin-keyfob-api';
import { failure, type Person, type TestEngine } from 'tauri-plugin-keyfob-api/testing';
import { never } from './boundary';
import { now } from './clock';

/** What a state is arranged with, before the app is there. */
export interface Stage {
  readonly engine: TestEngine;
}

/** What a person does, or the time, once the app is there; elements are named by CSS selectors. */
export type Step =
  | { readonly click: string }
  | { readonly hover: string }
  | { readonly type: string; readonly into: string }
  | { readonly press: string }
  | { readonly await: string }
  | { readonly passSeconds: number };

/** One picture of the gallery. */
export interface State {
  readonly name: string;
  /** Narrow ones are taken at 420 px too. */
  readonly narrow?: true;
  arrange(stage: Stage): void;
  readonly steps?: readonly Step[];
  /** What is there once it is reached. */
  readonly shows: string;
}

type EngineErrorCode = Parameters<typeof failure>[0];
type SignedIn = Extract<Session, { status: 'signed_in' }>;

const ADA: Person = { name: 'Ada Lovelace', email: 'ada@example.com', lifetime: 272 };
const LONG_NAME = 'Prof. Dr. Maximiliane Wilhelmine von Hohenstein-Wallerstein zu Oettingen-Spielberg';
const LONG_EMAIL =
  'maximiliane.wilhelmine.von-hohenstein-wallerstein@department.of.long.addresses.example.com';

const byTestId = (name: string) => `[data-testid="${name}"]`;
const screen = (name: string) => `main[data-screen="${name}"]`;

function signedIn(change: Partial<SignedIn>): State['arrange'] {
  return ({ engine }) => {
    const session = engine.signInAs(ADA);
    if (session.status === 'signed_in') engine.publish({ session: { ...session, ...change } });
  };
}

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
      const way = { redirect: 'deep_link', deepLinkFault: null } as const;
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

/** Every state of the app. */
export const states: readonly State[] = [
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
  signingIn('signing-in-late', { redirect: 'loopback' }, [
    { await: screen('signing-in') },
    { passSeconds: 20 },
    { await: byTestId('paste-address') },
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
  unavailable(
    'invalid_configuration',
    '/home/ada/.config/dev.keyfob.desktop/keyfob.json: `issuer` has to be an https URL.',
  ),

  { name: 'home', narrow: true, arrange: signedIn({}), shows: screen('signed-in') },
  { name: 'home-refreshing', arrange: signedIn({ freshness: 'refreshing' }), shows: screen('signed-in') },
  {
    name: 'home-stale',
    arrange: ({ engine }) => {
      engine.signInAs(ADA);
      engine.expireToken();
    },
    shows: screen('signed-in'),
  },
  {
    name: 'home-offline',
    arrange: ({ engine }) => {
      engine.signInAs(ADA);
      engine.goOffline();
    },
    shows: screen('signed-in'),
  },
  { name: 'home-not-renewable', arrange: signedIn({ renewable: false }), shows: screen('signed-in') },
  { name: 'home-storage-degraded', arrange: signedIn({ storageDegraded: true }), shows: screen('signed-in') },
  {
    name: 'home-long-name',
    narrow: true,
    arrange: ({ engine }) => void engine.signInAs({ ...ADA, name: LONG_NAME, email: LONG_EMAIL }),
    shows: screen('signed-in'),
  },
];
