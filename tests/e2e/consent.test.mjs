// @ts-check
// What a sign-in would cure says so, and with which options.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { built } from './harness/built.mjs';
import { allow } from './harness/person.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

const SCOPE = 'notes:write';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open({ binary: built('examples/sdk-host') });
  await world.app.start();
  await world.signIn('ada');
});
after(() => world?.close());

it('signs in with the options of the error, and has the scope that was missing', async () => {
  const { token } = await world.accessToken();
  const cured = world.app.window.run(signInWithTheErrorsOptions, SCOPE);
  await allow(await world.browser.newTab(world.issuer.origin));
  const { code, signIn, scope, user } = await cured;
  assert.equal(code, 'insufficient_scope');
  assert.equal(signIn.scope, SCOPE);
  assert.equal(scope, SCOPE);
  assert.equal(user, 'ada');
  assert.notEqual((await world.accessToken()).token, token);
});

/**
 * Runs in the page.
 * @param {string} scope
 */
async function signInWithTheErrorsOptions(scope) {
  const { sdk } = /** @type {any} */ (window);
  const error = await sdk.getAccessToken({ scope }).catch((/** @type {any} */ reason) => reason);
  const session = await sdk.signIn(error.signIn);
  const response = await sdk.getAccessToken({ scope, includeFullResponse: true });
  return { code: error.code, signIn: error.signIn, scope: response.scope, user: session.user.sub };
}
