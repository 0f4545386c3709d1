// @ts-check
// What a person sets up, seen by the window's page: at once, and after the next start.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

it('is as the system is again, and starts with the defaults where its file is damaged', async () => {
  await save({ theme: 'dark' });
  await until('dark', async () => (await shown()) === 'dark');
  await save({ theme: 'system', language: 'de' });
  await until('light', async () => (await shown()) === 'light');

  await world.app.quit();
  const file = join(world.desktop.home, '.local/share/dev.keyfob.desktop/settings.json');
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { ...DEFAULTS, language: 'de' });
  writeFileSync(file, '{ "language": "de", "theme"');
  await world.app.start();
  assert.deepEqual((await world.app.command('get_app_state')).settings, DEFAULTS);
});

async function shown() {
  return world.app.window.run(() => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
}

/** @param {object} choice */
function save(choice) {
  return world.app.command('save_settings', { settings: { ...DEFAULTS, ...choice } });
}
