// @ts-check
// Everything by keys: no click, and no script that moves the focus.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { CLIENT_ID } from '../provider/provider.mjs';
import { answering } from './harness/dialog.mjs';
import { Keyboard } from './harness/keyboard.mjs';
import { signInAs } from './harness/person.mjs';
import { until } from './harness/processes.mjs';
import { testsOf } from './harness/test.mjs';
import { configurationFor, World } from './harness/world.mjs';

/** @type {World} */
let world;
const keyboard = new Keyboard(() => world.app.window);
const it = testsOf(() => world);

before(async () => {
  world = await World.open({ env: { KEYFOB_CONFIG: '' } });
  await world.app.start();
});
after(() => world?.close());

it('connects a provider at the first run', async () => {
  await world.app.screen('connect');
  await focusIsAt('h1');
  await keyboard.tabTo('issuer');
  await keyboard.type(world.issuer.origin);
  await keyboard.tabTo('client-id');
  await keyboard.type(CLIENT_ID);
  await keyboard.press('return');
  await world.app.text('redirect-uris', 'dev.keyfob.desktop:/callback');
  await keyboard.tabTo('save-provider');
  await answering(world.desktop, 'Connect this provider?', 'agree', () => keyboard.press('return'));
  await world.app.screen('signed-out');
});

it('opens with the API that somebody has written into the configuration since', async () => {
  const file = join(world.desktop.home, '.config/dev.keyfob.desktop/keyfob.json');
  const saved = JSON.parse(readFileSync(file, 'utf8'));
  const { audience, resources, apiBaseUrl } = configurationFor(world.provider, saved.issuer, 'deepLink');
  writeFileSync(file, JSON.stringify({ ...saved, audience, resources, apiBaseUrl }));
  await world.app.restart();
  await world.app.screen('signed-out');
});

it('begins a sign-in, and takes it back', async () => {
  await keyboard.tabTo('sign-in');
  await keyboard.press('return');
  await world.app.screen('signing-in');
  await focusIsAt('h1');
  await world.browser.newTab(world.issuer.origin);
  await world.desktop.focusWindow('Keyfob');
  await keyboard.tabTo('open-again');
  await keyboard.tabTo('cancel-sign-in');
  await keyboard.space();
  await world.app.screen('signed-out');
  await focusIsAt('h1');
});

it('signs in', async () => {
  await keyboard.tabTo('sign-in');
  await keyboard.space();
  await world.app.screen('signing-in');
  const tab = await world.browser.newTab(world.issuer.origin);
  await signInAs(tab, 'ada');
  await world.app.screen('signed-in');
  await world.desktop.focusWindow('Keyfob');
  await focusIsAt('h1');
});

it('calls the API, and stays where it was', async () => {
  await keyboard.tabTo('call-api');
  await keyboard.press('return');
  await world.app.text('api-answer', 'Hello, Ada Lovelace');
  assert.deepEqual(await keyboard.focus(), { name: 'call-api', isSeen: true });
});

it('goes to the settings and back by shortcuts', async () => {
  await keyboard.control(',');
  await world.app.screen('settings');
  await focusIsAt('h1');
  await keyboard.control('1');
  await world.app.screen('signed-in');
  await focusIsAt('h1');
});

it('closes the menu of accounts again, and the focus is back where it was', async () => {
  await keyboard.tabTo('account-menu');
  await keyboard.press('return');
  await world.app.idle('sign-out-here');
  await keyboard.press('escape');
  await until('the menu to close', async () => (await keyboard.focus()).name === 'account-menu');
  assert.ok((await keyboard.focus()).isSeen);
});

it('signs out by the menu of accounts', async () => {
  await keyboard.press('return');
  await world.app.idle('sign-out-here');
  while ((await keyboard.focus()).name !== 'sign-out-here') await keyboard.press('down');
  await keyboard.press('return');
  await world.app.screen('signed-out');
  await focusIsAt('h1');
});

/**
 * Where a screen begins, which is told in words rather than seen.
 * @param {string} name
 */
function focusIsAt(name) {
  return until(`the focus at ${name}`, async () => (await keyboard.focus()).name === name);
}
