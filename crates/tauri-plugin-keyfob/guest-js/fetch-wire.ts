import { type InvokeArgs, type InvokeOptions, invoke } from '@tauri-apps/api/core';
import type { FetchPiece, FetchRequest, FetchResponse } from './bindings.js';
import { call } from './call.js';
import { FetchError, KeyfobError } from './errors.js';

/** The raw bytes of `fetch` and its kin, which the generated bindings know nothing of. */

/** As much of a body as crosses the boundary at a time, in bytes. */
export const LARGEST_PIECE = 1024 * 1024;

const HEADER = 'keyfob-request';

/** From somewhere else for each page, so that none speaks of the requests of the page before. */
let lastId = (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) * 2 ** 20;

export function nextId(): number {
  lastId += 1;
  return lastId;
}

/** Sends a request, with its body where that is small. The answer has a head, and what is there of its body. */
export async function send(request: FetchRequest, body: Uint8Array) {
  const frame = toBytes(await command(KeyfobError, 'fetch', body, withHead(request)));
  const end = 4 + new DataView(frame.buffer).getUint32(0);
  const head: FetchResponse = JSON.parse(new TextDecoder().decode(frame.subarray(4, end)));
  return { head, first: frame.subarray(end) };
}

/** The next bytes of an answer; none, if none came in while one may wait for them. */
export async function read(id: number) {
  const frame = toBytes(await command(FetchError, 'fetch_read', { id }));
  return { bytes: frame.subarray(1), ended: frame[0] === 1 };
}

/** Hands over a piece of a body; says from where on the next one is wanted, or that none is. */
export function write(piece: FetchPiece, bytes: Uint8Array): Promise<number | null> {
  return command(FetchError, 'fetch_write', bytes, withHead(piece));
}

/** Takes a request back, whatever has become of it. */
export function cancel(id: number): void {
  command(FetchError, 'fetch_cancel', { id }).catch(() => undefined);
}

function command<T>(
  ErrorClass: Parameters<typeof call>[0],
  name: string,
  ...args: [InvokeArgs, InvokeOptions?]
) {
  return call(ErrorClass, async () => ({
    status: 'ok',
    data: await invoke<T>(`plugin:keyfob|${name}`, ...args),
  }));
}

/** Where the page's policy blocks Tauri's protocol, bytes come as an array of numbers. */
function toBytes(frame: ArrayBuffer | number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(frame);
}

/** Headers are ASCII. */
function withHead(head: FetchRequest | FetchPiece) {
  const ascii = JSON.stringify(head).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { headers: { [HEADER]: ascii } };
}
