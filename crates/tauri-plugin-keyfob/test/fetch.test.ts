// @vitest-environment node
// jsdom brings its own FormData and Blob, which Node's Request does not take for bodies.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { authenticatedFetch, fetchOutcome } from '../guest-js/index.js';
import { FakeEngine, failure, removeEngine } from './engine.js';

const MEBIBYTE = 1024 * 1024;

let engine: FakeEngine;

beforeEach(() => {
  vi.stubGlobal('window', globalThis);
  engine = new FakeEngine();
  answerWith({});
});

afterEach(() => {
  removeEngine();
  vi.unstubAllGlobals();
});

function answerWith(change: object) {
  const response = { status: 200, statusText: 'OK', headers: [], body: '', outcome: 'cached', ...change };
  engine.answer('fetch', () => response);
}

const bodyOf = () => Buffer.from(engine.lastRequest()?.body ?? '', 'base64');

test('the answer is a real Response', async () => {
  answerWith({
    status: 404,
    statusText: 'Not Found',
    headers: [['content-type', 'application/json']],
    body: Buffer.from('{"name":"Zoë 🔑"}').toString('base64'),
    outcome: 'replayed',
  });
  const response = await authenticatedFetch('https://api.example.com/me');
  expect(response).toBeInstanceOf(Response);
  expect(response.ok).toBe(false);
  expect(response.statusText).toBe('Not Found');
  expect(response.headers.get('Content-Type')).toBe('application/json');
  await expect(response.clone().json()).resolves.toEqual({ name: 'Zoë 🔑' });
  expect(fetchOutcome(response)).toBe('replayed');
});

test('a relative address goes to the engine as it is', async () => {
  await authenticatedFetch('/me?x=1');
  expect(engine.lastRequest()).toEqual({ url: '/me?x=1', method: 'GET', headers: [], body: null });
});

test('a Request works like an address', async () => {
  const request = new Request('https://api.example.com/notes', { method: 'PUT', body: 'hi' });
  await authenticatedFetch(request, { headers: { 'X-Trace': '1' } });
  expect(engine.lastRequest()).toMatchObject({
    url: 'https://api.example.com/notes',
    method: 'PUT',
    headers: expect.arrayContaining([['x-trace', '1']]),
  });
  expect(bodyOf().toString()).toBe('hi');
});

test('a text body gets its content type', async () => {
  await authenticatedFetch('/notes', { method: 'POST', body: 'grün' });
  expect(bodyOf().toString()).toBe('grün');
  expect(engine.lastRequest()?.headers).toContainEqual(['content-type', 'text/plain;charset=UTF-8']);
});

test('a form gets its boundary', async () => {
  const form = new FormData();
  form.set('note', 'hello');
  await authenticatedFetch('/notes', { method: 'POST', body: form });
  const [, type] = engine.lastRequest()?.headers.find(([name]) => name === 'content-type') ?? [];
  expect(type).toMatch(/^multipart\/form-data; boundary=/);
  expect(bodyOf().toString()).toContain('hello');
});

test('bytes of every value arrive unchanged, up to one mebibyte', async () => {
  const bytes = Uint8Array.from({ length: MEBIBYTE }, (_, index) => index % 256);
  answerWith({ body: Buffer.from(bytes).toString('base64') });
  const response = await authenticatedFetch('/bytes', { method: 'POST', body: bytes });
  expect(bodyOf().equals(bytes)).toBe(true);
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
});

test('a larger body is refused before it is sent', async () => {
  const body = new Uint8Array(MEBIBYTE + 1);
  await expect(authenticatedFetch('/bytes', { method: 'POST', body })).rejects.toMatchObject({
    name: 'FetchError',
    code: 'body_too_large',
  });
  expect(engine.count('fetch')).toBe(0);
});

test.each([204, 205, 304])('a %i has no body', async (status) => {
  answerWith({ status, statusText: '' });
  const response = await authenticatedFetch('/nothing');
  expect(response.status).toBe(status);
  expect(response.body).toBeNull();
});

test('an aborted signal sends nothing', async () => {
  const signal = AbortSignal.abort();
  await expect(authenticatedFetch('/me', { signal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(engine.count('fetch')).toBe(0);
});

test('aborting sets the caller free while the request is under way', async () => {
  engine.answer('fetch', () => new Promise(() => undefined));
  const controller = new AbortController();
  const response = authenticatedFetch('/me', { signal: controller.signal });
  await vi.waitFor(() => expect(engine.count('fetch')).toBe(1));
  controller.abort();
  await expect(response).rejects.toMatchObject({ name: 'AbortError' });
});

test.each([
  ['network', 'FetchError'],
  ['relative_url', 'FetchError'],
  ['url_not_allowed', 'FetchError'],
  ['not_authenticated', 'AccessTokenError'],
  ['reauth_required', 'AccessTokenError'],
  ['keychain_locked', 'AccessTokenError'],
] as const)('%s is a %s', async (code, name) => {
  engine.answer('fetch', () => Promise.reject(failure(code, { retryable: true })));
  await expect(authenticatedFetch('/me')).rejects.toMatchObject({ name, code, retryable: true });
});
