import { decodeBase64, encodeBase64 } from '../base64.js';
import type { FetchOutcome, FetchRequest, FetchResponse } from '../bindings.js';

/** An API: it gets requests as they would arrive there, the token attached. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** What an authenticated request needs of the engine. */
export interface TokenSource {
  /** A valid one, and whether it was renewed for this. */
  token(isForced: boolean): Promise<{ token: string; isNew: boolean }>;
}

/** Sends a request with a token, and once more with a new one if the API refuses that (401), as the engine does. */
export async function fetchWithToken(
  wire: FetchRequest,
  base: string,
  source: TokenSource,
  handler: FetchHandler,
): Promise<FetchResponse> {
  const first = await source.token(false);
  const response = await handler(toRequest(wire, base, first.token));
  if (response.status !== 401) return toWire(response, first.isNew ? 'refreshed' : 'cached');
  const { token } = await source.token(true);
  return toWire(await handler(toRequest(wire, base, token)), 'replayed');
}

function toRequest({ url, method, headers, body }: FetchRequest, base: string, token: string): Request {
  const request = new Request(new URL(url, base), {
    method,
    headers,
    body: body === null ? null : decodeBase64(body),
  });
  request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}

async function toWire(response: Response, outcome: FetchOutcome): Promise<FetchResponse> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { status, statusText, headers } = response;
  return { status, statusText, headers: [...headers], body: encodeBase64(bytes), outcome };
}
