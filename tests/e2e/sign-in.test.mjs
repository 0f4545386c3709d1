// @ts-check
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { APIS } from '../provider/provider.mjs';
import { keychainItems } from './harness/keychain.mjs';
import { allow, enterPassword } from './harness/person.mjs';
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

it('signs a person in through their browser and a deep link', async () => {
  await world.app.screen('signed-out');
  assert.deepEqual(await keychainItems(world.desktop), []);
  await world.signIn('ada');
  assert.equal(await world.app.text('user-name'), 'Ada Lovelace');
  assert.equal(await world.app.text('user-email'), 'ada@example.com');
  assert.notDeepEqual(await keychainItems(world.desktop), []);
});

it('calls the API with an access token', async () => {
  await world.app.click('call-api');
  await world.app.text('api-answer', 'Hello, Ada Lovelace');
});

it('calls a second API with a token for its own audience', async () => {
  const url = `${world.provider.apis.orders}/me`;
  const answer = await world.app.fetch(url);
  assert.equal(answer.status, 200);
  assert.equal(JSON.parse(answer.body).audience, APIS.orders.audience);
});

it('keeps the session over a restart', async () => {
  await world.app.restart();
  await world.app.screen('signed-in');
  assert.equal(await world.app.text('user-name'), 'Ada Lovelace');
});

it('renews an expired access token before the next call, unseen', async () => {
  const { control } = world.provider;
  control.change({ accessTokenTtl: 1 });
  await world.app.invoke('refresh', { options: {} });
  const expired = await world.accessToken();
  // From here on: a token that lives for a second may be renewed before anybody calls.
  const before = world.tokenRequests();
  await world.expiry('notes', expired);
  control.change({ accessTokenTtl: 600 });
  await world.app.click('call-api');
  await world.app.text('api-answer', 'Hello, Ada Lovelace');
  await world.app.screen('signed-in');
  assert.ok(world.tokenRequests() > before, 'no refresh reached the provider');
  assert.notEqual((await world.accessToken()).token, expired.token);
});

it('leaves no keychain item and no live refresh token after signing out', async () => {
  const refreshToken = world.refreshToken();
  assert.notDeepEqual(await keychainItems(world.desktop), []);
  await world.signOut();
  // The screen changes before a keychain that takes its time is empty.
  await until('an empty keychain', async () => (await keychainItems(world.desktop)).length === 0);
  await until('the revocation', () => world.provider.control.revokedRefreshTokens.includes(refreshToken));
});

it('lets somebody else sign in after a sign-out', async () => {
  const tab = await world.startSignIn();
  // The provider still knows Ada, and must ask who it is this time.
  await enterPassword(tab, 'grace');
  await allow(tab);
  await world.app.screen('signed-in');
  assert.equal(await world.app.text('user-name'), 'Grace Hopper');
});
