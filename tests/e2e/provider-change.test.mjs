// @ts-check
// The provider, changed from within the app: in the real window, with the system's own dialogs and the real keychain.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { CLIENT_ID } from '../provider/provider.mjs';
import { answering } from './harness/dialog.mjs';
import { keychainItems } from './harness/keychain.mjs';
import { signInAs } from './harness/person.mjs';
import { until } from './harness/processes.mjs';
import { testsOf } from './harness/test.mjs';
import { windowsOf } from './harness/windows.mjs';
import { configurationFor, World } from './harness/world.mjs';

const CONNECT = 'Connect this provider?';

/** @type {World} */
let world;
/** @type {string} */
let file;
const it = testsOf(() => world);

before(async () => {
  // Without a configuration of its own making.
  world = await World.open({ env: { KEYFOB_CONFIG: '' } });
  file = join(world.desktop.home, '.config/dev.keyfob.desktop/keyfob.json');
  await world.app.start();
});
afterEach(async () => {
  // A dialog that is left open would wait for an answer to the next question.
  assert.deepEqual(await windowsOf(world.desktop, CONNECT), []);
});
after(() => world?.close());

it('looks at a provider and keeps nothing of it', async () => {
  const report = await command('check_provider', { draft: draft() });
  assert.equal(report.canSave, true);
  assert.deepEqual(report.redirectUris, ['dev.keyfob.desktop:/callback', 'http://127.0.0.1/callback']);
  assert.deepEqual(
    report.checks.slice(0, 4).map((/** @type {any} */ check) => [check.subject, check.status]),
    ['metadata', 'issuer', 'code_flow', 'pkce'].map((subject) => [subject, 'ok']),
  );
  assert.equal(existsSync(file), false);

  const nobody = await command('check_provider', { draft: draft({ issuer: 'http://127.0.0.1:9' }) });
  assert.equal(nobody.canSave, false);
  assert.equal(nobody.checks[0].status, 'failed');
  const wrong = await refusal('check_provider', { draft: draft({ issuer: 'http://id.example' }) });
  assert.equal(wrong.code, 'invalid_configuration');
  assert.match(wrong.message, /`issuer`/u);
});

it('changes nothing where the person declines, whatever script wants', async () => {
  assert.equal(await save('decline', {}), 'declined');
  assert.equal(existsSync(file), false);
  assert.equal((await command('get_app_state')).provider, null);
  const origins = { ...draft(), resources: [{ origin: 'https://evil.example', audience: 'urn:api' }] };
  assert.match(await plainRefusal('save_provider', { draft: origins }), /resources/u);
});

it('asks one question at a time', async () => {
  const first = command('save_provider', { draft: draft() });
  await until('the dialog', async () => (await windowsOf(world.desktop, CONNECT)).length > 0);
  assert.equal((await refusal('save_provider', { draft: draft() })).code, 'busy');
  assert.equal(await answering(world.desktop, CONNECT, 'decline', () => first), 'declined');
});

it('puts a provider in force without a restart, in a file for the person alone', async () => {
  assert.equal(await save('agree', {}), 'saved');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { provider, providerSource } = await command('get_app_state');
  assert.equal(provider.issuer, world.issuer.origin);
  assert.equal(providerSource, 'file');
  await signIn();
  assert.notDeepEqual(await keychainItems(world.desktop), []);
  await world.app.invoke('sign_out', { options: {} });
});

it('signs out first where the client becomes another, and lets the session be where it stays', async () => {
  // Written by hand, as the app never does by itself.
  const { resources, apiBaseUrl, audience } = configurationFor(world.provider, '', 'deepLink');
  rewrite({ resources, apiBaseUrl, audience });
  await world.app.restart();
  await signIn();

  const fewer = resources.slice(0, 1);
  rewrite({ resources: fewer, uiLocales: ['de'] });
  assert.equal(await save('agree', {}), 'saved');
  await until('the session', async () => (await status()) === 'signed_in');
  assert.deepEqual(written().resources, fewer);
  // What saving leaves out is not lost.
  assert.deepEqual(JSON.parse(readFileSync(previous(), 'utf8')).uiLocales, ['de']);
  rmSync(previous());

  assert.equal(await save('agree', { clientId: 'another' }), 'saved');
  assert.deepEqual(await keychainItems(world.desktop), []);
  assert.equal(await status(), 'signed_out');
  assert.deepEqual(written().resources, fewer);
  assert.equal(existsSync(previous()), false);
});

it('takes no origin along to another issuer, and leaves the file before beside the new one', async () => {
  const { resources } = written();
  assert.equal(await save('agree', { issuer: 'http://127.0.0.1:9', clientId: CLIENT_ID }), 'saved');
  assert.equal(written().resources, undefined);
  assert.deepEqual(JSON.parse(readFileSync(previous(), 'utf8')).resources, resources);
  assert.equal(await save('agree', {}), 'saved');
});

it('keeps the session elsewhere only after it has ended', async () => {
  await signIn();
  const policy = { policy: 'memory' };
  const change = () => command('set_keychain_policy', policy);
  const title = 'Keep your session elsewhere?';
  assert.equal(await answering(world.desktop, title, 'decline', change), 'declined');
  assert.equal(await status(), 'signed_in');
  assert.equal(await answering(world.desktop, title, 'agree', change), 'saved');
  assert.equal(await status(), 'signed_out');
  assert.deepEqual(await keychainItems(world.desktop), []);
  await signIn();
  assert.deepEqual(await keychainItems(world.desktop), []);
});

it('is reset to the first run', async () => {
  const settings = { theme: 'dark', language: 'en', keepInTray: false, notifications: false };
  await command('save_settings', { settings });
  const reset = () => command('reset');
  assert.equal(await answering(world.desktop, 'Reset Keyfob?', 'decline', reset), 'declined');
  assert.equal(await status(), 'signed_in');
  assert.equal(await answering(world.desktop, 'Reset Keyfob?', 'agree', reset), 'done');
  const state = await command('get_app_state');
  assert.equal(state.provider, null);
  assert.deepEqual(state.settings, {
    theme: 'system',
    language: 'system',
    keepInTray: false,
    notifications: true,
  });
  assert.equal(existsSync(file), false);
  assert.equal(existsSync(previous()), false);
});

it('lets nobody change what was set up for the person', async () => {
  const named = join(world.desktop.directory, 'named.json');
  writeFileSync(named, JSON.stringify({ issuer: world.issuer.origin, clientId: CLIENT_ID }));
  await world.app.restart({ KEYFOB_CONFIG: named });
  assert.equal((await command('get_app_state')).canChangeProvider, false);
  for (const [name, args] of /** @type {const} */ ([
    ['save_provider', { draft: draft() }],
    ['set_keychain_policy', { policy: 'memory' }],
  ])) {
    assert.equal((await refusal(name, args)).code, 'permission_denied');
  }
});

/** Without the window's own screens, which reload nothing when script changes the provider behind their backs. */
async function signIn() {
  await world.app.window.run(() => {
    /** @type {any} */ (window).__TAURI_INTERNALS__.invoke('plugin:keyfob|sign_in', { options: {} });
  });
  world.tab = await world.browser.newTab(world.issuer.origin);
  await signInAs(world.tab, 'ada');
  await until('the session', async () => (await status()) === 'signed_in');
}

/** @param {object} [keys] */
function draft(keys) {
  return { preset: null, issuer: world.issuer.origin, clientId: CLIENT_ID, clientSecret: null, ...keys };
}

/**
 * @param {'agree' | 'decline'} answer
 * @param {object} keys
 */
function save(answer, keys) {
  return answering(world.desktop, CONNECT, answer, () => command('save_provider', { draft: draft(keys) }));
}

/**
 * @param {string} name
 * @param {object} [args]
 */
function command(name, args) {
  return world.app.command(name, args);
}

/**
 * What a command is refused with.
 * @param {string} name
 * @param {object} args
 * @returns {Promise<{ code: string, message: string }>}
 */
function refusal(name, args) {
  return world.app.window.run(
    (it, parameters) =>
      /** @type {any} */ (window).__TAURI_INTERNALS__.invoke(it, parameters).then(
        () => ({ code: 'none', message: '' }),
        (/** @type {any} */ error) => error,
      ),
    name,
    args,
  );
}

/**
 * What Tauri itself refuses it with.
 * @param {string} name
 * @param {object} args
 */
async function plainRefusal(name, args) {
  return String(await refusal(name, args));
}

async function status() {
  return (await world.app.invoke('get_session')).session.status;
}

function previous() {
  return join(dirname(file), 'keyfob.previous.json');
}

function written() {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** @param {object} keys */
function rewrite(keys) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...written(), ...keys }));
}
