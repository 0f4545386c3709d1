// @ts-check
// The tray, as a panel and a person in front of it see it: a real place for icons, and the menu on the bus.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { signInAs } from './harness/person.mjs';
import { until } from './harness/processes.mjs';
import { testsOf } from './harness/test.mjs';
import { Tray } from './harness/tray.mjs';
import { press, windowsOf } from './harness/windows.mjs';
import { World } from './harness/world.mjs';

const SETTINGS = { theme: 'system', language: 'en', keepInTray: true, notifications: true };
const SIGNED_IN = ['Signed in as Ada Lovelace', 'Renew now', 'Sign out', 'Show Keyfob', 'Quit'];

/** @type {World} */
let world;
/** @type {Tray} */
let tray;
/** @type {import('./harness/processes.mjs').Process} */
let host;
const it = testsOf(() => world);

before(async () => {
  world = await World.open();
  host = await Tray.openHost(world.desktop);
  await world.app.start();
  tray = new Tray(world.desktop, world.app);
  await world.app.command('save_settings', { settings: SETTINGS });
});
after(() => world?.close());

it('says how things stand, and does what can be done about it', async () => {
  await tray.shows(['Signed out', 'Sign in', 'Show Keyfob', 'Quit']);
  const [state] = await tray.menu();
  assert.equal(state.enabled, false);
  const icon = await tray.icon();

  await tray.choose('Sign in');
  world.tab = await world.browser.newTab(world.issuer.origin);
  await tray.shows(['Waiting for the browser…', 'Cancel sign-in', 'Show Keyfob', 'Quit']);
  await signInAs(world.tab, 'ada');
  await tray.shows(SIGNED_IN);
  assert.notEqual(await tray.icon(), icon);

  await tray.choose('Renew now');
  await until('a refresh', () => world.tokenRequests() === 1);
  await tray.choose('Sign out');
  await tray.shows(['Signed out', 'Sign in', 'Show Keyfob', 'Quit']);
});

it('speaks the language that is set, at once', async () => {
  await world.app.command('save_settings', { settings: { ...SETTINGS, language: 'de' } });
  await tray.shows(['Abgemeldet', 'Anmelden', 'Keyfob anzeigen', 'Beenden']);
  await world.app.command('save_settings', { settings: SETTINGS });
});

it('keeps the app when its window is closed, until that is shown again', async () => {
  await close();
  await tray.choose('Show Keyfob');
  await isShown();

  await close();
  const second = world.app.spawn([]);
  await second.exited;
  await isShown();

  await close();
  // A link that belongs to no sign-in raises it too: somebody clicked it.
  await world.desktop.run('xdg-open', ['dev.keyfob.desktop:/callback?code=late&state=late']);
  await isShown();
});

it('ends the app with "Quit"', async () => {
  await tray.choose('Quit');
  await until('the app to end', hasEnded);
});

it('closes for good where that is wanted, and where nobody could see the icon', async () => {
  await world.app.restart();
  await world.app.command('save_settings', { settings: { ...SETTINGS, keepInTray: false } });
  await press(world.desktop, 'Keyfob', 'ctrl+w');
  await until('the app to end', hasEnded);

  await host.stop();
  await world.app.restart();
  await world.app.command('save_settings', { settings: SETTINGS });
  await press(world.desktop, 'Keyfob', 'ctrl+w');
  await until('the app to end', hasEnded);
});

it('ends with Ctrl+Q, whatever else is set', async () => {
  await world.app.restart();
  await press(world.desktop, 'Keyfob', 'ctrl+q');
  await until('the app to end', hasEnded);
});

async function close() {
  await press(world.desktop, 'Keyfob', 'ctrl+w');
  await until('the window to go', async () => (await windowsOf(world.desktop, 'Keyfob')).length === 0);
  assert.equal(hasEnded(), false);
}

async function isShown() {
  await until('the window', async () => (await windowsOf(world.desktop, 'Keyfob')).length > 0);
}

function hasEnded() {
  return world.app.hasEnded;
}
