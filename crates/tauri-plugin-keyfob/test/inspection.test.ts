import { afterEach, beforeEach, expect, test } from 'vitest';
import { getDiagnostics, listEvents, listTokens } from '../guest-js/index.js';
import { FakeEngine, failure, removeEngine } from './engine.js';

let engine: FakeEngine;

beforeEach(() => {
  engine = new FakeEngine();
});

afterEach(removeEngine);

const TOKEN = {
  audience: 'https://api.example.com',
  scope: 'openid read',
  requestedScope: 'read',
  tokenType: 'Bearer',
  expiresAt: 4_000_000_000,
};
const EVENT = {
  at: 1_800_000_000,
  kind: 'refresh_failed',
  audience: null,
  reason: { type: 'error', code: 'offline' },
};
const DIAGNOSTICS = {
  version: '0.1.0',
  issuer: 'https://id.example.com',
  redirect: 'deep_link',
  deepLinkScheme: 'dev.keyfob.desktop',
  keychain: 'required',
  proxy: null,
  clockOffset: -2,
};

test.each([
  ['listTokens', listTokens, 'list_tokens', [TOKEN]],
  ['listEvents', listEvents, 'list_events', [EVENT]],
  ['getDiagnostics', getDiagnostics, 'get_diagnostics', DIAGNOSTICS],
] as const)('%s gives what the engine answers', async (_, look, command, answer) => {
  engine.answer(command, () => answer);
  await expect(look()).resolves.toEqual(answer);
  expect(engine.calls).toMatchObject([{ command, args: {} }]);
});

test.each([
  ['listTokens', listTokens, 'list_tokens'],
  ['listEvents', listEvents, 'list_events'],
  ['getDiagnostics', getDiagnostics, 'get_diagnostics'],
] as const)('%s without its permission rejects permission_denied', async (_, look, command) => {
  engine.answer(command, () => Promise.reject(`Command plugin:keyfob|${command} not allowed by ACL`));
  await expect(look()).rejects.toMatchObject({ name: 'KeyfobError', code: 'permission_denied' });
});

test('getDiagnostics says why there is nothing to tell', async () => {
  engine.answer('get_diagnostics', () => Promise.reject(failure('not_configured')));
  await expect(getDiagnostics()).rejects.toMatchObject({ code: 'not_configured' });
});
