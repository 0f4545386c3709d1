import { FetchError, keyfobError } from './errors.js';
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
  const body = init?.body ?? null;
  if (body instanceof ReadableStream) return streamed(body);
  if (body instanceof Blob) return stored(body, body.type || null);
  if (body instanceof FormData) return multipart(body);
  if (body !== null) {
    // Knows how to turn every other kind into bytes and a content type.
    const carrier = new Response(body);
    return stored(await carrier.blob(), carrier.headers.get('content-type'));
  }
  if (!(input instanceof Request)) return null;
  const blob = await input.blob().catch((error: unknown) => {
    if (error instanceof TypeError) throw error;
    // WebKit's `InvalidStateError`, of a form with files.
    const message = "This webview can't read the Request's body: pass it as `body`, beside the URL.";
    throw keyfobError(FetchError, 'invalid_argument', message);
  });
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

/**
 * As the HTML standard encodes it ("multipart/form-data encoding algorithm"). WebKit's own `Response` can't, where a file
 * is among the fields; and this reads none before it is sent.
 */
function multipart(form: FormData): Body {
  const boundary = `keyfob-${crypto.randomUUID()}`;
  const inLines = (text: string) => text.replace(/\r\n?|\n/g, '\r\n');
  const quoted = (name: string) =>
    name.replace(
      /["\r\n]/g,
      (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
    );
  const parts: BlobPart[] = [];
  for (const [name, value] of form) {
    const disposition = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(inLines(name))}"`;
    if (typeof value === 'string') {
      parts.push(`${disposition}\r\n\r\n${inLines(value)}\r\n`);
    } else {
      const type = value.type || 'application/octet-stream';
      parts.push(
        `${disposition}; filename="${quoted(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`,
        value,
        '\r\n',
      );
    }
  }
  return stored(new Blob([...parts, `--${boundary}--\r\n`]), `multipart/form-data; boundary=${boundary}`);
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
      // By its name, as it may come from another realm, a frame's say.
      if (Object.prototype.toString.call(value) !== '[object Uint8Array]')
        throw new TypeError('A body in a stream has to be made of Uint8Arrays.');
      left = value;
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
