// @ts-check
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { emptyKeychain, keychainItems } from './harness/keychain.mjs';
import { allow, enterPassword, refuse } from './harness/person.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open();
});
beforeEach(async () => {
  await world.app.start();
  await world.app.screen('signed-out');
});
afterEach(async () => {
  await world.app.quit();
  await emptyKeychain(world.desktop);
  await world.browser.clearCookies();
});
after(() => world?.close());

it('signs in again after a cancelled sign-in', async () => {
  await world.startSignIn();
  await world.app.click('cancel-sign-in');
  await world.app.screen('signed-out');
  assert.deepEqual(await keychainItems(world.desktop), []);
  await world.signIn('ada');
  assert.equal(await world.app.text('user-name'), 'Ada Lovelace');
});

it('signs in after a wrong password and then the right one', async () => {
  const tab = await world.startSignIn();
  await enterPassword(tab, 'ada', 'wrong horse');
  await tab.getByRole('alert').waitFor();
  await enterPassword(tab, 'ada');
  await allow(tab);
  await world.app.screen('signed-in');
});

it('says that consent was refused, and signs in when it is given', async () => {
  const tab = await world.startSignIn();
  await enterPassword(tab, 'ada');
  await refuse(tab);
  await world.app.screen('signed-out');
  assert.equal(await world.app.errorCode(), 'access_denied');
  await world.signIn('ada');
});

it('completes a sign-in whose callback starts the app', async () => {
  const tab = await world.startSignIn();
  await enterPassword(tab, 'ada');
  await world.app.quit();
  await allow(tab);
  await world.app.attachToColdStart();
  await world.app.screen('signed-in');
  assert.equal(await world.app.text('user-name'), 'Ada Lovelace');
});

it('asks to sign in again once the provider has ended the session', async () => {
  await world.signIn('ada');
  await world.revokeAtProvider();
  await world.app.click('refresh');
  await world.app.screen('reauth-required');
  await world.signIn('ada');
});

it('finds the session again in a keychain that did not answer for a while', async () => {
  await world.signIn('ada');
  await world.app.quit();
  await world.desktop.whileKeychainSleeps(async () => {
    await world.app.start();
    await world.app.screen('unavailable');
    assert.equal(await world.app.errorCode(), 'keychain_unavailable');
  });
  await world.app.click('sign-in');
  await world.app.screen('signed-in');
  assert.equal(await world.app.text('user-name'), 'Ada Lovelace');
});
