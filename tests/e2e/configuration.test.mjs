// @ts-check
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open();
});
afterEach(() => world.app.quit());
after(() => world?.close());

it('names the file and the key that can not be used', async () => {
  const file = join(world.desktop.directory, 'mistaken.json');
  writeFileSync(file, JSON.stringify({ issuer: world.issuer.origin, clientID: 'keyfob-desktop' }));
  await world.app.start({ KEYFOB_CONFIG: file });
  await world.app.screen('unavailable');
  assert.equal(await world.app.errorCode(), 'invalid_configuration');
  await world.app.text('error', file);
  await world.app.text('error', 'clientID');
});
