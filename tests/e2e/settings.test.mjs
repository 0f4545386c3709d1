// @ts-check
// What a person sets up, seen by the window's page: at once, and after the next start.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { until } from './harness/processes.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

const DEFAULTS = { theme: 'system', language: 'system', keepInTray: false, notifications: true };

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open();
  await world.app.start();
});
after(() => world?.close());

it('begins with the defaults', async () => {
  const { settings } = await world.app.command('get_app_state');
  assert.deepEqual(settings, DEFAULTS);
});

it('is dark and light at once, and after a restart from the first script on', async () => {
  for (const theme of ['dark', 'light', 'dark']) {
    await save({ theme });
    await until(`${theme}`, async () => (await shown()) === theme);
    await world.app.restart();
    assert.equal(await shown(), theme);
    assert.equal((await world.app.command('get_app_state')).settings.theme, theme);
  }
});

async function shown() {
  return world.app.window.run(() => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
}

/** @param {object} choice */
function save(choice) {
  return world.app.command('save_settings', { settings: { ...DEFAULTS, ...choice } });
}
