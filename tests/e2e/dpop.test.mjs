// @ts-check
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open({ profile: 'dpop' });
  await world.app.start();
});
after(() => world?.close());

it('signs a person in by a pushed request, with tokens that are bound to a key', async () => {
  await world.signIn('ada');
  assert.equal(await world.app.text('user-name'), 'Ada Lovelace');
  const token = await world.app.invoke('get_access_token', { options: {} });
  assert.equal(token.token_type, 'DPoP');
});

it('calls both APIs, which want a nonce and a proof of the token', async () => {
  for (const api of [world.provider.apis.notes, world.provider.apis.orders])
    for (let call = 0; call < 3; call += 1) assert.equal(await statusOf(`${api}/me`), 200);
});

it('renews with the same key after a restart', async () => {
  const before = await world.accessToken();
  await world.app.restart();
  await world.app.screen('signed-in');
  const renewed = await world.app.invoke('refresh', { options: {} });
  assert.notEqual(renewed.token, before.token);
  assert.equal(await statusOf(`${world.provider.apis.notes}/me`), 200);
  await world.signOut();
});

/** @param {string} url */
async function statusOf(url) {
  return (await world.app.fetch(url)).status;
}
