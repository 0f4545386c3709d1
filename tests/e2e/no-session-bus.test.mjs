// @ts-check
// A link that starts a process which can't find the one that waits: there is no session bus between them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { BINARY } from './harness/app.mjs';
import { signInAs } from './harness/person.mjs';
import { until } from './harness/processes.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open();
  await world.app.start();
});
after(() => world?.close());

it('says so within five seconds, and leaves the sign-in to the process that waits for it', async () => {
  const tab = await world.startSignIn();
  const state = new URL(await world.app.invoke('get_authorization_url')).searchParams.get('state');
  assert.ok(state);
  const started = performance.now();
  const second = world.desktop.spawn(BINARY, [`dev.keyfob.desktop:/callback?code=c&state=${state}`], {
    env: {
      KEYFOB_CONFIG: `${world.desktop.directory}/keyfob.json`,
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere',
      XDG_RUNTIME_DIR: world.desktop.env.TMPDIR,
    },
  });
  try {
    const isSaid = () => second.lines.some((line) => line.includes('started a process that waits for none'));
    await until('the second process to say what is wrong', async () => isSaid());
    assert.ok(performance.now() - started < 5000);
    assert.equal(second.exitCode, null, 'its window stays, and says the same');
  } finally {
    await second.stop();
  }
  await signInAs(tab, 'ada');
  await world.app.screen('signed-in');
  assert.equal(world.tokenRequests('authorization_code'), 1);
});

it('sends the browser back through a listener where there is no bus, and the provider knows one', async () => {
  await world.app.quit();
  const config = JSON.parse(readFileSync(`${world.desktop.directory}/keyfob.json`, 'utf8'));
  const file = `${world.desktop.directory}/both.json`;
  writeFileSync(file, JSON.stringify({ ...config, keychain: 'memory', redirect: ['deepLink', 'loopback'] }));
  await world.app.start({
    KEYFOB_CONFIG: file,
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere',
    XDG_RUNTIME_DIR: world.desktop.env.TMPDIR,
  });
  await world.app.click('sign-in');
  await world.app.text('stands-in');
  await signInAs(await world.browser.newTab(world.issuer.origin), 'ada');
  await world.app.screen('signed-in');
});
