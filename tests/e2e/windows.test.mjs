// @ts-check
// Several windows of one app, in the host that holds the whole package.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { APIS } from '../provider/provider.mjs';
import { built } from './harness/built.mjs';
import { readALittle, waitForElement, waitForText } from './harness/page.mjs';
import { until } from './harness/processes.mjs';
import { samplesOf } from './harness/samples.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  const env = { SDK_HOST_WINDOWS: 'main,second,tokenless' };
  world = await World.open({ binary: built('examples/sdk-host'), env });
  await world.app.start();
  await world.signIn('ada');
});
after(() => world?.close());

it('shows a sign-in in every window', async () => {
  for (const label of ['second', 'tokenless']) {
    await world.app.windowOf(label).run(waitForText, 'user', 'ada');
  }
});

it('asks the engine for nothing in a thousand calls with a fresh token', async () => {
  const { asked, tokens } = await world.app.window.run(askInTurn, 1_000);
  assert.deepEqual(asked, { whileFresh: 0, forAnotherAudience: 1 });
  assert.equal(tokens, 1);
});

it('sends one token request for two hundred calls with an expired token from two windows', async () => {
  const { audience } = APIS.orders;
  const { control } = world.provider;
  control.change({ accessTokenTtl: 1 });
  await world.expiry('orders', await world.app.window.run(renew, audience));
  control.change({ accessTokenTtl: 600 });

  const before = world.tokenRequests();
  const windows = ['main', 'second'].map((label) => world.app.windowOf(label));
  const tokens = await Promise.all(windows.map((window) => window.run(askAtOnce, audience, 100)));
  assert.equal(tokens.flat().length, 200);
  assert.equal(new Set(tokens.flat()).size, 1);
  assert.equal(world.tokenRequests() - before, 1);
});

it('keeps everything over a reload, and sends nothing', async () => {
  const before = world.tokenRequests();
  const { token } = await world.accessToken();
  await world.app.window.reload();
  await world.app.screen('signed-in');
  assert.equal(await world.app.window.run(() => /** @type {any} */ (window).sdk.getAccessToken()), token);
  assert.equal(world.tokenRequests(), before);
});

it('gives no token to a window without the permission, which calls APIs all the same', async () => {
  const window = world.app.windowOf('tokenless');
  assert.equal(await window.run(codeOfTokenError), 'permission_denied');
  const { status, body } = await window.run(callApi, '/me');
  assert.equal(status, 200);
  assert.equal(body.sub, 'ada');
});

it('works in a window without tokens, hooks included', async () => {
  const { show, text } = samplesOf(() => world.app.windowOf('tokenless'));
  await show('authkit/loading.tsx');
  assert.equal(await text('state', 'Ready'), 'Ready');
  await show('authkit/error.tsx');
  assert.equal(await text('state', 'No error'), 'No error');
  await show('authkit/protected-content.tsx');
  assert.equal(await text('state', 'Sign in'), 'Sign in to read on');
  for (const component of ['ecosystem/fetch.tsx', 'ecosystem/swr.tsx', 'ecosystem/query.tsx']) {
    await show(component);
    assert.equal(await text('name', 'Ada'), 'Ada Lovelace', component);
  }
});

it('clears every window when one signs out', async () => {
  await world.app.windowOf('second').click('[data-testid="sign-out"]');
  for (const label of ['main', 'second', 'tokenless']) {
    await world.app.windowOf(label).run(waitForElement, 'main[data-screen="signed-out"]');
  }
  assert.equal(await world.app.window.run(codeOfTokenError), 'not_authenticated');
});

it('goes on in one window when another is closed, and lets go of what that one was reading', async () => {
  await world.signIn('ada');
  const { control, apis } = world.provider;
  control.abandonedAt = 0;
  await world.app.windowOf('second').run(readALittle, `${apis.notes}/endless`);
  assert.equal(control.abandonedAt, 0);
  await world.app.closeWindow('second');
  const isGone = () =>
    world.app
      .windowOf('second')
      .run(() => false)
      .catch(() => true);
  await until('the window to be gone', isGone);
  await until('the API to see it', async () => control.abandonedAt > 0);
  await world.signOut();
  await world.signIn('ada');
  await world.app.windowOf('tokenless').run(waitForText, 'user', 'ada');
});

/**
 * Runs in the page.
 * @param {string} audience
 * @param {number} callers
 * @returns {Promise<string[]>}
 */
function askAtOnce(audience, callers) {
  const { sdk } = /** @type {any} */ (window);
  return Promise.all(Array.from({ length: callers }, () => sdk.getAccessToken({ audience })));
}

/**
 * Runs in the page.
 * @param {string} audience
 */
function renew(audience) {
  return /** @type {any} */ (window).sdk.refresh({ audience, includeFullResponse: true });
}

/**
 * Runs in the page. Each question to the engine is one `fetch` under Tauri's own `invoke`, which is frozen.
 * @param {number} calls
 */
async function askInTurn(calls) {
  const { sdk } = /** @type {any} */ (window);
  const original = window.fetch;
  let asked = 0;
  window.fetch = (...args) => {
    asked += 1;
    return original(...args);
  };
  const tokens = new Set([await sdk.getAccessToken()]);
  asked = 0;
  for (let call = 0; call < calls; call += 1) tokens.add(await sdk.getAccessToken());
  const whileFresh = asked;
  await sdk.getAccessToken({ audience: 'urn:keyfob:orders' });
  window.fetch = original;
  return { asked: { whileFresh, forAnotherAudience: asked - whileFresh }, tokens: tokens.size };
}

/** Runs in the page. */
async function codeOfTokenError() {
  const { sdk } = /** @type {any} */ (window);
  return sdk.getAccessToken().then(
    () => 'none',
    (/** @type {any} */ error) => error.code,
  );
}

/**
 * Runs in the page.
 * @param {string} url
 */
async function callApi(url) {
  const { sdk } = /** @type {any} */ (window);
  const response = await sdk.authenticatedFetch(url);
  return { status: response.status, body: await response.json() };
}
