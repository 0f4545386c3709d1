// @ts-check
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open({ profile: 'no-refresh' });
  await world.app.start();
});
after(() => world?.close());

it('says that the provider allows no renewal, and asks to sign in again at the end', async () => {
  world.provider.control.change({ accessTokenTtl: 5 });
  await world.signIn('ada');
  await world.app.text('session-line', 'the provider allows no renewal');
  await world.app.screen('reauth-required');
  assert.equal(world.tokenRequests(), 0);
});
