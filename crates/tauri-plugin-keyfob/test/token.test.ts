import { afterEach, beforeEach, expect, test } from 'vitest';
import { getAccessToken, refresh } from '../guest-js/index.js';
import { FakeEngine, removeEngine, tokenResponse } from './engine.js';

let engine: FakeEngine;

beforeEach(() => {
  engine = new FakeEngine();
});

afterEach(removeEngine);

test('getAccessToken gives the token alone', async () => {
  engine.answer('get_access_token', () => tokenResponse('one'));
  const token: string = await getAccessToken();
  expect(token).toBe('one');
});

test('getAccessToken gives all that is known of the token when asked to', async () => {
  const response = tokenResponse('one');
  engine.answer('get_access_token', () => response);
  await expect(getAccessToken({ includeFullResponse: true })).resolves.toEqual(response);
});

test('options reach the engine, but for the one that is ours', async () => {
  engine.answer('get_access_token', () => tokenResponse('one'));
  const options = { audience: 'https://api.example.com', scope: 'read write', minTtl: 90.5, refresh: true };
  await getAccessToken({ ...options, includeFullResponse: true });
  expect(engine.calls.at(-1)).toEqual({ command: 'get_access_token', args: { options } });
});

test('refresh is a command of its own', async () => {
  engine.answer('refresh', () => tokenResponse('two'));
  await expect(refresh()).resolves.toBe('two');
  expect(engine.count('get_access_token')).toBe(0);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'a minTtl of %d is invalid_argument, and nothing is asked',
  async (minTtl) => {
    const refusal = { name: 'AccessTokenError', code: 'invalid_argument' };
    await expect(getAccessToken({ minTtl })).rejects.toMatchObject(refusal);
    await expect(refresh({ minTtl })).rejects.toMatchObject(refusal);
    expect(engine.calls).toEqual([]);
  },
);
