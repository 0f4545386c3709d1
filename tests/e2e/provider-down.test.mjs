// @ts-check
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open();
});
after(() => world?.close());

it('names a provider that is down at the start, and signs in once it is back', async () => {
  await world.issuer.stop();
  await world.app.start();
  await world.app.screen('signed-out');
  await world.app.click('sign-in');
  assert.equal(await world.app.errorCode(), 'provider_unreachable');
  await world.issuer.start();
  await world.signIn('ada');
});

it('starts signed in while the provider is down', async () => {
  await world.app.quit();
  await world.issuer.stop();
  await world.app.start();
  await world.app.screen('signed-in');
  assert.equal(await world.app.text('user-name'), 'Ada Lovelace');
  await world.issuer.start();
  await world.app.click('refresh');
  await world.app.click('call-api');
  await world.app.text('api-answer', 'Hello, Ada Lovelace');
});
