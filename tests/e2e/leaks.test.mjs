// @ts-check
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { enterPassword, refuse, signInAs } from './harness/person.mjs';
import { startRecordingIpc, takeRecordedIpc } from './harness/recorder.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open({ env: { KEYFOB_LOG: 'trace' }, logged: true });
  await world.app.start();
});
after(() => world?.close());

it('shows no secret in any log line or IPC payload of a whole session at trace level', async () => {
  const { app } = world;
  // All by IPC: the recorder takes the place of the window's own subscription, so its screens stand still.
  await startRecordingIpc(app);
  const refused = app.invoke('sign_in', { options: {} });
  await Promise.all([assert.rejects(refused), refuseAs('ada')]);
  const signedIn = app.invoke('sign_in', { options: {} });
  await Promise.all([signedIn, signInAs(await world.browser.newTab(world.issuer.origin), 'ada')]);
  await app.fetch('me');
  await app.invoke('refresh', { options: {} });
  const { token } = await world.accessToken();
  await app.invoke('sign_out', { options: {} });
  const payloads = await takeRecordedIpc(app);
  await app.quit();

  const { issued } = world.provider.control.report();
  for (const kind of /** @type {const} */ ([
    'refreshTokens',
    'codes',
    'verifiers',
    'idTokens',
    'accessTokens',
  ])) {
    assert.notDeepEqual(issued[kind], [], `the provider saw no ${kind}`);
  }
  const neverShown = [...issued.refreshTokens, ...issued.codes, ...issued.verifiers, ...issued.idTokens];

  // The recorder works: script asked for an access token, and snapshots were sent.
  assert.ok(payloads.some((payload) => payload.includes('"status":"signed_in"')));
  assert.ok(payloads.some((payload) => payload.includes(token)));
  assertWithout(payloads, neverShown);
  assert.ok(
    app.lines.some((line) => line.includes('TRACE')),
    'the app logged nothing at trace level',
  );
  assertWithout(app.lines, [...neverShown, ...issued.accessTokens]);
});

/** @param {string} userName */
async function refuseAs(userName) {
  const tab = await world.browser.newTab(world.issuer.origin);
  await enterPassword(tab, userName);
  await refuse(tab);
}

/**
 * @param {string[]} texts
 * @param {string[]} secrets
 */
function assertWithout(texts, secrets) {
  for (const text of texts) {
    const leaked = secrets.find((secret) => text.includes(secret));
    assert.equal(leaked, undefined, `a secret in: ${text.slice(0, 400)}`);
  }
}
