/**
 * An engine in memory, for the tests of an app that uses Keyfob (Vitest or Jest, with a DOM): it stands where Tauri
 * would, so that everything on this side of Rust is the real thing. It needs no network, no keychain and no browser.
 *
 * ```ts
 * import { installKeyfob } from 'tauri-plugin-keyfob-api/testing';
 *
 * const keyfob = installKeyfob();
 * keyfob.signInAs({ name: 'Ada Lovelace' });
 * // render, click, expect
 * keyfob.uninstall();
 * ```
 *
 * @packageDocumentation
 */

import { TestEngine, type TestEngineOptions } from './engine.js';

export type { Check } from '../bindings.js';
export type { CommandName } from './command-name.js';
export { type Answer, TestEngine, type TestEngineOptions } from './engine.js';
export { failure } from './failure.js';
export type { FetchHandler } from './fetch.js';
export type { Call } from './ipc.js';
export type { Person } from './people.js';

/**
 * Puts an engine behind this window. What the window knew of an earlier one is forgotten, so that every test may begin
 * with an engine of its own. Nobody is signed in.
 */
export function installKeyfob(options?: TestEngineOptions): TestEngine {
  return new TestEngine(options);
}
