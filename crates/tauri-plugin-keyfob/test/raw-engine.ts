import type { FetchPiece, FetchRequest, FetchResponse } from '../guest-js/bindings.js';
import { frame } from '../guest-js/testing/fetch.js';

interface Options {
  headers: Record<string, string>;
}

/** Stands in for Rust where bytes cross the boundary: the commands of an authenticated fetch, and nothing else. */
export class RawEngine {
  readonly calls: { command: string; id: number }[] = [];
  readonly requests: FetchRequest[] = [];
  /** The body of the last request, in the order in which its bytes came. */
  body: number[] = [];
  /** The sizes in which it came. */
  readonly pieces: number[] = [];
  /** How the next request is answered: at once, with its first bytes. */
  answer: (request: FetchRequest) => Promise<{ head?: Partial<FetchResponse>; first?: Uint8Array }> =
    async () => ({});
  /** What follows of an answer's body; the last one ends it. */
  rest: (Uint8Array | Error)[] = [];
  /** From where on the next piece is wanted, once this one is taken. */
  wants: (piece: FetchPiece, length: number) => number | null = ({ offset, ended }, length) =>
    ended ? null : offset + length;

  install(): void {
    const invoke = (command: string, body: unknown, options?: Options) =>
      this.#take(command.replace('plugin:keyfob|', ''), body, options);
    Object.assign(globalThis, { __TAURI_INTERNALS__: { invoke } });
  }

  remove(): void {
    Reflect.deleteProperty(globalThis, '__TAURI_INTERNALS__');
  }

  count(command: string): number {
    return this.calls.filter((call) => call.command === command).length;
  }

  async #take(command: string, body: unknown, options?: Options): Promise<unknown> {
    const said = options?.headers['keyfob-request'];
    const head = said === undefined ? (body as { id: number }) : JSON.parse(ascii(said));
    this.calls.push({ command, id: head.id });
    switch (command) {
      case 'fetch':
        return this.#fetch(head as FetchRequest, body as Uint8Array);
      case 'fetch_write':
        return this.#write(head as FetchPiece, body as Uint8Array);
      case 'fetch_read':
        return this.#read();
      default:
        return null;
    }
  }

  async #fetch(request: FetchRequest, body: Uint8Array): Promise<ArrayBuffer> {
    this.requests.push(request);
    if (!request.pieces) this.body = [...body];
    const { head, first = new Uint8Array() } = await this.answer(request);
    const ended = this.rest.length === 0;
    const url = 'https://api.example.com/x';
    const honest: FetchResponse = {
      status: 200,
      statusText: 'OK',
      headers: [],
      url,
      redirected: false,
      outcome: 'cached',
      ended,
    };
    return frame({ ...honest, ...head }, first);
  }

  #write(piece: FetchPiece, bytes: Uint8Array): number | null {
    if (piece.offset === 0) this.body = [];
    for (const byte of bytes) this.body.push(byte);
    this.pieces.push(bytes.length);
    return this.wants(piece, bytes.length);
  }

  #read(): ArrayBuffer {
    const next = this.rest.shift() ?? new Uint8Array();
    if (next instanceof Error) throw next;
    return Uint8Array.from([this.rest.length === 0 ? 1 : 0, ...next]).buffer;
  }
}

/** Nothing else may stand in a header. */
function ascii(text: string): string {
  if (!/^[ -~]*$/.test(text)) throw new Error(`not ASCII: ${text}`);
  return text;
}
