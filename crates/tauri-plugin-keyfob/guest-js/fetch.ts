import type { FetchOutcome } from './bindings.js';

/** What a fetch of its own is made for. */
export interface AuthenticatedFetchOptions {
  /** Whose token is sent, of the audiences that the configuration binds the API's origin to; the first by default. */
  readonly audience?: string | undefined;
  /** What the token has to allow beyond the scope of the sign-in, separated by spaces. */
  readonly scope?: string | undefined;
  /** What relative URLs are resolved against, in the place of the configured `apiBaseUrl`. */
  readonly baseUrl?: string | URL | undefined;
}

/** Where an answer keeps its {@link fetchOutcome}. */
export const OUTCOME = Symbol.for('tauri-plugin-keyfob-api.outcome');

/**
 * `fetch` with the access token attached by the engine, for origins that the configuration binds to an audience. Script
 * never sees the token; a refused one is renewed and the request sent again, unseen. Hand it to whatever takes a `fetch`:
 * SWR, TanStack Query, axios (`env.fetch`).
 *
 * A relative URL resolves against `baseUrl`, or else the configured `apiBaseUrl`. Bodies of any size are streamed both
 * ways; one that is a `ReadableStream` can't be sent again, so that a refused token is answered with the 401. Redirects
 * are followed where the window's permission allows their targets, to other origins without the token. Cookies, `cache`,
 * `credentials` and `mode` mean nothing here. The permission `keyfob:fetch` allows it, for the URLs of its scope.
 *
 * What it returns throws `AccessTokenError` if there is no token to send, such as `not_authenticated` or, with the
 * sign-in that cures it as `signIn`, `interaction_required`; and `FetchError`, which is a `TypeError`: `network`,
 * `url_not_allowed`, `relative_url`, `invalid_argument` and others.
 */
export function createAuthenticatedFetch(options: AuthenticatedFetchOptions = {}): typeof fetch {
  return async (input, init) => {
    // Loaded with the first request: it weighs as much as half of all the rest.
    const { exchange } = await import('./fetch-exchange.js');
    return exchange(input, init, options);
  };
}

/** The {@link createAuthenticatedFetch} of the configured audiences and `apiBaseUrl`. */
export const authenticatedFetch: typeof fetch = /* @__PURE__ */ createAuthenticatedFetch();

/** How the token of an answer came about: it was there, it was renewed first, or the request was sent twice. */
export function fetchOutcome(response: Response): FetchOutcome | undefined {
  return (response as { [OUTCOME]?: FetchOutcome })[OUTCOME];
}
