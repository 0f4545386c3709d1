// @ts-check
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { enterPassword, refuse } from './harness/person.mjs';
import { startRecordingIpc, takeRecordedIpc } from './harness/recorder.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open({ env: { KEYFOB_LOG: 'trace' } });
  await world.app.start();
});
after(() => world?.close());

it('shows no secret in any log line or IPC payload of a whole session at trace level', async () => {
  const { app } = world;
  await startRecordingIpc(app);
  const refused = await world.startSignIn();
  await enterPassword(refused, 'ada');
  await refuse(refused);
  await app.text('error');
  await world.signIn('ada');
  await app.click('call-api');
  await app.text('api-answer', 'Hello');
  await app.click('refresh');
  const accessToken = await world.accessToken();
  await world.signOut();
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

  // The recorder works: script may ask for an access token, and did.
  assert.ok(payloads.some((payload) => payload.includes(accessToken)));
  assertWithout(payloads, neverShown);
  assert.ok(
    app.lines.some((line) => line.includes('TRACE')),
    'the app logged nothing at trace level',
  );
  assertWithout(app.lines, [...neverShown, ...issued.accessTokens]);
});

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
