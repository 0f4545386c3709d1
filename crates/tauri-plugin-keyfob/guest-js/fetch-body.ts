import { LARGEST_PIECE, write } from './fetch-wire.js';

/** A part of a body. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Whether nothing follows. */
  readonly ended: boolean;
}

/** What a request carries, in a form that pieces can be cut from. */
export interface Body {
  /** Its content type, where it has one of its own. */
  readonly type: string | null;
  /** In bytes, where it is known. */
  readonly length: number | null;
  /** Whether pieces can be cut from the beginning once more. */
  readonly repeatable: boolean;
  /** The piece that begins at an offset: the first, the last one again, or the one that follows it. */
  cut(offset: number): Promise<Piece>;
  /** Nothing more is wanted of it: whoever makes it may stop, and no piece looks like the last. */
  cancel(reason?: unknown): void;
}

/** The body of a request, of whatever kind that `fetch` takes; null if it has none. */
export async function bodyOf(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Body | null> {
  if (init?.body instanceof ReadableStream) return streamed(init.body);
  if (init?.body != null) {
    // Knows how to turn every other kind into bytes and a content type.
    const carrier = new Response(init.body);
    return stored(await carrier.blob(), carrier.headers.get('content-type'));
  }
  if (!(input instanceof Request)) return null;
  const blob = await input.blob();
  return blob.size > 0 ? stored(blob, null) : null;
}

/** Pushes a body as the engine asks for it, for as long as it does: it may ask from the beginning again. */
export async function push(id: number, body: Body): Promise<void> {
  try {
    let offset: number | null = 0;
    while (offset !== null) {
      const { bytes, ended } = await body.cut(offset);
      offset = await write({ id, offset, ended }, bytes);
    }
  } finally {
    body.cancel();
  }
}

function stored(blob: Blob, type: string | null): Body {
  const cut = async (offset: number) => {
    const end = offset + LARGEST_PIECE;
    const piece = await blob.slice(offset, end).arrayBuffer();
    return { bytes: new Uint8Array(piece), ended: end >= blob.size };
  };
  return { type, length: blob.size, repeatable: true, cut, cancel: () => undefined };
}

function streamed(stream: ReadableStream): Body {
  const reader = stream.getReader();
  let start = 0;
  let piece: Piece | null = null;
  let left = new Uint8Array();
  let cancelled: { reason: unknown } | null = null;

  async function next(): Promise<Piece> {
    while (left.length === 0) {
      const { value, done } = await reader.read();
      if (cancelled) throw cancelled.reason;
      if (done) return { bytes: left, ended: true };
      if (!(value instanceof Uint8Array))
        throw new TypeError('A body in a stream has to be made of Uint8Arrays.');
      left = value as Uint8Array<ArrayBuffer>;
    }
    const bytes = left.subarray(0, LARGEST_PIECE);
    left = left.subarray(LARGEST_PIECE);
    return { bytes, ended: false };
  }

  const cut = async (offset: number) => {
    if (!piece || offset !== start) [start, piece] = [offset, await next()];
    return piece;
  };
  const cancel = (reason?: unknown) => {
    cancelled ??= { reason };
    reader.cancel(reason).catch(() => undefined);
  };
  return { type: null, length: null, repeatable: false, cut, cancel };
}
