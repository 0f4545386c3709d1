// @ts-check
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { Client, dpopKey } from './client.mjs';
import { APIS, startProvider } from './provider.mjs';

const AUDIENCES = Object.values(APIS).map(({ audience }) => audience);

/** @type {import('./provider.mjs').RunningProvider} */
let provider;
before(async () => {
  provider = await startProvider();
});
after(() => provider.close());

/** @param {string} profile */
async function signIn(profile) {
  const client = await Client.discover(provider.issuers[profile].origin);
  const callback = await client.authorize(client.authorizationRequest(AUDIENCES), 'ada');
  const { status, body } = await client.exchange(callback.get('code') ?? '', {
    resource: APIS.notes.audience,
  });
  assert.equal(status, 200);
  return { client, tokens: body };
}

/**
 * @param {'notes' | 'orders'} api
 * @param {string} token
 */
function callApi(api, token) {
  return fetch(`${provider.apis[api]}/me`, { headers: { authorization: `Bearer ${token}` } });
}

test('the ID token says who signed in', async () => {
  const { tokens } = await signIn('bearer-plain');
  const { sub, name, email, email_verified } = decodeJwt(tokens.id_token);
  assert.deepEqual(
    { sub, name, email, email_verified },
    { sub: 'ada', name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true },
  );
});

test('an API takes the tokens of its own audience, and no others', async () => {
  const { client, tokens } = await signIn('bearer-plain');
  assert.equal((await (await callApi('notes', tokens.access_token)).json()).message, 'Hello, Ada Lovelace');
  const refused = await callApi('orders', tokens.access_token);
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/u);
  const { body } = await client.refresh(tokens.refresh_token, { resource: APIS.orders.audience });
  assert.equal((await callApi('orders', body.access_token)).status, 200);
});

test('a token for no resource is for UserInfo', async () => {
  const { client, tokens } = await signIn('bearer-plain');
  const { body } = await client.refresh(tokens.refresh_token);
  const headers = { authorization: `Bearer ${body.access_token}` };
  const userInfo = await (await fetch(client.metadata.userinfo_endpoint, { headers })).json();
  assert.equal(userInfo.name, 'Ada Lovelace');
});

test('rotate-strict: a refresh token that is used twice takes its successor along', async () => {
  const { client, tokens } = await signIn('rotate-strict');
  const { body: renewed } = await client.refresh(tokens.refresh_token);
  assert.notEqual(renewed.refresh_token, tokens.refresh_token);
  assert.equal((await client.refresh(tokens.refresh_token)).body.error, 'invalid_grant');
  assert.equal((await client.refresh(renewed.refresh_token)).body.error, 'invalid_grant');
});

test('bearer-plain: a refresh token is used again and again', async () => {
  const { client, tokens } = await signIn('bearer-plain');
  assert.equal((await client.refresh(tokens.refresh_token)).body.refresh_token, tokens.refresh_token);
  assert.equal((await client.refresh(tokens.refresh_token)).status, 200);
});

test('no-refresh: no refresh token', async () => {
  const { tokens } = await signIn('no-refresh');
  assert.equal(tokens.refresh_token, undefined);
});

test('dpop: the request is pushed, each request needs a nonce, and the token is bound to the key', async () => {
  const client = await Client.discover(provider.issuers.dpop.origin);
  const { pushed_authorization_request_endpoint: pushEndpoint, token_endpoint: tokenEndpoint } =
    client.metadata;
  assert.equal(client.metadata.require_pushed_authorization_requests, true);
  const pushed = await client.post(pushEndpoint, client.authorizationRequest(AUDIENCES));
  const request = new URLSearchParams({ client_id: 'keyfob-desktop', request_uri: pushed.body.request_uri });
  const code = (await client.authorize(request, 'ada')).get('code') ?? '';

  const key = await dpopKey();
  const more = { resource: APIS.notes.audience };
  const first = await client.exchange(code, more, { dpop: await key.proof('POST', tokenEndpoint) });
  assert.equal(first.body.error, 'use_dpop_nonce');
  const proof = await key.proof('POST', tokenEndpoint, first.headers.get('dpop-nonce'));
  const { body } = await client.exchange(code, more, { dpop: proof });
  assert.equal(body.token_type, 'DPoP');
  assert.deepEqual(decodeJwt(body.access_token).cnf, { jkt: key.thumbprint });
  assert.equal((await callApi('notes', body.access_token)).status, 401, 'a bound token is no bearer token');
});

test('a revoked refresh token is dead, and reported', async () => {
  const { client, tokens } = await signIn('bearer-plain');
  assert.equal((await client.revoke(tokens.refresh_token)).status, 200);
  assert.equal((await client.refresh(tokens.refresh_token)).body.error, 'invalid_grant');
  assert.ok(provider.control.revokedRefreshTokens.includes(tokens.refresh_token));
});

test('the control endpoint shortens lifetimes, and reports what was issued', async () => {
  const change = { method: 'POST', body: JSON.stringify({ accessTokenTtl: 2 }) };
  assert.equal((await fetch(provider.controlUrl, change)).status, 200);
  const { tokens } = await signIn('bearer-plain');
  assert.equal(tokens.expires_in, 2);
  const report = await (await fetch(provider.controlUrl)).json();
  assert.ok(report.issued.refreshTokens.includes(tokens.refresh_token));
  assert.ok(report.tokenRequests.authorization_code > 0);
  const refused = await fetch(provider.controlUrl, { method: 'POST', body: '{"colour":"blue"}' });
  assert.equal(refused.status, 400);
});

test('an issuer goes away and comes back on its port, with its sessions', async () => {
  const { client, tokens } = await signIn('bearer-plain');
  const issuer = provider.issuers['bearer-plain'];
  await issuer.stop();
  await assert.rejects(client.refresh(tokens.refresh_token));
  await issuer.start();
  assert.equal((await client.refresh(tokens.refresh_token)).status, 200);
});
