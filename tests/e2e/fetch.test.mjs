// @ts-check
// The authenticated fetch of the npm package in the real window, against real APIs.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before } from 'node:test';
import { forgetPeak, peakMemory, residentMemory } from '../campaign/memory.mjs';
import { built } from './harness/built.mjs';
import { disguises } from './harness/disguises.mjs';
import { readALittle } from './harness/page.mjs';
import { until } from './harness/processes.mjs';
import { testsOf } from './harness/test.mjs';
import { Trap } from './harness/trap.mjs';
import { World, withLegacyApi } from './harness/world.mjs';

const MIB = 1024 * 1024;
/** Of the app's own process, whatever goes through it, in MiB. */
const GROWTH = 16;
/** Milliseconds. */
const AT_ONCE = 100;
const URLS = 1000;

/** @type {World} */
let world;
/** @type {Trap} */
let trap;
const it = testsOf(() => world);

before(async () => {
  trap = await Trap.open();
  world = await World.open({ binary: built('examples/sdk-host'), config: withLegacyApi });
  await world.app.start();
  await world.signIn('ada');
});
after(async () => {
  await world?.close();
  await trap?.close();
});

it('takes every kind of body that the webview has, and keeps its bytes', async () => {
  const answers = await world.app.window.run(sendEveryKind, `${world.provider.apis.notes}/echo`);
  assert.deepEqual(answers, {
    text: 'text/plain;charset=utf-8 grün',
    parameters: 'application/x-www-form-urlencoded;charset=utf-8 a=b',
    blob: 'image/png 0,255,10',
    bytes: 'application/octet-stream 0,255,10',
    form: 'multipart/form-data hello contents',
    formInRequest: 'FetchError invalid_argument',
    stream: 'application/octet-stream 0,255,10',
    request: 'text/plain;charset=utf-8 grün',
  });
});

for (const api of /** @type {const} */ (['notes', 'legacy'])) {
  const status = api === 'legacy' ? 403 : 401;
  it(`replays a hundred requests that were refused with ${status} after one refresh`, async () => {
    const { control } = world.provider;
    const url = `${world.provider.apis[api]}/me`;
    await world.app.window.run(callAtOnce, url, 1);
    control.expireAccessTokens();
    const [before, sent] = [world.tokenRequests(), control.apiRequests.length];
    const answers = await world.app.window.run(callAtOnce, url, 100);
    assert.deepEqual(new Set(answers), new Set(['200 replayed']));
    assert.equal(answers.length, 100);
    assert.equal(control.apiRequests.length - sent, 200);
    assert.equal(world.tokenRequests() - before, 1);
  });
}

it('streams 20 MB there and 50 MB back, and the app holds next to nothing of it', async () => {
  const url = `${world.provider.apis.notes}/exchange?bytes=${50 * MIB}`;
  // What the first use of anything takes is not what the stream takes.
  await world.app.window.run(exchange, url.replace(/\d+$/u, String(MIB)), MIB);
  forgetPeak(world.app.pid);
  const before = residentMemory(world.app.pid);
  const answer = await world.app.window.run(exchange, url, 20 * MIB);
  const grown = peakMemory(world.app.pid) - before;
  const digest = createHash('sha256')
    .update(Buffer.alloc(20 * MIB, 7))
    .digest('hex');
  assert.deepEqual(answer, { status: 200, digest, received: 50 * MIB });
  assert.ok(grown <= GROWTH, `the app grew by ${grown.toFixed(1)} MiB`);
});

for (const path of ['/silent', '/endless']) {
  it(`ends on both sides when ${path} is aborted`, async () => {
    const { control } = world.provider;
    const delays = [];
    for (let time = 0; time < 5; time += 1) {
      control.abandonedAt = 0;
      const before = control.apiRequests.length;
      await world.app.window.run(begin, `${world.provider.apis.notes}${path}`, path === '/endless');
      await until('the request to arrive', async () => control.apiRequests.length > before);
      const { aborted, rejected, name } = await world.app.window.run(abort);
      assert.equal(name, 'AbortError');
      await until('the API to see it', async () => control.abandonedAt > 0);
      delays.push(Math.max(rejected, control.abandonedAt) - aborted);
    }
    // The machine may have been busy with something else; not every time.
    assert.ok(Math.min(...delays) <= AT_ONCE, `after ${delays.join(', ')} ms`);
  });
}

it("works, if slowly, where the page's policy blocks Tauri's own protocol", async () => {
  await world.app.window.run(() => {
    const policy = document.createElement('meta');
    policy.httpEquiv = 'Content-Security-Policy';
    policy.content = "connect-src 'self'";
    document.head.append(policy);
  });
  const answer = await world.app.window.run(
    exchange,
    `${world.provider.apis.notes}/exchange?bytes=${MIB}`,
    2 * MIB,
  );
  const digest = createHash('sha256')
    .update(Buffer.alloc(2 * MIB, 7))
    .digest('hex');
  assert.deepEqual(answer, { status: 200, digest, received: MIB });
  await world.app.window.reload();
  await world.app.screen('signed-in');
});

it('takes its streams with it when the page is left', async () => {
  const { control } = world.provider;
  control.abandonedAt = 0;
  await world.app.window.run(readALittle, `${world.provider.apis.notes}/endless`);
  assert.equal(control.abandonedAt, 0);
  await world.app.window.reload();
  await until('the API to see it', async () => control.abandonedAt > 0);
  await world.app.screen('signed-in');
});

it(`sends a token to no other origin, whatever ${URLS} URLs look like`, async () => {
  const { control, apis } = { control: world.provider.control, apis: world.provider.apis };
  const urls = disguises({ bound: new URL(apis.notes), other: new URL(trap.origin), count: URLS });
  assert.equal(new Set(urls).size, URLS);
  const codes = await world.app.window.run(callEach, urls);
  assert.equal(trap.tokens, 0);
  assert.equal(control.misdirectedTokens, 0);
  // They were not all refused for their looks: some lead to the API itself, and some through it to the trap.
  assert.ok(codes.filter((code) => code === '200').length > 50, 'the API answers');
  assert.ok(trap.requests > 50, 'redirects are followed');
  assert.ok(codes.filter((code) => code === 'url_not_allowed').length > 300, 'others are refused');
});

/**
 * Runs in the page.
 * @param {string} url
 * @returns {Promise<Record<string, string>>}
 */
async function sendEveryKind(url) {
  const { sdk } = /** @type {any} */ (window);
  const bytes = new Uint8Array([0, 255, 10]);
  const form = new FormData();
  form.set('note', 'hello');
  form.set('file', new Blob(['contents']), 'a.txt');
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const send = async (/** @type {any} */ body) => {
    /** @type {Response} */
    const response = await sdk.authenticatedFetch(url, { method: 'POST', body });
    const [type] = (response.headers.get('content-type') ?? '').toLowerCase().split('; boundary');
    if (type.startsWith('multipart')) {
      const answer = await response.formData();
      return `${type} ${answer.get('note')} ${await /** @type {File} */ (answer.get('file')).text()}`;
    }
    if (type.startsWith('image') || type.startsWith('application/octet')) {
      return `${type} ${[...new Uint8Array(await response.arrayBuffer())]}`;
    }
    return `${type} ${await response.text()}`;
  };
  const request = new Request(url, { method: 'POST', body: 'grün' });
  // Out of which WebKit reads nothing.
  const formInRequest = new Request(url, { method: 'POST', body: form });
  const answerToForm = await sdk
    .authenticatedFetch(formInRequest)
    .then((/** @type {Response} */ response) => response.text())
    .catch((/** @type {any} */ error) => `${error.name} ${error.code}`);
  const answerToRequest = await sdk.authenticatedFetch(request);
  return {
    text: await send('grün'),
    parameters: await send(new URLSearchParams({ a: 'b' })),
    blob: await send(new Blob([bytes], { type: 'image/png' })),
    bytes: await send(bytes),
    form: await send(form),
    formInRequest: answerToForm,
    stream: await send(stream),
    request: `${answerToRequest.headers.get('content-type')?.toLowerCase()} ${await answerToRequest.text()}`,
  };
}

/**
 * Runs in the page.
 * @param {string} url
 * @param {number} times
 * @returns {Promise<string[]>}
 */
function callAtOnce(url, times) {
  const { sdk } = /** @type {any} */ (window);
  return Promise.all(
    Array.from({ length: times }, async () => {
      const response = await sdk.authenticatedFetch(url);
      await response.json();
      return `${response.status} ${sdk.fetchOutcome(response)}`;
    }),
  );
}

/**
 * Runs in the page.
 * @param {string} url
 * @param {number} length
 */
async function exchange(url, length) {
  const { sdk } = /** @type {any} */ (window);
  const body = new Uint8Array(length).fill(7);
  const response = await sdk.authenticatedFetch(url, { method: 'POST', body });
  let received = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { value, done } = await reader.read();
    if (done) break;
    received += value.length;
  }
  return { status: response.status, digest: response.headers.get('x-digest'), received };
}

/**
 * Runs in the page.
 * @param {string} url
 * @param {boolean} answers whether an answer begins, and is to be read
 */
async function begin(url, answers) {
  const { sdk } = /** @type {any} */ (window);
  const controller = new AbortController();
  const response = sdk.authenticatedFetch(url, { signal: controller.signal });
  const ends = response.then((/** @type {Response} */ it) => it.arrayBuffer());
  const name = ends.catch((/** @type {Error} */ error) => error.name);
  Object.assign(window, { underWay: { controller, name } });
  if (answers) await response;
}

/** Runs in the page. */
async function abort() {
  const { controller, name } = /** @type {any} */ (window).underWay;
  const aborted = Date.now();
  controller.abort();
  return { name: await name, aborted, rejected: Date.now() };
}

/**
 * Runs in the page.
 * @param {string[]} urls
 * @returns {Promise<string[]>}
 */
async function callEach(urls) {
  const { sdk } = /** @type {any} */ (window);
  const codes = [];
  for (const url of urls) {
    codes.push(
      await sdk.authenticatedFetch(url).then(
        (/** @type {Response} */ response) => String(response.status),
        (/** @type {any} */ error) => error.code,
      ),
    );
  }
  return codes;
}
