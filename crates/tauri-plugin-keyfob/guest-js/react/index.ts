/**
 * React's side of Keyfob: put `KeyfobProvider` around the app, and use the hooks below it.
 *
 * @packageDocumentation
 */

export { KeyfobProvider, type KeyfobProviderProps } from './KeyfobProvider.js';
export { type GateProps, SessionLoading, SignedIn, SignedOut } from './session-gates.js';
export { type AccessToken, useAccessToken } from './useAccessToken.js';
export { type Auth, useAuth } from './useAuth.js';
export { useAuthenticatedFetch } from './useAuthenticatedFetch.js';
export { useSession } from './useSession.js';
export { useTokenClaims } from './useTokenClaims.js';
