/**
 * React's side of Keyfob: put `KeyfobProvider` around the app, and use the hooks below it.
 *
 * @packageDocumentation
 */

export { KeyfobProvider } from './KeyfobProvider.js';
export { type AccessToken, useAccessToken } from './useAccessToken.js';
export { type Auth, useAuth } from './useAuth.js';
export { useSession } from './useSession.js';
