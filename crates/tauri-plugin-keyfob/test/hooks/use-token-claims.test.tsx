import { act, renderHook, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, expectTypeOf, test } from 'vitest';
import { useTokenClaims } from '../../guest-js/react/index.js';
import type { TestEngine } from '../../guest-js/testing/index.js';
import { answerOf, closeWindow, openWindow, provided, settle } from '../window.js';

interface Claims {
  sub: string;
  role: string;
}

let engine: TestEngine;

beforeEach(() => {
  engine = openWindow();
});

afterEach(closeWindow);

function renderClaims() {
  const views: Partial<Claims>[] = [];
  const hook = renderHook(
    () => {
      views.push(useTokenClaims<Claims>());
      return views.at(-1);
    },
    { wrapper: provided },
  );
  return { ...hook, views };
}

test('gives the decoded claims of the access token, of the type that is asked for', async () => {
  engine.signInAs({ sub: 'ada', claims: { role: 'admin' } });
  const { result } = renderClaims();
  await waitFor(() => expect(result.current).toMatchObject({ sub: 'ada', role: 'admin' }));
  expectTypeOf(useTokenClaims<Claims>).returns.toEqualTypeOf<Partial<Claims>>();
});

test('gives {} when there is no token', async () => {
  const { result } = renderClaims();
  expect(result.current).toEqual({});
  await settle();
  expect(result.current).toEqual({});
});

test.each([
  ['an opaque token', 'opaque'],
  ['an empty token', ''],
  ['a payload that is no base64', 'a.!!!.c'],
  ['a payload that is no UTF-8', `a.${btoa('"\xff"')}.c`],
  ['a payload that is no JSON', `a.${btoa('{')}.c`],
  ['a payload that is no object', `a.${btoa('[1]')}.c`],
  ['a payload that is null', `a.${btoa('null')}.c`],
])('gives {} for %s', async (_, token) => {
  engine.signInAs();
  engine.answer('get_access_token', () => answerOf(token));
  const { result } = renderClaims();
  await settle();
  expect(result.current).toEqual({});
});

test('is safe for UTF-8', async () => {
  engine.signInAs({ claims: { role: 'Zoë 🔑 ¿~?>' } });
  const { result } = renderClaims();
  await waitFor(() => expect(result.current?.role).toBe('Zoë 🔑 ¿~?>'));
});

test('gives the same object until there is another token', async () => {
  engine.signInAs();
  const { result, views } = renderClaims();
  await waitFor(() => expect(result.current).toHaveProperty('sub'));
  const known = views.length;
  await act(async () => engine.goOffline());
  await settle();
  expect(views.length).toBe(known);
});
