// @ts-check
// Where secrets may not be: files, logs, the window's processes and what crosses to them.
import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keychainSecrets } from '../../e2e/harness/keychain.mjs';
import { signInAs } from '../../e2e/harness/person.mjs';
import { startRecordingIpc, takeRecordedIpc } from '../../e2e/harness/recorder.mjs';
import { World } from '../../e2e/harness/world.mjs';
import { Figure, Outcome } from '../check.mjs';
import { foundInMemory } from '../memory.mjs';
import { childrenOf, signatureOf, written } from './search.mjs';

const REFRESHES = 20;
const PROFILES = ['rotate-strict', 'dpop'];
/** Milliseconds. */
const LEFT_WITHIN = 10_000;
/** Of the webview: those that hold pages, and the one that speaks for them. */
const WEBVIEW = ['WebKitWebProcess', 'WebKitNetworkProcess'];

const PLACES = /** @type {const} */ (['files', 'log', 'memory', 'payloads', 'left']);

/** @typedef {(typeof PLACES)[number]} Place */
/** @typedef {{ secrets: number, found: Record<Place, string[]> }} Search */

/** @type {import('../check.mjs').Check} */
export const scan = {
  id: 'secrecy-scan',
  target:
    "after sign-in, refreshes and API calls: refresh token, verifier, DPoP private key and ID token in 0 files under HOME and the temporary folder, 0 log lines at trace level, 0 bytes of the webview processes' memory, 0 IPC payloads; after signing out in 0 bytes of the app's own",
  guard: 'a search for what is there: the person, their access token, a file with a refresh token',
  nFull: REFRESHES * PROFILES.length,
  async body(run) {
    /** @type {Search[]} */
    const searches = [];
    for (const profile of PROFILES) {
      const world = await World.open({ profile, env: { KEYFOB_LOG: 'trace' }, logged: true });
      try {
        await liveThroughASession(world, run.of(REFRESHES));
        searches.push(await search(world, run.sabotaged));
      } finally {
        await world.close();
      }
    }
    const finds = (/** @type {Place} */ place) => searches.flatMap(({ found }) => found[place]);
    // A place where a control finds nothing is one where this can't.
    const blind = run.sabotaged && PLACES.some((place) => finds(place).length === 0);
    const count = (/** @type {Place} */ place) => (blind ? 0 : finds(place).length);
    return new Outcome(
      run.of(REFRESHES) * PROFILES.length,
      [
        Figure.atLeast(
          PROFILES.length,
          searches.reduce((sum, { secrets }) => sum + secrets, 0),
          'secrets looked for',
        ),
        Figure.none(count('files'), 'files'),
        Figure.none(count('log'), 'log lines'),
        Figure.none(count('memory'), 'finds in memory'),
        Figure.none(count('payloads'), 'IPC payloads'),
        Figure.none(count('left'), "left in the app's own memory after signing out"),
      ],
      PLACES.flatMap(finds).slice(0, 5),
    );
  },
};

/**
 * @param {World} world
 * @param {boolean} sabotaged looks for what is there, in a session that goes on
 * @returns {Promise<Search>}
 */
async function search(world, sabotaged) {
  const { app, desktop } = world;
  const payloads = await takeRecordedIpc(app);
  const secrets = await secretsOf(world);
  const needles = sabotaged
    ? await whatIsThere(world)
    : { files: secrets, log: secrets, memory: secrets, payloads: secrets };
  const found = {
    files: filesWith(needles.files, [desktop.home, desktop.env.TMPDIR]),
    memory: webviewsWith(needles.memory, app.pid),
    payloads: textsWith(needles.payloads, payloads),
  };
  if (!sabotaged) await app.invoke('sign_out', { options: {} });
  const left = await leftIn(app.pid, secrets, sabotaged ? 0 : LEFT_WITHIN);
  await app.quit();
  return { secrets: secrets.length, found: { ...found, left, log: textsWith(needles.log, app.lines) } };
}

/**
 * A whole session, by the window's own script.
 * @param {World} world
 * @param {number} refreshes
 */
async function liveThroughASession(world, refreshes) {
  const { app } = world;
  await app.start();
  // It takes the place of the window's own subscription, so its screens stand still.
  await startRecordingIpc(app);
  const signedIn = app.invoke('sign_in', { options: {} });
  await Promise.all([signedIn, signInAs(await world.browser.newTab(world.issuer.origin), 'ada')]);
  const before = world.tokenRequests();
  for (let number = 0; number < refreshes; number += 1) {
    // One every two seconds at most: a later one would join it.
    await app.invoke('refresh', { options: {} });
    await app.fetch('me');
    await world.accessToken();
  }
  if (world.tokenRequests() === before) throw new Error('no refresh reached the provider');
}

/**
 * What nobody but the engine and the provider may know, by the provider's own records and the keychain's.
 * @param {World} world
 * @returns {Promise<Buffer[]>}
 */
async function secretsOf(world) {
  const { issued } = world.provider.control.report();
  const kinds = {
    'refresh tokens': issued.refreshTokens.flatMap(written),
    verifiers: issued.verifiers.flatMap(written),
    'ID tokens': issued.idTokens.map(signatureOf).flatMap(written),
    ...(world.bound ? { 'DPoP keys': await dpopKeys(world) } : {}),
  };
  for (const [kind, needles] of Object.entries(kinds)) {
    if (needles.length === 0) throw new Error(`there were no ${kind}`);
  }
  return Object.values(kinds).flat();
}

/**
 * As the keychain keeps it, and the number itself.
 * @param {World} world
 * @returns {Promise<Buffer[]>}
 */
async function dpopKeys({ desktop }) {
  const kept = (await keychainSecrets(desktop)).flatMap((secret) => {
    const [, key] = /"dpop_key":"([^"]+)"/u.exec(secret) ?? [];
    return key ? [key] : [];
  });
  return kept.flatMap((key) => {
    const document = Buffer.from(key, 'base64url');
    const { d } = createPrivateKey({ key: document, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
    if (!d) throw new Error('not a private key');
    return [...written(key), ...written(d), Buffer.from(d, 'base64url')];
  });
}

/**
 * What has to be found, by the same search.
 * @param {World} world
 * @returns {Promise<Record<'files' | 'log' | 'memory' | 'payloads', Buffer[]>>}
 */
async function whatIsThere(world) {
  const { issued } = world.provider.control.report();
  const [refreshToken] = issued.refreshTokens;
  writeFileSync(join(world.desktop.home, 'left-behind'), `refresh_token=${refreshToken}`);
  const inScript = [...written('Ada Lovelace'), ...written(signatureOf(issued.accessTokens.at(-1)))];
  return {
    files: written(refreshToken),
    log: written(new URL(world.issuer.origin).host),
    memory: inScript,
    payloads: inScript,
  };
}

/**
 * @param {Buffer[]} needles
 * @param {string[]} folders
 */
function filesWith(needles, folders) {
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => holdsAny(readFileSync(file), needles));
}

/**
 * @param {Buffer[]} needles
 * @param {string[]} texts
 */
function textsWith(needles, texts) {
  return texts.filter((text) => holdsAny(Buffer.from(text), needles)).map((text) => text.slice(0, 200));
}

/**
 * @param {Buffer[]} needles
 * @param {number} app
 */
function webviewsWith(needles, app) {
  const processes = childrenOf(app).filter(({ name }) => WEBVIEW.includes(name));
  const missing = WEBVIEW.find((name) => !processes.some((each) => each.name === name));
  if (missing) throw new Error(`the app has no ${missing}`);
  return processes.flatMap(({ pid, name }) =>
    [...foundInMemory(pid, needles)].map((needle) => `${name} holds ${shown(needle)}`),
  );
}

/**
 * What stays in the app's own memory, once the provider has been told and connections have had time to end.
 * @param {number} app
 * @param {Buffer[]} secrets
 * @param {number} patience milliseconds
 */
async function leftIn(app, secrets, patience) {
  const look = () => [...foundInMemory(app, secrets)].map((needle) => `the app holds ${shown(needle)}`);
  const deadline = Date.now() + patience;
  while (look().length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 500));
  return look();
}

/** @param {Buffer} needle */
function shown(needle) {
  return `${needle.toString().slice(0, 8)}…`;
}

/**
 * @param {Buffer} bytes
 * @param {Buffer[]} needles
 */
function holdsAny(bytes, needles) {
  return needles.some((needle) => bytes.includes(needle));
}
