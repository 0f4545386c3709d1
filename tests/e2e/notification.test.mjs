// @ts-check
// The one notification, as a real daemon gets it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { until } from './harness/processes.mjs';
import { testsOf } from './harness/test.mjs';
import { Tray } from './harness/tray.mjs';
import { press, windowsOf } from './harness/windows.mjs';
import { World } from './harness/world.mjs';

const SETTINGS = { theme: 'system', language: 'en', keepInTray: true, notifications: true };

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open();
  await startDaemon();
  await Tray.openHost(world.desktop);
  await world.app.start();
  await world.app.command('save_settings', { settings: SETTINGS });
});
after(() => world?.close());

it('tells somebody who looks elsewhere that they have to sign in again, and a click brings the window', async () => {
  await world.signIn('ada');
  await hide();
  await end();
  await until('the notification', isDisplayed);
  await world.desktop.run('dunstctl', ['action', '0']);
  await until('the window', async () => (await windowsOf(world.desktop, 'Keyfob')).length > 0);
});

it('names nobody, and tells of each session once', async () => {
  const ended = {
    appname: 'Keyfob',
    summary: 'Your session has ended',
    body: 'Please sign in again.',
  };
  assert.deepEqual(await notifications(), [ended]);

  // In front of the person, and where that isn't wanted, it keeps still.
  await world.signIn('ada');
  await focus();
  await end();
  await world.signIn('ada');
  await world.app.command('save_settings', { settings: { ...SETTINGS, notifications: false } });
  await hide();
  await end();

  // What comes next comes after all that those would have told.
  await world.app.command('save_settings', { settings: { ...SETTINGS, language: 'de' } });
  await world.app.spawn([]).exited;
  await until('the window', async () => (await windowsOf(world.desktop, 'Keyfob')).length > 0);
  await world.signIn('ada');
  await hide();
  await end();
  await until('the notification', isDisplayed);
  const [newest, ...before] = await notifications();
  assert.match(newest.summary, /Sitzung/u);
  assert.deepEqual(before, [ended]);
});

/** The real thing, on this desktop's bus. */
async function startDaemon() {
  const configuration = join(world.desktop.directory, 'dunstrc');
  // It hides nothing by itself.
  writeFileSync(configuration, '[global]\n  idle_threshold = 0\n[urgency_normal]\n  timeout = 0\n');
  world.desktop.spawn('dunst', ['-config', configuration]);
  await world.desktop.run('gdbus', ['wait', '--session', '--timeout', '10', 'org.freedesktop.Notifications']);
}

async function isDisplayed() {
  const { stdout } = await world.desktop.run('dunstctl', ['count', 'displayed']);
  return Number(stdout) > 0;
}

/** All that there were, the last one first. */
async function notifications() {
  // Only what is closed is among them.
  await world.desktop.run('dunstctl', ['close-all']);
  const { stdout } = await world.desktop.run('dunstctl', ['history']);
  const [entries] = JSON.parse(stdout).data;
  return entries.map((/** @type {any} */ entry) => ({
    appname: entry.appname.data,
    summary: entry.summary.data,
    body: entry.body.data,
  }));
}

/** The session ends by itself: the provider has taken it back, and a refresh finds out. */
async function end() {
  await world.revokeAtProvider();
  await world.app.invoke('refresh', { options: {} }).catch(() => {});
  await until('the end', async () => {
    const { session } = await world.app.invoke('get_session');
    return session.status === 'reauth_required';
  });
}

async function hide() {
  await press(world.desktop, 'Keyfob', 'ctrl+w');
  await until('the window to go', async () => (await windowsOf(world.desktop, 'Keyfob')).length === 0);
}

async function focus() {
  const [window] = await windowsOf(world.desktop, 'Keyfob');
  await world.desktop.run('xdotool', ['windowfocus', '--sync', window]);
  await until('the focus', () => world.app.window.run(() => document.hasFocus()));
}
