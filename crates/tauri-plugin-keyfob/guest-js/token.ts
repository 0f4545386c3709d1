import {
  type AccessTokenOptions,
  type AccessTokenResponse,
  commands,
  type DpopProofOptions,
} from './bindings.js';
import { call } from './call.js';
import { AccessTokenError } from './errors.js';
import { tokenCache } from './token-cache.js';

/** Asks for the token together with what is known of it. */
export interface FullResponse {
  /** With its expiry, its scope, its type and its audience. */
  includeFullResponse: true;
}

/** Asks for the token alone. */
export interface TokenOnly {
  /** The default. */
  includeFullResponse?: false;
}

/** Gives a token, or `Nobody` if nobody is signed in. */
export interface TokenGetter<Nobody> {
  /** The token alone. */
  (options?: AccessTokenOptions & TokenOnly): Promise<string | Nobody>;
  /** The token together with what is known of it. */
  (options: AccessTokenOptions & FullResponse): Promise<AccessTokenResponse | Nobody>;
}

/**
 * Gives an access token that is valid now: the one that this window holds while it is certain that the engine would
 * give it again, and else the engine's, renewed if it was due. Calls for the same thing share one request to the
 * provider, whatever window they come from. Other audiences than the sign-in's own, and scopes beyond those that it
 * was granted, have to stand in the scope of the window's permission.
 *
 * @throws {AccessTokenError} `not_authenticated`, `permission_denied`, `invalid_argument`, `reauth_required`, `offline`
 * and the other codes of the engine.
 */
export function getAccessToken(options?: AccessTokenOptions & TokenOnly): Promise<string>;
export function getAccessToken(options: AccessTokenOptions & FullResponse): Promise<AccessTokenResponse>;
export function getAccessToken(options: Options = {}): Promise<string | AccessTokenResponse> {
  return give(options, options.refresh);
}

/**
 * Renews the access token at the provider, whatever life is left in the present one.
 *
 * @throws {AccessTokenError} `missing_refresh_token` if the provider gave none, and as {@link getAccessToken}.
 */
export function refresh(options?: AccessTokenOptions & TokenOnly): Promise<string>;
export function refresh(options: AccessTokenOptions & FullResponse): Promise<AccessTokenResponse>;
export function refresh(options: Options = {}): Promise<string | AccessTokenResponse> {
  return give(options, true);
}

/**
 * Proves to an API that the token was given to this app (DPoP, RFC 9449), for one request that script makes by itself:
 * a WebSocket, an event stream, gRPC. Without it a bound token is worth nothing; `authenticatedFetch` needs none. The
 * permission `keyfob:dpop` allows it, for the URLs of its scope.
 *
 * @returns the value of the header `DPoP`.
 * @throws {AccessTokenError} `not_cached` for a token that is not, or no longer, this session's; `invalid_argument` for
 * one that is bound to no key; `url_not_allowed`, `relative_url`, `permission_denied`, `not_authenticated` and others.
 */
export function dpopProof(options: DpopProofOptions): Promise<string> {
  return call(AccessTokenError, () => commands.dpopProof(options));
}

type Options = AccessTokenOptions & (FullResponse | TokenOnly);

async function give(options: Options, isForced?: boolean | null): Promise<string | AccessTokenResponse> {
  const response = await tokenCache.give(options, isForced);
  return options.includeFullResponse ? response : response.token;
}
