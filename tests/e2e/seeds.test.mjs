// @ts-check
// The samples of tests/seeds, each in the real window with the real provider and real APIs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { APIS } from '../provider/provider.mjs';
import { built } from './harness/built.mjs';
import { until } from './harness/processes.mjs';
import { samplesOf } from './harness/samples.mjs';
import { testsOf } from './harness/test.mjs';
import { World } from './harness/world.mjs';

const DATA = { owner: 'ada', items: ['ink', 'paper'] };
const PROFILE = { id: 'ada', name: 'Ada Lovelace' };
const ORDERS = { owner: 'ada', orders: [{ number: 1, item: 'ink' }] };

/** @type {World} */
let world;
const it = testsOf(() => world);
const { show, click, text, call } = samplesOf(() => world.app.window);

before(async () => {
  world = await World.open({
    binary: built('examples/sdk-host'),
    config: () => sampleOf('token-set/configuration.json'),
  });
  await world.app.start();
  await world.signIn('ada');
  await world.app.window.run(keepWhatIsLogged);
});
after(() => world?.close());

it('authkit/api-call.tsx', async () => {
  await show('authkit/api-call.tsx');
  await text('state', 'has a token');
  await click();
  assert.deepEqual(JSON.parse(await text('answer', 'owner')), DATA);
});

it('authkit/access-token.tsx', async () => {
  await show('authkit/access-token.tsx');
  const { token } = await world.accessToken();
  assert.ok((await logged()).includes(`log The token now: ${token}`));
});

it('authkit/loading.tsx', async () => {
  await show('authkit/loading.tsx');
  assert.equal(await text('state', 'Ready'), 'Ready');
});

it('authkit/refresh.tsx', async () => {
  await show('authkit/refresh.tsx');
  const before = world.tokenRequests();
  const { token: old } = await world.accessToken();
  await click();
  const line = await logs('Renewed:');
  const { token } = await world.accessToken();
  assert.notEqual(token, old);
  assert.equal(line, `log Renewed: ${token}`);
  assert.equal(world.tokenRequests() - before, 1);
});

it('authkit/get-access-token.tsx', async () => {
  await show('authkit/get-access-token.tsx');
  await click();
  assert.equal(await logs('The API says'), 'log The API says: 200');
});

it('authkit/data-fetcher.tsx', async () => {
  await show('authkit/data-fetcher.tsx');
  await click();
  assert.deepEqual(JSON.parse(await text('answer', 'id')), PROFILE);
});

it('authkit/protected-content.tsx', async () => {
  await show('authkit/protected-content.tsx');
  assert.equal(await text('state', 'eyes'), 'For your eyes only');
});

it('authkit/token-manager.tsx', async () => {
  await show('authkit/token-manager.tsx');
  await click();
  assert.equal(await logs('Renewed'), 'log Renewed');
  const { token } = await world.accessToken();
  assert.equal(await text('token', token.slice(0, 20)), `${token.slice(0, 20)}…`);
});

it('authkit/custom-fetch.tsx', async () => {
  await show('authkit/custom-fetch.tsx');
  await click();
  assert.deepEqual(JSON.parse(await text('answer', 'owner')), DATA);
});

it('authkit/error.tsx and authkit/protected-content.tsx, with the provider down', async () => {
  const { control } = world.provider;
  await show('authkit/error.tsx');
  assert.equal(await text('state', 'No error'), 'No error');
  control.change({ accessTokenTtl: 1 });
  await world.app.invoke('refresh', { options: {} });
  await world.issuer.stop();
  await text('state', 'No fresh token: ');
  await show('authkit/protected-content.tsx');
  await text('state', 'No token: ');
  control.change({ accessTokenTtl: 600 });
  await world.issuer.start();
  await click();
  const isNew = () => world.app.window.run(() => !('logged' in window)).catch(() => false);
  await until('the page to be loaded anew', isNew);
  await text('state', 'For your eyes only');
  await world.app.window.run(keepWhatIsLogged);
});

it('auth0/basic.ts', async () => {
  assert.deepEqual(await call('auth0/basic.ts', 'callApi'), DATA);
});

it('auth0/several-apis.ts', async () => {
  assert.deepEqual(await call('auth0/several-apis.ts', 'fetchFromBoth'), {
    profile: PROFILE,
    orders: ORDERS,
  });
});

it('auth0/audience.ts', async () => {
  const token = await call('auth0/audience.ts', 'tokenForOrders');
  assert.equal(claimsOf(token).aud, APIS.orders.audience);
});

it('auth0/scopes.ts', async () => {
  const token = await call('auth0/scopes.ts', 'tokenToReadAndWrite');
  assert.equal(claimsOf(token).scope, 'notes:read notes:write');
});

it('auth0/full-response.ts', async () => {
  const response = await call('auth0/full-response.ts', 'describeToken');
  const { exp, aud, scope } = claimsOf(response.token);
  assertExpiry(response.expires_at, exp);
  assert.ok(response.expires_in > 0 && response.expires_in <= 600);
  assert.equal(response.scope, scope);
  assert.equal(response.token_type, 'Bearer');
  assert.equal(response.audience, aud);
  for (const field of ['token', 'expires_at', 'expires_in', 'scope', 'token_type']) {
    assert.ok((await logged()).includes(`log ${response[field]}`), field);
  }
});

it('auth0/signature.ts', async () => {
  const response = await call('auth0/signature.ts', 'sameSignature', { includeFullResponse: true });
  assert.equal(response.token, await call('auth0/signature.ts', 'sameSignature'));
});

it('auth0/error-handling.ts', async () => {
  const { token } = await world.accessToken();
  assert.equal(await call('auth0/error-handling.ts', 'tryToGetToken'), token);
});

it('token-set/token-set.ts', async () => {
  const tokenSet = await call('token-set/token-set.ts', 'currentTokenSet', 'notes:read');
  const { exp, aud, scope } = claimsOf(tokenSet.accessToken);
  const { accessToken, expiresAt, ...rest } = tokenSet;
  assertExpiry(expiresAt, exp);
  assert.deepEqual(rest, {
    scope,
    requestedScope: 'notes:read',
    audience: aud,
    token_type: 'Bearer',
  });
});

it('token-set/data-page.tsx', async () => {
  await show('token-set/data-page.tsx');
  assert.deepEqual(JSON.parse(await text('answer', 'owner')), DATA);
  const { expiresAt } = await world.accessToken();
  const until = new Date(expiresAt * 1000).toISOString();
  assert.equal(
    await text('token', 'For'),
    `For ${APIS.notes.audience}, notes:read notes:write, until ${until}`,
  );
});

it('token-set/audience.ts', async () => {
  const { status, body } = await call('token-set/audience.ts', 'GET');
  assert.equal(status, 200);
  const { exp, aud, scope } = claimsOf(body.token);
  assertExpiry(body.expiresAt, exp);
  assert.deepEqual([body.audience, scope], [aud, 'orders:read']);
});

it('token-set/force-refresh.ts', async () => {
  const before = world.tokenRequests();
  const { status, body } = await call('token-set/force-refresh.ts', 'POST');
  const { expiresAt } = await world.accessToken();
  assert.equal(status, 200);
  assert.deepEqual(body, { message: 'Renewed', expiresAt: new Date(expiresAt * 1000).toISOString() });
  assert.equal(world.tokenRequests() - before, 1);
});

it('token-set/expiration.ts', async () => {
  const { token } = await world.accessToken();
  assert.equal(await call('token-set/expiration.ts', 'isTokenExpired'), false);
  assert.equal(await call('token-set/expiration.ts', 'getValidToken'), token);
});

it('token-set/several-apis.ts', async () => {
  const { status, body } = await call('token-set/several-apis.ts', 'GET');
  assert.equal(status, 200);
  assert.equal(body.notes.audience, APIS.notes.audience);
  assert.equal(body.orders.audience, APIS.orders.audience);
  assert.equal(body.orders.expiresAt, (await world.accessToken(APIS.orders.audience)).expiresAt);
});

it('token-set/api-route.ts', async () => {
  const { status, body } = await call('token-set/api-route.ts', 'handler');
  const { expiresAt } = await world.accessToken();
  const tokenInfo = { expiresAt: new Date(expiresAt * 1000).toISOString(), scope: 'notes:read notes:write' };
  assert.equal(status, 200);
  assert.deepEqual(body, { data: DATA, tokenInfo });
});

it('token-set/client-side.tsx', async () => {
  await show('token-set/client-side.tsx');
  await click();
  assert.equal(await logs('The API says: {'), `log The API says: ${JSON.stringify(DATA)}`);
});

it('clerk/same-origin.ts', async () => {
  assert.deepEqual(await call('clerk/same-origin.ts', 'loadProfile'), PROFILE);
});

it('clerk/session-token.ts', async () => {
  assert.deepEqual(await call('clerk/session-token.ts', 'loadProfile'), PROFILE);
});

for (const [sample, answer] of /** @type {const} */ ([
  ['clerk/use-fetch.tsx', PROFILE],
  ['clerk/cross-origin/use-fetch.tsx', ORDERS],
])) {
  it(sample, async () => {
    await show(sample);
    await click();
    assert.deepEqual(JSON.parse(await text('answer', 'ada')), answer);
  });
}

for (const [sample, answer] of /** @type {const} */ ([
  ['clerk/use-swr.tsx', PROFILE],
  ['clerk/cross-origin/use-swr.tsx', ORDERS],
])) {
  it(sample, async () => {
    await show(sample);
    assert.deepEqual(JSON.parse(await text('answer', 'ada')), answer);
  });
}

for (const [sample, answer] of /** @type {const} */ ([
  ['clerk/use-query.tsx', 'Ada Lovelace'],
  ['clerk/cross-origin/use-query.tsx', 'ink'],
])) {
  it(sample, async () => {
    await show(sample);
    assert.equal(await text('answer', answer), answer);
  });
}

it("axios can't be loaded where Object.prototype is frozen", async () => {
  await assert.rejects(call('axios/instance.ts', 'timesFired'), /readonly/u);
});

it('tells samples that nobody is signed in', async () => {
  await world.signOut();
  await show('authkit/protected-content.tsx');
  await text('state', 'Sign in to read on');
  await show('authkit/get-access-token.tsx');
  await click();
  assert.match(await logs('The call failed'), /Nobody is signed in/u);
  assert.equal(await call('auth0/error-handling.ts', 'tryToGetToken'), null);
  assert.match(await logs('No token:'), /^error No token: not_authenticated /u);
  assert.equal((await call('token-set/force-refresh.ts', 'POST')).status, 401);
  assert.equal((await call('token-set/several-apis.ts', 'GET')).status, 401);
  assert.equal((await call('token-set/audience.ts', 'GET')).status, 401);
  assert.equal((await call('token-set/api-route.ts', 'handler')).status, 500);
  assert.equal(await call('token-set/expiration.ts', 'isTokenExpired'), true);
});

it('token-set/dpop.ts', async () => {
  await world.close();
  const config = () => sampleOf('token-set/dpop.json');
  world = await World.open({ profile: 'dpop', binary: built('examples/sdk-host'), config });
  await world.app.start();
  await world.signIn('ada');
  const { token, token_type } = await call('token-set/dpop.ts', 'typeOfToken');
  assert.equal(token_type, 'DPoP');
  assert.equal(typeof claimsOf(token).cnf.jkt, 'string');
});

it('a proof of possession lets script send a bound token by itself', async () => {
  const url = `${world.provider.apis.notes}/me`;
  const statuses = await world.app.window.run(callWithProof, url);
  assert.deepEqual(statuses, { withoutProof: 401, withoutNonce: 401, withNonce: 200 });
});

/** @param {string} name */
function sampleOf(name) {
  return JSON.parse(readFileSync(new URL(`../seeds/${name}`, import.meta.url), 'utf8'));
}

/** Runs in the page. */
function keepWhatIsLogged() {
  /** @type {string[]} */
  const lines = [];
  for (const level of /** @type {const} */ (['log', 'error'])) {
    console[level] = (...parts) => lines.push(`${level} ${parts.join(' ')}`);
  }
  Object.assign(window, { logged: lines });
}

/** @returns {Promise<string[]>} */
function logged() {
  return world.app.window.run(() => /** @type {any} */ (window).logged);
}

/**
 * The first line with this in it, once there is one; it is not given again.
 * @param {string} part
 * @returns {Promise<string>}
 */
function logs(part) {
  return world.app.window.run(async (wanted) => {
    const lines = /** @type {string[]} */ (/** @type {any} */ (window).logged);
    const find = () => lines.findIndex((line) => line.includes(wanted));
    while (find() < 0) await new Promise(requestAnimationFrame);
    return lines.splice(find(), 1)[0];
  }, part);
}

/**
 * The engine counts from when it got the token, the provider from when it made it: another second may have begun.
 * @param {number} expiresAt
 * @param {number} exp
 */
function assertExpiry(expiresAt, exp) {
  assert.ok(expiresAt >= exp && expiresAt <= exp + 10, `${expiresAt}, where the token says ${exp}`);
}

/** @param {string} token */
function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}

/**
 * Runs in the page.
 * @param {string} url
 */
async function callWithProof(url) {
  const { sdk } = /** @type {any} */ (window);
  const token = await sdk.getAccessToken();
  const send = (/** @type {string} */ proof) =>
    fetch(url, { headers: { Authorization: `DPoP ${token}`, DPoP: proof } });
  const withoutProof = await send('');
  const withoutNonce = await send(await sdk.dpopProof({ url, method: 'GET', token }));
  const nonce = withoutNonce.headers.get('dpop-nonce');
  const withNonce = await send(await sdk.dpopProof({ url, method: 'GET', token, nonce }));
  return {
    withoutProof: withoutProof.status,
    withoutNonce: withoutNonce.status,
    withNonce: withNonce.status,
  };
}
