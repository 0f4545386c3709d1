// @ts-check
// Builds the app, and signs in with it: on a desktop of its own, through a real browser, at a real provider.
import { mkdirSync } from 'node:fs';
import { built } from '../../tests/e2e/harness/built.mjs';
import { signInAs } from '../../tests/e2e/harness/person.mjs';
import { until } from '../../tests/e2e/harness/processes.mjs';
import { World } from '../../tests/e2e/harness/world.mjs';
import { CLIENT_ID } from '../../tests/provider/provider.mjs';
import { ARTIFACTS, ROOT } from '../project.mjs';
import { perform } from '../terminal.mjs';
import { APP } from './template.mjs';

const PICTURES = `${ARTIFACTS}/quickstart`;

/**
 * @param {string} folder of the app
 * @returns {Promise<string>} what the window says then
 */
export async function buildAndSignIn(folder) {
  const world = await World.open({ redirect: 'loopback', binary: built(APP), installed: false });
  try {
    await build(folder, world.issuer.origin);
    return await signIn(world);
  } finally {
    await world.close();
  }
}

/**
 * As for a release but for the profile, and with a provider that is there. No file is changed for it.
 * @param {string} folder
 * @param {string} issuer
 */
async function build(folder, issuer) {
  const keyfob = { issuer, clientId: CLIENT_ID };
  const config = JSON.stringify({ plugins: { keyfob } });
  const target = process.env.CARGO_TARGET_DIR ?? `${ROOT}target`;
  await perform('npm', ['run', 'tauri', 'build', '--', '--debug', '--no-bundle', '--config', config], {
    cwd: folder,
    env: { CARGO_TARGET_DIR: target },
  });
}

/** @param {World} world */
async function signIn(world) {
  mkdirSync(PICTURES, { recursive: true });
  const { app } = world;
  await app.start();
  await shows(app, '[data-action="sign-in"]');
  await app.window.screenshot(`${PICTURES}/1-signed-out.png`);
  await app.window.click('[data-action="sign-in"]');
  const tab = await world.browser.newTab(world.issuer.origin);
  await shows(app, '[data-state="signing_in"]');
  await app.window.screenshot(`${PICTURES}/2-signing-in.png`);
  await signInAs(tab, 'ada');
  await until('the app to say who is signed in', async () => (await text(app)).includes('Ada Lovelace'));
  await app.window.screenshot(`${PICTURES}/3-signed-in.png`);
  return text(app);
}

/** @typedef {World['app']} App */

/**
 * @param {App} app
 * @param {string} selector
 */
function shows(app, selector) {
  return until(selector, () => app.window.run((wanted) => document.querySelector(wanted) !== null, selector));
}

/**
 * @param {App} app
 * @returns {Promise<string>}
 */
async function text(app) {
  return (await app.window.run(() => document.querySelector('button')?.textContent)) ?? '';
}
