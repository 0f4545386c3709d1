import { type AccessTokenOptions, type AccessTokenResponse, commands } from './bindings.js';
import { call } from './call.js';
import { AccessTokenError, keyfobError } from './errors.js';

/** Asks for the token together with what is known of it. */
export interface FullResponse {
  includeFullResponse: true;
}

/** Asks for the token alone. */
export interface TokenOnly {
  includeFullResponse?: false;
}

/**
 * Gives an access token that is valid now, renewed by the engine if it was due. Calls for the same thing share
 * one request to the provider, whatever window they come from. Other audiences than the sign-in's own, and scopes
 * beyond those that it was granted, have to stand in the scope of the window's permission.
 *
 * @throws {AccessTokenError} `permission_denied`, `invalid_argument`, `not_authenticated`, `reauth_required`, `offline` and the other codes of the engine.
 */
export function getAccessToken(options?: AccessTokenOptions & TokenOnly): Promise<string>;
export function getAccessToken(options: AccessTokenOptions & FullResponse): Promise<AccessTokenResponse>;
export function getAccessToken(options: Options = {}): Promise<string | AccessTokenResponse> {
  return answer(commands.getAccessToken, options);
}

/**
 * Renews the access token at the provider, whatever life is left in the present one.
 *
 * @throws {AccessTokenError} `missing_refresh_token` if the provider gave none, and as {@link getAccessToken}.
 */
export function refresh(options?: AccessTokenOptions & TokenOnly): Promise<string>;
export function refresh(options: AccessTokenOptions & FullResponse): Promise<AccessTokenResponse>;
export function refresh(options: Options = {}): Promise<string | AccessTokenResponse> {
  return answer(commands.refresh, options);
}

type Options = AccessTokenOptions & (FullResponse | TokenOnly);

async function answer(
  command: typeof commands.getAccessToken,
  { includeFullResponse = false, ...options }: Options,
): Promise<string | AccessTokenResponse> {
  // JSON has no NaN and no infinity: both would arrive as null, as if nothing had been asked.
  const minTtl = options.minTtl ?? 0;
  if (!(Number.isFinite(minTtl) && minTtl >= 0)) {
    const message = '`minTtl` has to be a number of seconds, and not a negative one.';
    throw keyfobError(AccessTokenError, 'invalid_argument', message);
  }
  const response = await call(AccessTokenError, () => command(options));
  return includeFullResponse ? response : response.token;
}
