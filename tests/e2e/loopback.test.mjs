// @ts-check
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open({ profile: 'bearer-plain', redirect: 'loopback' });
  await world.app.start();
});
after(() => world?.close());

it('signs a person in through a loopback redirect', async () => {
  await world.signIn('ada');
  assert.equal(await world.app.text('user-name'), 'Ada Lovelace');
  await world.tab?.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/callback/u);
  await world.app.click('call-api');
  await world.app.text('api-answer', 'Hello, Ada Lovelace');
});
