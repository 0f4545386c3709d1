// @vitest-environment node
// jsdom brings its own FormData and Blob, which Node's Response does not take for bodies.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ErrorCode } from '../guest-js/bindings.js';
import { authenticatedFetch, createAuthenticatedFetch, fetchOutcome } from '../guest-js/index.js';
import { deferred } from './engine.js';
import { RawEngine } from './raw-engine.js';

const MEBIBYTE = 1024 * 1024;
const URL = 'https://api.example.com/x';

let engine: RawEngine;

beforeEach(() => {
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('location', { protocol: 'tauri:', host: 'localhost' });
  engine = new RawEngine();
  engine.install();
});

afterEach(() => {
  engine.remove();
  vi.unstubAllGlobals();
});

const bytes = (text: string) => new TextEncoder().encode(text);
const sentBody = () => new TextDecoder().decode(Uint8Array.from(engine.body));
const fail = (code: ErrorCode) => Promise.reject({ code, message: code, retryable: true, retryAfter: null });

/** Bytes of every value. */
function manyBytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

function streamOf(...chunks: unknown[]): ReadableStream {
  return new ReadableStream({
    pull(controller) {
      const next = chunks.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(next);
    },
  });
}

test('the answer is a real Response, which knows where it comes from', async () => {
  const head = {
    status: 404,
    statusText: 'Not Found',
    headers: [['content-type', 'application/json']] as [string, string][],
    url: 'https://api.example.com/elsewhere',
    redirected: true,
    outcome: 'replayed' as const,
  };
  engine.answer = async () => ({ head, first: bytes('{"name":"Zoë 🔑"}') });
  const response = await authenticatedFetch(URL);
  expect(response).toBeInstanceOf(Response);
  expect(response.ok).toBe(false);
  expect(response.statusText).toBe('Not Found');
  expect(response.headers.get('Content-Type')).toBe('application/json');
  const clone = response.clone();
  for (const each of [response, clone]) {
    expect([each.url, each.redirected]).toEqual(['https://api.example.com/elsewhere', true]);
    expect(fetchOutcome(each)).toBe('replayed');
    await expect(each.json()).resolves.toEqual({ name: 'Zoë 🔑' });
  }
});

test('a relative URL goes to the engine as it is, with all that is not ASCII', async () => {
  await authenticatedFetch('/grün?x=🔑', { headers: { 'X-Trace': 'ü' } });
  const [request] = engine.requests;
  expect(request).toMatchObject({ url: '/grün?x=🔑', method: 'GET', headers: [['x-trace', 'ü']] });
  expect(request).toMatchObject({ redirect: 'follow', audience: null, scope: null, pieces: null });
});

test('a fetch has a base URL, an audience and a scope of its own', async () => {
  const fetchOrders = createAuthenticatedFetch({
    audience: 'urn:orders',
    scope: 'orders:read',
    baseUrl: 'https://orders.example.com/v1/',
  });
  await fetchOrders('list', { redirect: 'manual' });
  expect(engine.requests[0]).toMatchObject({
    url: 'https://orders.example.com/v1/list',
    audience: 'urn:orders',
    scope: 'orders:read',
    redirect: 'manual',
  });
  await fetchOrders('https://elsewhere.example.com/x');
  expect(engine.requests[1]?.url).toBe('https://elsewhere.example.com/x');
});

test("a Request for the window's own origin was meant to be relative", async () => {
  await authenticatedFetch(new Request('tauri://localhost/me?x=1'));
  await authenticatedFetch(new Request('tauri://localhost.evil.example/me'));
  expect(engine.requests.map(({ url }) => url)).toEqual(['/me?x=1', 'tauri://localhost.evil.example/me']);
});

test('a Request works like a URL, and init goes before it', async () => {
  const request = new Request(URL, { method: 'PUT', body: 'hi', headers: { 'X-A': '1' } });
  await authenticatedFetch(request);
  expect(engine.requests[0]).toMatchObject({ url: URL, method: 'PUT' });
  expect(engine.requests[0]?.headers).toContainEqual(['x-a', '1']);
  expect(sentBody()).toBe('hi');
  expect(request.bodyUsed).toBe(true);
  await authenticatedFetch(new Request(URL, { method: 'PUT', headers: { 'X-A': '1' } }), {
    method: 'post',
    headers: { 'X-B': '2' },
    body: 'ho',
  });
  expect(engine.requests[1]).toMatchObject({ method: 'POST' });
  expect(engine.requests[1]?.headers).not.toContainEqual(['x-a', '1']);
  expect(sentBody()).toBe('ho');
});

test.each([
  ['a text', 'grün', 'text/plain;charset=UTF-8'],
  ['parameters', new URLSearchParams({ a: 'b' }), 'application/x-www-form-urlencoded;charset=UTF-8'],
  ['a blob', new Blob(['x'], { type: 'image/png' }), 'image/png'],
  ['bytes', new Uint8Array([1, 2]), undefined],
])('%s has its content type, unless the caller names one', async (_, body, type) => {
  await authenticatedFetch(URL, { method: 'POST', body });
  expect(new Headers(engine.requests[0]?.headers).get('content-type') ?? undefined).toBe(type);
  await authenticatedFetch(URL, { method: 'POST', body, headers: { 'content-type': 'text/own' } });
  expect(new Headers(engine.requests[1]?.headers).get('content-type')).toBe('text/own');
});

test('a form is encoded as browsers do, its files and odd names too', async () => {
  const form = new FormData();
  form.set('note "1"\r\n', 'two\nlines');
  form.set('file', new Blob([new Uint8Array([0, 255])], { type: 'image/png' }), 'a"b.png');
  form.append('file', new Blob(['contents']), 'plain');
  await authenticatedFetch(URL, { method: 'POST', body: form });
  const type = new Headers(engine.requests[0]?.headers).get('content-type') ?? '';
  expect(sentBody()).toContain('name="note %221%22%0D%0A"\r\n\r\ntwo\r\nlines\r\n');
  const body = Uint8Array.from(engine.body);
  const read = await new Response(body, { headers: { 'content-type': type } }).formData();
  expect(read.get('note "1"\r\n')).toBe('two\r\nlines');
  const files = read.getAll('file') as File[];
  expect(files.map(({ name, type }) => [name, type])).toEqual([
    ['a"b.png', 'image/png'],
    ['plain', 'application/octet-stream'],
  ]);
  expect([...new Uint8Array((await files[0]?.arrayBuffer()) ?? [])]).toEqual([0, 255]);
});

test.each(['GET', 'HEAD'])('a %s has no body', async (method) => {
  const sent = authenticatedFetch(URL, { method, body: 'x' });
  await expect(sent).rejects.toBeInstanceOf(TypeError);
  await expect(sent).rejects.toMatchObject({ code: 'invalid_argument' });
  expect(engine.count('fetch')).toBe(0);
});

test('a body of a mebibyte goes at once', async () => {
  await authenticatedFetch(URL, { method: 'POST', body: manyBytes(MEBIBYTE) });
  expect(engine.body.length).toBe(MEBIBYTE);
  expect(engine.count('fetch_write')).toBe(0);
});

test('a larger body goes in pieces of one mebibyte, and from the beginning again if it is asked for', async () => {
  const body = manyBytes(2 * MEBIBYTE + 5);
  let again = true;
  const taken = deferred<void>();
  engine.wants = ({ offset, ended }, length) => {
    if (!ended) return offset + length;
    if (!again) taken.resolve();
    again = false;
    return engine.pieces.length > 3 ? null : 0;
  };
  engine.answer = async () => {
    await taken.promise;
    return {};
  };
  await authenticatedFetch(URL, { method: 'POST', body });
  expect(engine.requests[0]?.pieces).toEqual({ length: body.length, repeatable: true });
  expect(engine.pieces).toEqual([MEBIBYTE, MEBIBYTE, 5, MEBIBYTE, MEBIBYTE, 5]);
  expect(Buffer.from(engine.body).equals(body)).toBe(true);
});

test('a stream goes in the pieces that it is made of, and a piece that found no room goes again', async () => {
  let refused = false;
  const taken = deferred<void>();
  engine.wants = ({ offset, ended }, length) => {
    if (!refused && offset === 3) {
      refused = true;
      engine.body.splice(offset, length);
      return offset;
    }
    if (!ended) return offset + length;
    taken.resolve();
    return null;
  };
  engine.answer = async () => {
    await taken.promise;
    return {};
  };
  const body = streamOf(bytes('abc'), new Uint8Array(), manyBytes(MEBIBYTE + 1));
  await authenticatedFetch(URL, { method: 'POST', body, duplex: 'half' } as RequestInit);
  expect(engine.requests[0]?.pieces).toEqual({ length: null, repeatable: false });
  expect(engine.pieces).toEqual([3, MEBIBYTE, MEBIBYTE, 1, 0]);
  expect(engine.body.length).toBe(3 + MEBIBYTE + 1);
});

test('a stream that fails, or is made of something else, ends the request', async () => {
  engine.answer = () => new Promise(() => undefined);
  const broken = new ReadableStream({
    pull: (controller) => controller.error(new Error('the file is gone')),
  });
  await expect(authenticatedFetch(URL, { method: 'POST', body: broken })).rejects.toThrow('the file is gone');
  await expect(authenticatedFetch(URL, { method: 'POST', body: streamOf('text') })).rejects.toThrow(
    TypeError,
  );
  await vi.waitFor(() => expect(engine.count('fetch_cancel')).toBe(2));
});

test('an answer that comes before all of the body has gone is an answer', async () => {
  engine.wants = ({ offset }) => offset;
  engine.answer = async () => {
    engine.wants = () => null;
    return { head: { status: 413 } };
  };
  const response = await authenticatedFetch(URL, { method: 'POST', body: manyBytes(3 * MEBIBYTE) });
  expect(response.status).toBe(413);
});

test('an answer is read piece by piece, as somebody reads it', async () => {
  engine.answer = async () => ({ first: bytes('a') });
  // Without bytes: none came in while a call may wait for them.
  engine.rest = [bytes('b'), new Uint8Array(), bytes('c')];
  const { body } = await authenticatedFetch(URL);
  const reader = body?.getReader();
  await expect(reader?.read()).resolves.toEqual({ value: bytes('a'), done: false });
  expect(engine.count('fetch_read')).toBe(0);
  await expect(reader?.read()).resolves.toEqual({ value: bytes('b'), done: false });
  expect(engine.count('fetch_read')).toBe(1);
  await expect(reader?.read()).resolves.toEqual({ value: bytes('c'), done: false });
  await expect(reader?.read()).resolves.toMatchObject({ done: true });
  expect(engine.count('fetch_read')).toBe(3);
  expect(engine.count('fetch_cancel')).toBe(0);
});

test('an answer that breaks off is an error with a code, not the end', async () => {
  engine.rest = [Object.assign(new Error('broken'), { code: 'network', retryable: true })];
  const response = await authenticatedFetch(URL);
  await expect(response.text()).rejects.toMatchObject({ name: 'FetchError', code: 'network' });
});

test('who wants no more of an answer says so', async () => {
  engine.rest = [bytes('b'), bytes('c')];
  const response = await authenticatedFetch(URL);
  await response.body?.cancel();
  expect(engine.calls.at(-1)).toEqual({ command: 'fetch_cancel', id: engine.requests[0]?.id });
});

test.each([204, 205, 304])('a %i has no body', async (status) => {
  engine.answer = async () => ({ head: { status, statusText: '' } });
  const response = await authenticatedFetch('/nothing');
  expect(response.status).toBe(status);
  expect(response.body).toBeNull();
});

test('an aborted signal sends nothing, wherever it stands', async () => {
  const signal = AbortSignal.abort();
  await expect(authenticatedFetch('/me', { signal })).rejects.toMatchObject({ name: 'AbortError' });
  const request = new Request(URL, { signal });
  await expect(authenticatedFetch(request)).rejects.toMatchObject({ name: 'AbortError' });
  expect(engine.count('fetch')).toBe(0);
  await expect(authenticatedFetch(request, { signal: null })).resolves.toBeInstanceOf(Response);
});

test('aborting sets the caller free while the request is under way, and takes it back', async () => {
  const answer = deferred<object>();
  const arrived = deferred<void>();
  engine.answer = () => {
    arrived.resolve();
    return answer.promise;
  };
  const controller = new AbortController();
  const response = authenticatedFetch('/me', { signal: controller.signal });
  await arrived.promise;
  controller.abort(new Error('enough'));
  await expect(response).rejects.toThrow('enough');
  expect(engine.count('fetch_cancel')).toBe(1);
  // It may have been on its way already.
  answer.resolve({});
  await vi.waitFor(() => expect(engine.count('fetch_cancel')).toBe(2));
});

test('aborting ends an answer that is being read', async () => {
  engine.rest = [bytes('b'), bytes('c')];
  const controller = new AbortController();
  const response = await authenticatedFetch('/me', { signal: controller.signal });
  controller.abort();
  await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' });
  expect(engine.count('fetch_cancel')).toBe(1);
});

test('aborting after the end does nothing', async () => {
  engine.rest = [bytes('b')];
  const controller = new AbortController();
  const response = await authenticatedFetch('/me', { signal: controller.signal });
  await response.text();
  controller.abort();
  expect(engine.count('fetch_cancel')).toBe(0);
});

test.each([
  ['network', 'FetchError', true],
  ['relative_url', 'FetchError', true],
  ['url_not_allowed', 'FetchError', true],
  ['not_authenticated', 'AccessTokenError', false],
  ['reauth_required', 'AccessTokenError', false],
  ['keychain_locked', 'AccessTokenError', false],
] as const)('%s is a %s', async (code, name, isTypeError) => {
  engine.answer = () => fail(code);
  const error = await authenticatedFetch('/me').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name, code, retryable: true });
  expect(error instanceof TypeError).toBe(isTypeError);
});

test('without Tauri there is nothing to send with', async () => {
  engine.remove();
  await expect(authenticatedFetch('/me')).rejects.toMatchObject({ name: 'FetchError', code: 'not_in_tauri' });
});
