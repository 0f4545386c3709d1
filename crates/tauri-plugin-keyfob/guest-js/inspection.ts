import { commands, type Diagnostics, type SessionEvent, type TokenInfo } from './bindings.js';
import { call } from './call.js';
import { KeyfobError } from './errors.js';

/**
 * What is known about the access tokens at hand; the tokens themselves are not in it. The permission `keyfob:inspect`
 * allows it.
 *
 * @throws {KeyfobError}
 */
export function listTokens(): Promise<TokenInfo[]> {
  return call(KeyfobError, () => commands.listTokens());
}

/**
 * The last thousand things that happened to the session since the app started, the oldest first. The permission
 * `keyfob:inspect` allows it.
 *
 * @throws {KeyfobError}
 */
export function listEvents(): Promise<SessionEvent[]> {
  return call(KeyfobError, () => commands.listEvents());
}

/**
 * How the engine is set up and what it found, for a report of a fault. The permission `keyfob:inspect` allows it.
 *
 * @throws {KeyfobError} `not_configured`, `invalid_configuration`.
 */
export function getDiagnostics(): Promise<Diagnostics> {
  return call(KeyfobError, () => commands.getDiagnostics());
}
