import type { FetchOutcome, FetchPiece, FetchRequest, FetchResponse } from '../bindings.js';
import { failure } from './failure.js';

/** As much of an answer as comes with its head, in bytes, and as much as comes at a time afterwards. */
const FIRST = 64 * 1024;
const PIECE = 1024 * 1024;

/** An API: it gets requests as they would arrive there, the token attached. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** Gives a valid token, a new one if that is forced, and says whether it was renewed for this. */
export type TokenSource = (isForced: boolean) => Promise<{ token: string; isNew: boolean }>;

interface Incoming {
  bytes: Uint8Array<ArrayBuffer>;
  isWhole: () => void;
}

interface Outgoing {
  readonly reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  left: Uint8Array;
}

/** The APIs of a test: `fetch` and its kin as the engine has them, with bodies in pieces both ways. */
export class TestApis {
  handler: FetchHandler = () => Promise.reject(failure('network', { message: 'No onFetch() was called.' }));
  readonly #baseUrl: string;
  readonly #tokens: TokenSource;
  readonly #isReplayed: () => void;
  readonly #incoming = new Map<number, Incoming>();
  readonly #outgoing = new Map<number, Outgoing>();

  constructor(baseUrl: string, tokens: TokenSource, isReplayed: () => void) {
    this.#baseUrl = baseUrl;
    this.#tokens = tokens;
    this.#isReplayed = isReplayed;
  }

  /** Sends a request with a token, and once more with a new one if the API refuses that (401), as the engine does. */
  async send(request: FetchRequest, small: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
    const body = request.pieces ? await this.#whole(request.id) : small;
    const first = await this.#tokens(false);
    const response = await this.handler(this.#toRequest(request, body, first.token));
    if (response.status !== 401) {
      return this.#answer(request, response, first.isNew ? 'refreshed' : 'cached');
    }
    const { token } = await this.#tokens(true);
    this.#isReplayed();
    return this.#answer(request, await this.handler(this.#toRequest(request, body, token)), 'replayed');
  }

  /** Takes a piece of a request's body, and says from where on the next one is wanted. */
  write({ id, offset, ended }: FetchPiece, bytes: Uint8Array): number | null {
    const incoming = this.#incoming.get(id);
    if (!incoming) return null;
    if (offset !== incoming.bytes.length) return incoming.bytes.length;
    incoming.bytes = join(incoming.bytes, bytes);
    if (!ended) return incoming.bytes.length;
    incoming.isWhole();
    return null;
  }

  /** The next piece of an answer. */
  async read(id: number): Promise<ArrayBuffer> {
    const outgoing = this.#outgoing.get(id);
    if (!outgoing) throw failure('invalid_argument', { message: 'There is no such request.' });
    const { bytes, ended } = await next(outgoing, PIECE);
    if (ended) this.#outgoing.delete(id);
    return join(Uint8Array.of(ended ? 1 : 0), bytes).buffer;
  }

  /** Takes a request back. */
  cancel(id: number): null {
    void this.#outgoing.get(id)?.reader?.cancel();
    this.#outgoing.delete(id);
    this.#incoming.delete(id);
    return null;
  }

  #whole(id: number): Promise<Uint8Array<ArrayBuffer>> {
    return new Promise((resolve) => {
      const incoming: Incoming = { bytes: new Uint8Array(), isWhole: () => resolve(incoming.bytes) };
      this.#incoming.set(id, incoming);
    });
  }

  #toRequest({ url, method, headers }: FetchRequest, body: Uint8Array<ArrayBuffer>, token: string): Request {
    const init = { method, headers, ...(body.length > 0 && { body }) };
    const request = new Request(new URL(url, this.#baseUrl), init);
    request.headers.set('Authorization', `Bearer ${token}`);
    return request;
  }

  async #answer({ id, url }: FetchRequest, response: Response, outcome: FetchOutcome): Promise<ArrayBuffer> {
    const { status, statusText } = response;
    const outgoing: Outgoing = { reader: response.body?.getReader(), left: new Uint8Array() };
    const { bytes, ended } = await next(outgoing, FIRST);
    if (!ended) this.#outgoing.set(id, outgoing);
    const head: FetchResponse = {
      status,
      statusText,
      headers: [...response.headers],
      url: response.url || new URL(url, this.#baseUrl).href,
      redirected: response.redirected,
      outcome,
      ended,
    };
    return frame(head, bytes);
  }
}

async function next(outgoing: Outgoing, most: number): Promise<{ bytes: Uint8Array; ended: boolean }> {
  const { reader } = outgoing;
  if (outgoing.left.length === 0) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done) return { bytes: new Uint8Array(), ended: true };
    outgoing.left = value ?? new Uint8Array();
  }
  const bytes = outgoing.left.subarray(0, most);
  outgoing.left = outgoing.left.subarray(most);
  return { bytes, ended: false };
}

/** What `fetch` answers: the length of the head, the head, and the beginning of the body. */
export function frame(head: FetchResponse, body: Uint8Array): ArrayBuffer {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, json.length);
  return join(join(length, json), body).buffer;
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
