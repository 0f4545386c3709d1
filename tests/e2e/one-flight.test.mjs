// @ts-check
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { APIS } from '../provider/provider.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

const { audience } = APIS.orders;

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open();
  await world.app.start();
  await world.signIn('ada');
});
after(() => world?.close());

it('sends one token request for a hundred callers of an expired token', async () => {
  // Not the sign-in's own audience: the window renews that one by itself.
  const { control } = world.provider;
  control.change({ accessTokenTtl: 1 });
  const expired = await world.accessToken(audience);
  await world.expiry('orders', expired);
  control.change({ accessTokenTtl: 600 });

  const before = world.tokenRequests();
  const tokens = await world.app.window.run(askAtOnce, audience, 100);
  assert.equal(world.tokenRequests() - before, 1);
  assert.equal(tokens.length, 100);
  assert.equal(new Set(tokens).size, 1);
  assert.notEqual(tokens[0], expired.token);
});

/**
 * Runs in the page.
 * @param {string} audience
 * @param {number} callers
 * @returns {Promise<string[]>}
 */
function askAtOnce(audience, callers) {
  const { invoke } = /** @type {any} */ (window).__TAURI_INTERNALS__;
  const ask = () => invoke('plugin:keyfob|get_access_token', { options: { audience } });
  return Promise.all(Array.from({ length: callers }, async () => (await ask()).token));
}
