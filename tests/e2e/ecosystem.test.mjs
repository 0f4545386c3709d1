// @ts-check
// The examples for SWR, TanStack Query, axios and plain `fetch`, in the real window.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { built } from './harness/built.mjs';
import { signInAs } from './harness/person.mjs';
import { samplesOf } from './harness/samples.mjs';
import { testsOf } from './harness/test.mjs';
import { World, withLegacyApi } from './harness/world.mjs';

const COMPONENTS = ['ecosystem/fetch.tsx', 'ecosystem/swr.tsx', 'ecosystem/query.tsx'];

/** @type {World} */
let world;
const it = testsOf(() => world);
const { show, text, call } = samplesOf(() => world.app.window);

before(async () => {
  // axios can't be loaded where `Object.prototype` is frozen.
  const env = { SDK_HOST_UNFROZEN: '1' };
  world = await World.open({ binary: built('examples/sdk-host'), env, config: withLegacyApi });
  await world.app.start();
  await world.signIn('ada');
});
after(() => world?.close());

for (const component of COMPONENTS) {
  it(`${component} shows what the API says`, async () => {
    await show(component);
    assert.equal(await text('name', 'Ada'), 'Ada Lovelace');
  });
}

for (const component of ['ecosystem/swr.tsx', 'ecosystem/query.tsx']) {
  it(`${component} asks again after what passes`, async () => {
    await startAnew();
    world.provider.control.apiFailures.push(503);
    assert.deepEqual(await requestsOf(() => show(component).then(() => text('name', 'Ada'))), [
      'GET /profile',
      'GET /profile',
    ]);
  });
}

for (const component of COMPONENTS) {
  it(`${component} makes an error of a status that is no success`, async () => {
    await startAnew();
    world.provider.control.apiFailures.push(404);
    await show(component);
    assert.equal(await text('name', 'The API'), 'The API says 404.');
  });
}

it('TanStack Query does not ask again after what will not pass', async () => {
  await startAnew();
  world.provider.control.apiFailures.push(404, 404, 404, 404);
  // It shows an error once it has given up.
  const requests = await requestsOf(() => show('ecosystem/query.tsx').then(() => text('name', '404')));
  world.provider.control.apiFailures.length = 0;
  assert.deepEqual(requests, ['GET /profile']);
});

it('an API that refuses the token is asked again with another, and no library notices', async () => {
  for (const component of COMPONENTS) {
    await startAnew();
    world.provider.control.expireAccessTokens();
    const before = world.tokenRequests();
    const requests = await requestsOf(() => show(component).then(() => text('name', 'Ada')));
    assert.deepEqual(requests, ['GET /profile', 'GET /profile'], component);
    assert.equal(world.tokenRequests() - before, 1, component);
  }
});

it('axios/instance.ts: an API that forbids an expired token is asked again, and the interceptor never fires', async () => {
  const answer = { status: 200, data: { owner: 'ada', items: ['ink', 'paper'] } };
  assert.deepEqual(await call('axios/instance.ts', 'get', '/data'), answer);
  world.provider.control.expireAccessTokens();
  const before = world.tokenRequests();
  const requests = await requestsOf(async () => {
    assert.deepEqual(await call('axios/instance.ts', 'get', '/data'), answer);
  });
  assert.deepEqual(requests, ['GET /data', 'GET /data']);
  assert.equal(world.tokenRequests() - before, 1);
  assert.equal(await call('axios/instance.ts', 'timesFired'), 0);
});

it('axios: an error says whether the same request may succeed later', async () => {
  const { notes } = world.provider.apis;
  assert.deepEqual(await axiosError(notes, '/missing'), { code: 'ERR_BAD_REQUEST', retryable: false });
  world.provider.control.apiFailures.push(503);
  assert.deepEqual(await axiosError(notes, '/data'), { code: 'ERR_BAD_RESPONSE', retryable: true });
  assert.deepEqual(await axiosError('http://127.0.0.1:9', '/'), {
    code: 'url_not_allowed',
    retryable: false,
  });
});

it('axios sends a form with a file', async () => {
  assert.deepEqual(await world.app.window.run(postForm, world.provider.apis.notes), {
    status: 200,
    fields: ['hello', 'contents'],
  });
});

it("every cache forgets an account's answers when another takes its place", async () => {
  for (const component of COMPONENTS) {
    await startAnew();
    await show(component);
    await text('name', 'Ada');
    await addAccount('grace');
    assert.equal(await text('name', 'Grace'), 'Grace Hopper', component);
    await world.app.window.run(switchTo, 'ada');
    await text('name', 'Ada');
    await world.app.window.run(removeAccount, 'grace');
  }
});

it('every cache forgets at sign-out', async () => {
  for (const component of COMPONENTS) {
    await startAnew();
    await show(component);
    await text('name', 'Ada');
    await world.signOut();
    assert.doesNotMatch(await world.app.window.run(() => document.body.textContent ?? ''), /Ada/u);
    if (component === 'ecosystem/query.tsx') assert.doesNotMatch(await world.app.window.run(cached), /Ada/u);
    await world.signIn('ada');
  }
});

/**
 * Runs in the page.
 * @param {string} base
 */
async function postForm(base) {
  const { createApi } = await /** @type {any} */ (window).samples['ecosystem/axios.ts']();
  const form = new FormData();
  form.set('note', 'hello');
  form.set('file', new Blob(['contents']), 'a.txt');
  const { status, data, headers } = await createApi(base).post('/echo', form, {
    responseType: 'arraybuffer',
  });
  const answer = await new Response(data, {
    headers: { 'content-type': headers['content-type'] },
  }).formData();
  const file = /** @type {File} */ (answer.get('file'));
  return { status, fields: [answer.get('note'), await file.text()] };
}

/** Empty caches, and nothing shown. */
async function startAnew() {
  await world.app.window.run(() => {
    location.hash = '';
  });
  await world.app.window.reload();
  await world.app.screen('signed-in');
}

/**
 * What reaches the APIs meanwhile.
 * @param {() => Promise<unknown>} act
 */
async function requestsOf(act) {
  const { apiRequests } = world.provider.control;
  const before = apiRequests.length;
  await act();
  return apiRequests.slice(before);
}

/** @param {string} userName */
async function addAccount(userName) {
  await world.browser.clearCookies();
  await world.app.click('sign-in');
  await signInAs(await world.browser.newTab(world.issuer.origin), userName);
  await world.app.text('user', userName);
}

/**
 * @param {string} baseURL
 * @param {string} url
 */
function axiosError(baseURL, url) {
  return world.app.window.run(
    async (base, path) => {
      const { createApi, isRetryable } = await /** @type {any} */ (window).samples['ecosystem/axios.ts']();
      const error = await createApi(base)
        .get(path)
        .catch((/** @type {any} */ reason) => reason);
      return { code: error.code, retryable: isRetryable(error) };
    },
    baseURL,
    url,
  );
}

/**
 * Runs in the page.
 * @param {string} name
 */
async function switchTo(name) {
  const { listAccounts, switchAccount } = /** @type {any} */ (window).sdk;
  const accounts = await listAccounts();
  const { account } = accounts.find((/** @type {any} */ it) => it.account.subject === name);
  await switchAccount(account.id);
}

/**
 * Runs in the page.
 * @param {string} name
 */
async function removeAccount(name) {
  const { listAccounts, removeAccount: remove } = /** @type {any} */ (window).sdk;
  const accounts = await listAccounts();
  const { account } = accounts.find((/** @type {any} */ it) => it.account.subject === name);
  await remove(account.id);
}

/** Runs in the page. */
async function cached() {
  const { queryClient } = await /** @type {any} */ (window).samples['ecosystem/query.tsx']();
  const queries = queryClient.getQueryCache().getAll();
  return JSON.stringify(queries.map((/** @type {any} */ query) => query.state));
}
