// @ts-check
// "What's wrong?": everything that a sign-in needs, looked at from the window of somebody who can't sign in.
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
  world = await World.open({ redirect: 'loopback' });
});
afterEach(() => world.app.quit());
after(() => world?.close());

/** What is found, by subject. */
async function findings() {
  await world.app.click('what-is-wrong');
  await world.app.idle('what-is-wrong');
  return world.app.window.run(() =>
    Object.fromEntries(
      [...document.querySelectorAll('[data-testid="findings"] li')].map((item) => [
        item.getAttribute('data-subject'),
        item.textContent,
      ]),
    ),
  );
}

it('says more than the one thing that the screen is about, each with its fix', async () => {
  await world.issuer.stop();
  await world.desktop.whileKeychainSleeps(async () => {
    await world.app.start();
    await world.app.screen('unavailable');
    const { metadata, ...others } = await findings();
    assert.match(metadata ?? '', /Check the connection and whether the provider is up/u);
    assert.deepEqual(Object.keys(others), [], 'the keychain is named above, and all else is in order');
  });
  await world.issuer.start();
});

it('says no second time what the screen says, and names the line that lets Tauri’s own protocol through', async () => {
  const file = join(world.desktop.directory, 'mistaken.json');
  writeFileSync(file, '{}');
  await world.app.start({ KEYFOB_CONFIG: file });
  await world.app.screen('unavailable');
  assert.deepEqual(await findings(), {});
  await world.app.window.run(() => {
    const policy = document.createElement('meta');
    policy.httpEquiv = 'Content-Security-Policy';
    policy.content = "connect-src 'self'";
    document.head.append(policy);
  });
  const { csp, ...others } = await findings();
  assert.match(csp ?? '', /"connect-src": "ipc: http:\/\/ipc\.localhost"/u);
  assert.deepEqual(others, {});
});
