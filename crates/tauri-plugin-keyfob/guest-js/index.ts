/**
 * Keyfob signs a person in through their browser and keeps access tokens fresh. All of it happens in Rust; this
 * package is the window's side of it. React hooks are in `tauri-plugin-keyfob-api/react`.
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
  EventKind,
  EventReason,
  FetchOutcome,
  KeychainPolicy,
  NotDispatchable,
  PendingSignIn,
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
export { authenticatedFetch, fetchOutcome } from './fetch.js';
export { getDiagnostics, listEvents, listTokens } from './inspection.js';
export { getSession, onSessionChange, type Session, type Snapshot } from './session.js';
export {
  cancelSignIn,
  getAuthorizationUrl,
  openAuthorizationUrl,
  signIn,
  signOut,
  submitCallback,
} from './sign-in.js';
export { getAccessToken, refresh } from './token.js';
