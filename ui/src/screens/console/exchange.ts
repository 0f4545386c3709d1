import { createAuthenticatedFetch, type FetchOutcome, fetchOutcome } from 'tauri-plugin-keyfob-api';
import { type HeaderRow, hasHeader, headerPairs } from './headers';
import { isJson } from './json';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

export type Method = (typeof METHODS)[number];

const WITH_BODY: ReadonlySet<Method> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** What somebody has put into the form. */
export interface Draft {
  readonly method: Method;
  readonly url: string;
  /** Null: the first audience that the address is bound to. */
  readonly audience: string | null;
  readonly headers: readonly HeaderRow[];
  readonly body: string;
}

/** What the API answered. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly isOk: boolean;
  readonly outcome: FetchOutcome | null;
  /** From sending to the end of the body, in milliseconds. */
  readonly milliseconds: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Of what came in, in bytes. */
  readonly size: number;
  /** Null, if the bytes are no text. */
  readonly text: string | null;
  /** Why there is less of the body than the API has sent. */
  readonly cut: 'too_large' | 'broken_off' | null;
}

/** More than a console is for, and less than what makes a window slow. */
export const LARGEST_BODY = 5 * 1024 * 1024;

export function takesBody(method: Method): boolean {
  return WITH_BODY.has(method);
}

/** What a body without a type of its own is sent as; null, if it has one or there is none. */
export function impliedType({ method, headers, body }: Draft): string | null {
  if (!takesBody(method) || body === '' || hasHeader(headers, 'content-type')) return null;
  return isJson(body) ? 'application/json' : 'text/plain;charset=UTF-8';
}

/** Sends a request, and reads its answer up to {@link LARGEST_BODY}. */
export async function exchange(draft: Draft, signal: AbortSignal): Promise<Answer> {
  const send = createAuthenticatedFetch({ audience: draft.audience ?? undefined });
  const type = impliedType(draft);
  const headers = [
    ...headerPairs(draft.headers),
    ...(type === null ? [] : [['Content-Type', type] as [string, string]]),
  ];
  const begun = performance.now();
  const response = await send(draft.url.trim(), {
    method: draft.method,
    headers,
    body: takesBody(draft.method) && draft.body !== '' ? draft.body : null,
    signal,
  });
  const { bytes, cut } = await read(response, signal);
  return {
    status: response.status,
    statusText: response.statusText,
    isOk: response.ok,
    outcome: fetchOutcome(response) ?? null,
    milliseconds: performance.now() - begun,
    headers: [...response.headers],
    size: bytes.length,
    text: decode(bytes, response.headers.get('content-type')),
    cut,
  };
}

/** A status without all of its body is still an answer: only an abort throws. */
async function read(
  response: Response,
  signal: AbortSignal,
): Promise<{ bytes: Uint8Array; cut: Answer['cut'] }> {
  const reader = response.body?.getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    while (reader && size <= LARGEST_BODY) {
      const { value, done } = await reader.read();
      if (done) return { bytes: joined(pieces, size), cut: null };
      pieces.push(value);
      size += value.length;
    }
  } catch {
    signal.throwIfAborted();
    return { bytes: joined(pieces, size), cut: 'broken_off' };
  }
  reader?.cancel().catch(() => undefined);
  return { bytes: joined(pieces, size).subarray(0, LARGEST_BODY), cut: reader ? 'too_large' : null };
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.length;
  }
  return all;
}

const CHARSET = /charset="?([\w:.-]+)/i;

/** What is cut may end within a character, and is text all the same. */
function decode(bytes: Uint8Array, contentType: string | null): string | null {
  const charset = CHARSET.exec(contentType ?? '')?.[1] ?? 'utf-8';
  try {
    return decoder(charset).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}

function decoder(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    // A charset that nobody knows.
    return new TextDecoder('utf-8', { fatal: true });
  }
}
