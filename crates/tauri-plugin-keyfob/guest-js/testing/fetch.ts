import type { FetchOutcome, FetchPiece, FetchRequest, FetchResponse } from '../bindings.js';
import type { Call } from './ipc.js';

/** An API: it gets requests as they would arrive there, the token attached. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** What an authenticated request needs of the engine. */
export interface TokenSource {
  /** A valid one, and whether it was renewed for this. */
  token(isForced: boolean): Promise<{ token: string; isNew: boolean }>;
}

interface Upload {
  readonly parts: Uint8Array<ArrayBuffer>[];
  length: number;
  finish(): void;
}

/** Authenticated requests as the engine takes them: raw bytes, in pieces where there are many. */
export class Requests {
  readonly #uploads = new Map<number, Upload>();
  readonly #answers = new Map<number, ReadableStreamDefaultReader<Uint8Array>>();

  /** Sends a request with a token, and once more with a new one if the API refuses that (401), as the engine does. */
  async fetch(call: Call, base: string, source: TokenSource, handler: FetchHandler): Promise<ArrayBuffer> {
    const head = headOf<FetchRequest>(call);
    const body = head.pieces ? await this.#pushed(head.id) : bytesOf(call);
    const first = await source.token(false);
    const response = await handler(toRequest(head, body, base, first.token));
    if (response.status !== 401) return this.#answer(head, response, first.isNew ? 'refreshed' : 'cached');
    const { token } = await source.token(true);
    return this.#answer(head, await handler(toRequest(head, body, base, token)), 'replayed');
  }

  /** The next piece of an answer: a byte that says whether it is the last, and the bytes. */
  async read(id: number): Promise<ArrayBuffer> {
    const { value, done } = (await this.#answers.get(id)?.read()) ?? { value: undefined, done: true };
    if (done) this.#answers.delete(id);
    return join(Uint8Array.of(done ? 1 : 0), value ?? new Uint8Array());
  }

  /** Takes a piece, and says from where on the next one is wanted. */
  write(call: Call): number | null {
    const { id, offset, ended } = headOf<FetchPiece>(call);
    const upload = this.#uploads.get(id);
    if (!upload) return null;
    if (offset !== upload.length) return upload.length;
    upload.parts.push(bytesOf(call));
    upload.length += bytesOf(call).length;
    if (!ended) return upload.length;
    upload.finish();
    return null;
  }

  /** Ends a request, whatever has become of it. */
  async cancel(id: number): Promise<null> {
    this.#uploads.delete(id);
    await this.#answers.get(id)?.cancel();
    this.#answers.delete(id);
    return null;
  }

  async #pushed(id: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    await new Promise<void>((finish) => this.#uploads.set(id, { parts, length: 0, finish }));
    this.#uploads.delete(id);
    return parts.reduce((all, part) => new Uint8Array(join(all, part)), new Uint8Array());
  }

  #answer({ id }: FetchRequest, response: Response, outcome: FetchOutcome): ArrayBuffer {
    const { status, statusText, headers, url, redirected, body } = response;
    const ended = body === null;
    const said = { status, statusText, headers: [...headers], url, redirected, outcome, ended };
    if (body) this.#answers.set(id, body.getReader());
    const json = new TextEncoder().encode(JSON.stringify(said satisfies FetchResponse));
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, json.length);
    return join(new Uint8Array(length.buffer), json);
  }
}

function toRequest(
  { url, method, headers }: FetchRequest,
  body: Uint8Array<ArrayBuffer>,
  base: string,
  token: string,
): Request {
  const request = new Request(new URL(url, base), {
    method,
    headers,
    ...(body.length > 0 && { body }),
  });
  request.headers.set('Authorization', `Bearer ${token}`);
  return request;
}

function headOf<T>(call: Call): T {
  return JSON.parse(call.headers.get('keyfob-request') ?? '');
}

function bytesOf({ args }: Call): Uint8Array<ArrayBuffer> {
  return args as unknown as Uint8Array<ArrayBuffer>;
}

function join(first: Uint8Array, second: Uint8Array): ArrayBuffer {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes.buffer;
}
