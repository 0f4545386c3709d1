import type { FetchRequest, FetchResponse } from './bindings.js';
import { AccessTokenError, type ErrorCode, FetchError, type KeyfobError, keyfobError } from './errors.js';
import { type AuthenticatedFetchOptions, OUTCOME } from './fetch.js';
import { type Body, bodyOf, push } from './fetch-body.js';
import { cancel, LARGEST_PIECE, nextId, read, send } from './fetch-wire.js';

/** These statuses forbid a body, and `new Response` throws if it gets one (Fetch standard, "null body status"). */
const WITHOUT_BODY = [101, 103, 204, 205, 304];

/** Why a body broke off. WebKit forgets it on the way through a `Response`, and says `TypeError` only. */
interface Failure {
  reason?: unknown;
}

const CONSUMERS = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const;

/** A body that is being read. */
interface Reading {
  abort(): void;
}

/** An answer that nobody reads any more keeps its connection, until it is told that nobody does. */
const UNREAD = new FinalizationRegistry(({ id, ignore }: { id: number; ignore: () => void }) => {
  ignore();
  cancel(id);
});

/** An authenticated request, from what `fetch` takes to what it gives. */
export async function exchange(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  options: AuthenticatedFetchOptions,
): Promise<Response> {
  const fields = { ...fieldsOf(input), ...given(init) };
  const signal = fields.signal ?? null;
  signal?.throwIfAborted();
  const body = await bodyOf(input, init);
  try {
    return await answerTo(describe(input, fields, body, options), body, signal);
  } catch (error) {
    body?.cancel(error);
    throw error;
  }
}

function describe(
  input: RequestInfo | URL,
  { method, headers, redirect }: RequestInit,
  body: Body | null,
  { audience, scope, baseUrl }: AuthenticatedFetchOptions,
): FetchRequest {
  // `Request` knows methods and headers. It is given no relative URL, which it would resolve against the window's own
  // origin, and no body, which WebKit's can't stream.
  const request = new Request('https://relative.invalid/', {
    ...(method && { method }),
    ...(headers && { headers }),
    ...(redirect && { redirect }),
  });
  if (body && (request.method === 'GET' || request.method === 'HEAD')) {
    throw keyfobError(FetchError, 'invalid_argument', 'A request with the method GET or HEAD has no body.');
  }
  if (body?.type && !request.headers.has('content-type')) request.headers.set('content-type', body.type);
  return {
    id: nextId(),
    url: urlOf(input, baseUrl),
    method: request.method,
    headers: [...request.headers],
    redirect: request.redirect,
    audience: audience ?? null,
    scope: scope ?? null,
    pieces: body && !isSmall(body) ? { length: body.length, repeatable: body.repeatable } : null,
  };
}

function fieldsOf(input: RequestInfo | URL): RequestInit {
  if (!(input instanceof Request)) return {};
  const { method, headers, redirect, signal } = input;
  return { method, headers, redirect, signal };
}

/** What is undefined is not there (Web IDL, dictionaries). */
function given(init: RequestInit = {}): RequestInit {
  return Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined));
}

/** A `Request` can't be relative: one to the window's own origin, where no API is, was meant to be. */
function urlOf(input: RequestInfo | URL, baseUrl: string | URL | undefined): string {
  const url = input instanceof Request ? input.url : String(input);
  const own = `${globalThis.location?.protocol}//${globalThis.location?.host}`;
  const meant = input instanceof Request && url.startsWith(`${own}/`) ? url.slice(own.length) : url;
  return baseUrl === undefined ? meant : new URL(meant, baseUrl).href;
}

async function answerTo(request: FetchRequest, body: Body | null, signal: AbortSignal | null) {
  const { id } = request;
  const whole = body && !request.pieces ? (await body.cut(0)).bytes : new Uint8Array();
  signal?.throwIfAborted();
  let isOver = false;
  const sent = send(request, whole).catch((error: KeyfobError) => {
    isOver = true;
    throw blamed(error);
  });
  // Its end is not that of the exchange: an answer may come before all of the body has gone, or long after.
  const answered = body && request.pieces ? Promise.race([sent, push(id, body).then(() => sent)]) : sent;
  try {
    const { head, first } = await untilAborted(signal, answered);
    const failure: Failure = {};
    const { status, statusText, headers } = head;
    const answer = received(id, head, first, signal, failure);
    return told(new Response(answer, { status, statusText, headers }), head, failure);
  } catch (error) {
    if (!isOver) {
      cancel(id);
      // An answer that was on its way all the same is nobody's.
      sent.then(() => cancel(id)).catch(() => undefined);
    }
    throw error;
  }
}

/** What a `Response` can't be constructed with. */
function told(response: Response, head: FetchResponse, failure: Failure): Response {
  const { url, redirected, outcome } = head;
  const clone = () => told(Response.prototype.clone.call(response), head, failure);
  for (const name of CONSUMERS) {
    // Older webviews have no `bytes`.
    const consume = response[name] as (() => Promise<unknown>) | undefined;
    if (!consume) continue;
    const value = () =>
      consume.call(response).catch((error: unknown) => {
        throw failure.reason ?? error;
      });
    Object.defineProperty(response, name, { value });
  }
  return Object.defineProperties(response, {
    url: { value: url },
    redirected: { value: redirected },
    clone: { value: clone },
    [OUTCOME]: { value: outcome },
  });
}

/** The body of an answer. */
function received(
  id: number,
  { status, ended }: FetchResponse,
  first: Uint8Array<ArrayBuffer>,
  signal: AbortSignal | null,
  failure: Failure,
): BodyInit | null {
  if (!WITHOUT_BODY.includes(status)) return ended ? first : rest(id, first, signal, failure);
  if (!ended) cancel(id);
  return null;
}

/** What has come in, and what is asked for as somebody reads. */
function rest(id: number, first: Uint8Array, signal: AbortSignal | null, failure: Failure) {
  // What is collected with the stream's source: a `Response` keeps that, and not the stream that it was made of.
  const reading: Reading = { abort: () => undefined };
  const ignore = onAbort(signal, new WeakRef(reading));
  const end = () => {
    ignore();
    UNREAD.unregister(reading);
  };
  UNREAD.register(reading, { id, ignore }, reading);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (first.length > 0) controller.enqueue(first);
        reading.abort = () => {
          end();
          cancel(id);
          failure.reason = signal?.reason;
          controller.error(failure.reason);
        };
        if (signal?.aborted) reading.abort();
      },
      async pull(controller) {
        const piece = await next(id).catch((error: unknown) => {
          end();
          failure.reason ??= error;
          throw error;
        });
        if (piece.bytes.length > 0) controller.enqueue(piece.bytes);
        if (!piece.ended) return;
        end();
        controller.close();
      },
      cancel() {
        end();
        cancel(id);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Ends what is being read, which it doesn't keep from being collected: a signal may live as long as the app.
 * @returns a function that ends the waiting.
 */
function onAbort(signal: AbortSignal | null, reading: WeakRef<Reading>): () => void {
  const abort = () => reading.deref()?.abort();
  signal?.addEventListener('abort', abort);
  return () => signal?.removeEventListener('abort', abort);
}

/** A stream may be silent for longer than a call. */
async function next(id: number) {
  let piece = await read(id);
  while (piece.bytes.length === 0 && !piece.ended) piece = await read(id);
  return piece;
}

function isSmall(body: Body): boolean {
  return body.length !== null && body.length <= LARGEST_PIECE;
}

/** The caller is set free at once; what was sent is taken back by whoever catches this. */
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
  'network',
  'timeout',
  'busy',
  'invalid_argument',
  'permission_denied',
  'proof_refused',
  'certificate_untrusted',
  'proxy_authentication_required',
  'not_in_tauri',
  'internal',
]);

/** Tells a request that failed from a token that could not be had. */
function blamed(error: KeyfobError): FetchError | AccessTokenError {
  const ErrorClass = REQUEST_CODES.has(error.code) ? FetchError : AccessTokenError;
  return new ErrorClass(error.message, error);
}
