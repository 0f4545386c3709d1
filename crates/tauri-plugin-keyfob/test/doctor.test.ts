import { mockConvertFileSrc } from '@tauri-apps/api/mocks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Check as EngineCheck } from '../guest-js/bindings.js';
import { type Check, doctor } from '../guest-js/doctor.js';
import type { CommandName } from '../guest-js/testing/index.js';
import { FakeEngine, failure, removeEngine } from './engine.js';

const CLOCK: EngineCheck = { subject: 'clock', status: 'warning', message: 'It is late.', fix: 'Set it.' };

let engine: FakeEngine;

/** A window that may do everything, as the real commands answer the questions of `doctor`. */
beforeEach(() => {
  engine = new FakeEngine()
    .answer('doctor', () => [CLOCK])
    .answer('get_access_token', () => Promise.reject(failure('invalid_argument')))
    .answer('fetch', () => Promise.reject('invalid args `request` for command `fetch`'));
  mockConvertFileSrc('linux');
  vi.stubGlobal('fetch', async () => new Response(null, { status: 405 }));
});

afterEach(() => {
  vi.unstubAllGlobals();
  removeEngine();
});

const notAllowed = (command: CommandName) => engine.fail(command, 'permission_denied');

async function found(part: string): Promise<Partial<Check> | undefined> {
  const checks = await doctor();
  return checks.find(({ message, fix }) => message.includes(part) || fix?.includes(part));
}

test('adds what the window may do to what the engine found', async () => {
  const checks = await doctor();
  expect(checks.slice(0, 1)).toEqual([CLOCK]);
  expect(checks.map(({ subject, status }) => `${subject}: ${status}`)).toEqual([
    'clock: warning',
    'permission: ok',
    'permission: ok',
    'permission: ok',
    'csp: ok',
  ]);
});

test('fetches no token, and sends no request', async () => {
  await doctor();
  expect(engine.calls.map(({ command, args }) => [command, args])).toEqual([
    ['doctor', {}],
    ['get_access_token', { options: { minTtl: -1 } }],
    ['fetch', {}],
  ]);
});

test.each([
  ['get_access_token', 'keyfob:tokens'],
  ['fetch', 'keyfob:fetch'],
] as const)('names the line that grants %s to a window that may not', async (command, permission) => {
  notAllowed(command);
  await expect(found(permission)).resolves.toMatchObject({ subject: 'permission', status: 'skipped' });
});

test('warns of a scope that leaves out the sign-in’s own audience', async () => {
  engine.answer('get_access_token', () => Promise.reject(failure('permission_denied')));
  await expect(found('keyfob:tokens')).resolves.toMatchObject({ subject: 'permission', status: 'warning' });
});

test('without keyfob:inspect it says so, and looks at the window all the same', async () => {
  notAllowed('doctor');
  await expect(found('keyfob:inspect')).resolves.toMatchObject({ subject: 'permission', status: 'warning' });
  await expect(doctor()).resolves.toHaveLength(4);
});

test('names the line that lets Tauri’s protocol through', async () => {
  const asked: unknown[] = [];
  vi.stubGlobal('fetch', async (url: unknown) => {
    asked.push(url);
    throw new TypeError('blocked by the content security policy');
  });
  await expect(found('connect-src')).resolves.toMatchObject({ subject: 'csp', status: 'warning' });
  expect(asked).toEqual(['ipc://localhost/']);
});

test('an engine that fails is an error', async () => {
  engine.answer('doctor', () => Promise.reject(failure('internal')));
  await expect(doctor()).rejects.toMatchObject({ code: 'internal' });
});

test('outside Tauri it rejects not_in_tauri', async () => {
  removeEngine();
  await expect(doctor()).rejects.toMatchObject({ code: 'not_in_tauri' });
});
