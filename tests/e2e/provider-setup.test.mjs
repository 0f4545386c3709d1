// @ts-check
// The first run: a provider is typed in, looked at, agreed to in the system's own dialog, and used.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { CLIENT_ID } from '../provider/provider.mjs';
import { answering } from './harness/dialog.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

const QUESTION = 'Connect this provider?';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  // No configuration but what the window saves.
  world = await World.open({ env: { KEYFOB_CONFIG: '' } });
  await world.app.start();
});
after(() => world?.close());

it('asks for a provider first', async () => {
  await world.app.screen('connect');
  const { provider, providerSource } = await world.app.command('get_app_state');
  assert.deepEqual([provider, providerSource], [null, 'none']);
});

it('says what it finds of a provider that nobody reaches, and offers nothing to save', async () => {
  await fillIn('http://127.0.0.1:9/', CLIENT_ID);
  await world.app.click('check-provider');
  await world.app.text('provider-report');
  assert.equal((await found()).metadata, 'failed');
  assert.equal(await isThere('save-provider'), false);
});

it('ticks what the provider has, and says what to register there', async () => {
  await fillIn(world.issuer.origin, CLIENT_ID);
  await world.app.click('check-provider');
  await world.app.text('redirect-uris', 'dev.keyfob.desktop:/callback');
  const { metadata, issuer, code_flow, pkce, refresh_tokens, iss } = await found();
  for (const status of [metadata, issuer, code_flow, pkce, refresh_tokens, iss]) assert.equal(status, 'ok');
});

it('changes nothing that the person declines', async () => {
  await answering(world.desktop, QUESTION, 'decline', () => world.app.click('save-provider'));
  await world.app.text('save-outcome', 'Nothing was saved.');
  assert.equal(existsSync(configuration()), false);
});

it('saves what the person agrees to, and goes on to the sign-in without a restart', async () => {
  await answering(world.desktop, QUESTION, 'agree', () => world.app.click('save-provider'));
  await world.app.screen('signed-out');
  const saved = JSON.parse(readFileSync(configuration(), 'utf8'));
  assert.deepEqual(saved, {
    issuer: world.issuer.origin,
    clientId: CLIENT_ID,
    redirect: ['deepLink', 'loopback'],
  });
  await world.signIn('ada');
  assert.equal(await world.app.text('user-name'), 'Ada Lovelace');
});

/**
 * @param {string} issuer
 * @param {string} clientId
 */
async function fillIn(issuer, clientId) {
  await world.app.fill('issuer', issuer);
  await world.app.fill('client-id', clientId);
}

/** What was found, by subject. */
function found() {
  return world.app.window.run(() => {
    const entries = [...document.querySelectorAll('[data-testid="provider-report"] [data-subject]')];
    return Object.fromEntries(
      entries.map((entry) => [entry.getAttribute('data-subject'), entry.getAttribute('data-status')]),
    );
  });
}

/** @param {string} testId */
function isThere(testId) {
  return world.app.window.run((id) => document.querySelector(`[data-testid="${id}"]`) !== null, testId);
}

function configuration() {
  return join(world.desktop.home, '.config/dev.keyfob.desktop/keyfob.json');
}
