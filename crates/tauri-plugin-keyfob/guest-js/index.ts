/**
 * Keyfob signs a person in through their browser and keeps access tokens fresh. All of it happens in Rust; this
 * package is the window's side of it. React hooks are in `tauri-plugin-keyfob-api/react`.
 *
 * @packageDocumentation
 */

export type {
  AccessTokenOptions,
  AccessTokenResponse,
  Account,
  FetchOutcome,
  PendingSignIn,
  ReauthReason,
  SignInOptions,
  SignOutOptions,
  User,
} from './bindings.js';
export {
  AccessTokenError,
  type ErrorCode,
  type ErrorDetails,
  FetchError,
  isKeyfobError,
  KeyfobError,
  SignInError,
} from './errors.js';
export { authenticatedFetch, fetchOutcome } from './fetch.js';
export { getSession, onSessionChange, type Session, type Snapshot } from './session.js';
export { cancelSignIn, getAuthorizationUrl, openAuthorizationUrl, signIn, signOut } from './sign-in.js';
export { getAccessToken, refresh } from './token.js';
