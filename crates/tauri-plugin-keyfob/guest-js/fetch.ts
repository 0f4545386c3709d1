import { decodeBase64, encodeBase64 } from './base64.js';
import { commands, type FetchOutcome, type FetchRequest, type FetchResponse } from './bindings.js';
import { call } from './call.js';
import {
  AccessTokenError,
  type ErrorCode,
  FetchError,
  isKeyfobError,
  KeyfobError,
  keyfobError,
} from './errors.js';

/** Bodies are buffered and cross the boundary between script and engine whole, so they are small: 1 MiB. */
const MAX_BODY_BYTES = 1024 * 1024;

/** These statuses forbid a body, and `new Response` throws if it gets one (Fetch standard, "null body status"). */
const WITHOUT_BODY = [101, 103, 204, 205, 304];

const OUTCOMES = new WeakMap<Response, FetchOutcome>();

/** Which token goes along, and what relative addresses are relative to. */
export interface AuthenticatedFetchOptions {
  /** For whom the token is; by default whom the configuration binds the origin to. */
  audience?: string | undefined;
  /** What the token has to allow beyond what the sign-in was granted, separated by spaces. */
  scope?: string | undefined;
  /** What relative addresses resolve against; by default the configured `apiBaseUrl`. */
  baseUrl?: string | undefined;
}

/** A `fetch` of its own, for one API. */
export function createAuthenticatedFetch({ baseUrl }: AuthenticatedFetchOptions = {}): typeof fetch {
  return (input, init) => {
    const isAddress = !(input instanceof Request);
    return authenticatedFetch(isAddress && baseUrl ? new URL(input, baseUrl) : input, init);
  };
}

/**
 * `fetch` with the access token attached by the engine, for origins that the configuration binds to an audience.
 * Script never sees the token. A relative address resolves against the configured `apiBaseUrl`.
 *
 * @throws {AccessTokenError} if there is no token to send, such as `not_authenticated`.
 * @throws {FetchError} `network`, `url_not_allowed`, `relative_url`, `body_too_large` and others.
 */
export async function authenticatedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const signal = init?.signal ?? (input instanceof Request ? input.signal : null);
  signal?.throwIfAborted();
  return untilAborted(signal, send(await toWire(input, init)));
}

/** How the token of an answer came about: it was there, it was renewed first, or the request was sent twice. */
export function fetchOutcome(response: Response): FetchOutcome | undefined {
  return OUTCOMES.get(response);
}

async function send(request: FetchRequest): Promise<Response> {
  try {
    return toResponse(await call(KeyfobError, () => commands.fetch(request)));
  } catch (error) {
    throw isKeyfobError(error) ? blame(error) : error;
  }
}

async function toWire(input: RequestInfo | URL, init?: RequestInit): Promise<FetchRequest> {
  // `Request` knows how to turn every kind of body into bytes and a content type. It is given no relative address,
  // which it would resolve against the window's own origin, and no signal, which is ours to watch.
  const request = new Request(input instanceof Request ? input : 'https://relative.invalid/', {
    ...init,
    signal: null,
  });
  const body = new Uint8Array(await request.arrayBuffer());
  if (body.byteLength > MAX_BODY_BYTES) {
    throw keyfobError(FetchError, 'body_too_large', 'The body is larger than 1 MiB: send it in parts.');
  }
  return {
    url: input instanceof Request ? input.url : String(input),
    method: request.method,
    headers: [...request.headers],
    body: body.byteLength > 0 ? encodeBase64(body) : null,
  };
}

function toResponse({ status, statusText, headers, body, outcome }: FetchResponse): Response {
  const bytes = WITHOUT_BODY.includes(status) ? null : decodeBase64(body);
  const response = new Response(bytes, { status, statusText, headers });
  OUTCOMES.set(response, outcome);
  return response;
}

/** The engine can't take a request back once it is sent; the caller is set free all the same. */
function untilAborted<T>(signal: AbortSignal | null, promise: Promise<T>): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const REQUEST_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'relative_url',
  'url_not_allowed',
  'body_too_large',
  'network',
  'timeout',
  'invalid_argument',
  'permission_denied',
  'not_in_tauri',
  'internal',
]);

/** Tells a request that failed from a token that could not be had. */
function blame(error: KeyfobError): FetchError | AccessTokenError {
  const ErrorClass = REQUEST_CODES.has(error.code) ? FetchError : AccessTokenError;
  return new ErrorClass(error.message, error);
}
