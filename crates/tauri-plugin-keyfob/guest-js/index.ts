/**
 * Keyfob signs a person in through their browser and keeps access tokens fresh. All of it happens in Rust; this
 * package is the window's side of it. React hooks are in `tauri-plugin-keyfob-api/react`, a sign-in screen in
 * `/react/sign-in`, the session and the access token as stores for other frameworks in `/store`, what is known of each
 * error code in `/error-info`, what keeps an app from signing in in `/doctor`, and an engine for the tests of apps in
 * `/testing`.
 *
 * @packageDocumentation
 */

export { listAccounts, removeAccount, switchAccount } from './accounts.js';
export type {
  AccessTokenOptions,
  AccessTokenResponse,
  Account,
  AccountInfo,
  DeepLinkFault,
  Diagnostics,
  DpopProofOptions,
  EventKind,
  EventReason,
  FetchOutcome,
  KeychainPolicy,
  KeyfobErrorPayload,
  NotDispatchable,
  PendingSignIn,
  Purpose,
  ReauthReason,
  RedirectKind,
  Registration,
  SessionEvent,
  SignInOptions,
  SignOutOptions,
  Submission,
  TokenInfo,
  User,
} from './bindings.js';
export {
  AccessTokenError,
  AccountError,
  type ErrorCode,
  type ErrorDetails,
  FetchError,
  isKeyfobError,
  KeyfobError,
  SignInError,
} from './errors.js';
export {
  type AuthenticatedFetchOptions,
  authenticatedFetch,
  createAuthenticatedFetch,
  fetchOutcome,
} from './fetch.js';
export { getDiagnostics, listEvents, listTokens } from './inspection.js';
export {
  getSession,
  onSessionChange,
  type Session,
  type SessionStore,
  type Snapshot,
  sessionStore,
} from './session.js';
export {
  cancelSignIn,
  getAuthorizationUrl,
  openAuthorizationUrl,
  signIn,
  signOut,
  submitCallback,
} from './sign-in.js';
export {
  dpopProof,
  type FullResponse,
  getAccessToken,
  refresh,
  type TokenGetter,
  type TokenOnly,
} from './token.js';
