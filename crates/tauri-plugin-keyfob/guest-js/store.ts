/**
 * The session and the access token as stores: `subscribe` and `getSnapshot`, which every framework can bind to.
 *
 * @packageDocumentation
 */

export { type SessionStore, sessionStore } from './session.js';
export { type TokenStore, tokenStore } from './token-store.js';
export type { TokenView } from './token-view.js';
