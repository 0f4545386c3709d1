import { type Channel, invoke } from '@tauri-apps/api/core';

/** One command for each thing that a window may ask of the engine. */
export const commands = {
  getSession: () => typedError<Snapshot>(invoke('plugin:keyfob|get_session')),
  subscribe: (channel: Channel<Snapshot>) => typedError<null>(invoke('plugin:keyfob|subscribe', { channel })),
  signIn: (options: SignInOptions) => typedError<Session>(invoke('plugin:keyfob|sign_in', { options })),
  getAuthorizationUrl: () => typedError<string>(invoke('plugin:keyfob|get_authorization_url')),
  openAuthorizationUrl: () => typedError<null>(invoke('plugin:keyfob|open_authorization_url')),
  cancelSignIn: () => typedError<null>(invoke('plugin:keyfob|cancel_sign_in')),
  signOut: (options: SignOutOptions) => typedError<null>(invoke('plugin:keyfob|sign_out', { options })),
  getAccessToken: (options: AccessTokenOptions) =>
    typedError<AccessTokenResponse>(invoke('plugin:keyfob|get_access_token', { options })),
  refresh: (options: AccessTokenOptions) =>
    typedError<AccessTokenResponse>(invoke('plugin:keyfob|refresh', { options })),
  fetch: (request: FetchRequest) => typedError<FetchResponse>(invoke('plugin:keyfob|fetch', { request })),
};

export type Snapshot = {
  generation: number;
  session: Session;
  signIn: PendingSignIn | null;
  signInError: KeyfobErrorPayload | null;
};

export type Session =
  | { status: 'loading' }
  | { status: 'signed_out' }
  | {
      status: 'signed_in';
      user: User;
      account: Account;
      freshness: Freshness;
      offline: boolean;
      renewable: boolean;
      expiresAt: number | null;
    }
  | { status: 'reauth_required'; user: User; account: Account; reason: ReauthReason }
  | { status: 'unavailable'; code: ErrorCode; message: string };

export type Freshness = 'fresh' | 'refreshing' | 'stale';

export type ReauthReason =
  | 'refresh_token_rejected'
  | 'no_refresh_token'
  | 'refresh_response_lost'
  | 'identity_changed';

export type User = {
  sub: string;
  name: string | null;
  email: string | null;
  emailVerified: boolean | null;
  picture: string | null;
};

export type Account = { id: string; issuer: string; subject: string };

export type PendingSignIn = { id: string; purpose: Purpose; redirect: RedirectKind; deadline: number };

export type Purpose = 'first' | 'account' | 'step_up' | 'reauth';

export type RedirectKind = 'deep_link' | 'loopback';

export type SignInOptions = { prompt?: string; loginHint?: string };

export type SignOutOptions = { everywhere?: boolean };

export type AccessTokenOptions = { audience?: string; scope?: string; refresh?: boolean; minTtl?: number };

export type AccessTokenResponse = {
  token: string;
  expires_at: number;
  expires_in: number;
  expiresAt: number;
  scope: string;
  token_type: string;
  audience: string | null;
};

export type FetchRequest = { url: string; method: string; headers: [string, string][]; body: string | null };

export type FetchResponse = {
  status: number;
  statusText: string;
  headers: [string, string][];
  body: string;
  outcome: FetchOutcome;
};

export type FetchOutcome = 'cached' | 'refreshed' | 'replayed';

export type KeyfobErrorPayload = {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  retryAfter: number | null;
  oauthError: string | null;
  oauthErrorDescription: string | null;
};

export type ErrorCode =
  | 'not_configured'
  | 'invalid_configuration'
  | 'provider_unreachable'
  | 'invalid_metadata'
  | 'issuer_mismatch'
  | 'cancelled'
  | 'superseded'
  | 'timeout'
  | 'access_denied'
  | 'authorization_failed'
  | 'invalid_callback'
  | 'browser_failed'
  | 'loopback_unavailable'
  | 'token_request_failed'
  | 'invalid_token_response'
  | 'invalid_id_token'
  | 'not_authenticated'
  | 'reauth_required'
  | 'offline'
  | 'missing_refresh_token'
  | 'interaction_required'
  | 'keychain_locked'
  | 'keychain_unavailable'
  | 'keychain_corrupt'
  | 'relative_url'
  | 'url_not_allowed'
  | 'body_too_large'
  | 'network'
  | 'invalid_argument'
  | 'permission_denied'
  | 'internal';

async function typedError<T>(
  result: Promise<T>,
): Promise<{ status: 'ok'; data: T } | { status: 'error'; error: KeyfobErrorPayload }> {
  try {
    return { status: 'ok', data: await result };
  } catch (error) {
    if (error instanceof Error) throw error;
    return { status: 'error', error: error as KeyfobErrorPayload };
  }
}
