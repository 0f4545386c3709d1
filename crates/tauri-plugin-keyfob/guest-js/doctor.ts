/**
 * What keeps an app from signing in, each with its fix. An entry of its own, as few apps ship it.
 *
 * @packageDocumentation
 */

import { convertFileSrc, invoke } from '@tauri-apps/api/core';
import { commands, type Check as EngineCheck, type CheckSubject as EngineSubject } from './bindings.js';
import { call } from './call.js';
import { isKeyfobError, KeyfobError, toKeyfobError } from './errors.js';

export type { CheckStatus } from './bindings.js';

/** What was looked at: of the engine, or `permission` and `csp` of the window that asks. */
export type CheckSubject = EngineSubject | 'permission' | 'csp';

/** What was found, and what to do about it; of a permission that isn't granted, how to grant it. */
export interface Check extends Omit<EngineCheck, 'subject'> {
  readonly subject: CheckSubject;
}

/**
 * Looks at everything that a sign-in needs: the configuration, the provider's metadata, the clock, the links and their
 * handler, the redirect, the keychain, and what this window may do. Nobody is asked for anything, and no token is fetched.
 *
 * The engine's part needs the permission `keyfob:inspect`; without it, a check says so.
 *
 * @throws {KeyfobError} `not_in_tauri`, or a fault of the engine itself.
 */
export async function doctor(): Promise<Check[]> {
  const [engine, ...own] = await Promise.all([
    checkEngine(),
    checkPermission(TOKENS),
    checkPermission(FETCH),
    checkSecurityPolicy(),
  ]);
  return [...engine, ...own];
}

/** One of the permissions that a capability grants with a scope. */
interface Permission {
  /** What a window does by it, after "This window may". */
  readonly use: string;
  readonly command: string;
  /** What the command refuses without doing anything, after it has looked at the permission. */
  readonly args: Record<string, unknown>;
  /** The line of a capability that grants it. */
  readonly line: string;
}

const TOKENS: Permission = {
  use: 'have access tokens',
  command: 'get_access_token',
  args: { options: { minTtl: -1 } },
  line: '{ "identifier": "keyfob:tokens", "allow": [{ "audience": "*" }] }',
};

const FETCH: Permission = {
  use: 'send authenticated requests',
  command: 'fetch',
  args: {},
  line: '{ "identifier": "keyfob:fetch", "allow": [{ "url": "https://api.example.com/*" }] }',
};

const CSP_LINE = '"connect-src": "ipc: http://ipc.localhost"';

async function checkEngine(): Promise<Check[]> {
  try {
    const checks = await call(KeyfobError, () => commands.doctor());
    return [...checks, ok('permission', 'This window may inspect.')];
  } catch (error) {
    if (!isKeyfobError(error) || error.code !== 'permission_denied') throw error;
    const message = 'This window may not inspect, so the engine was not asked.';
    return [{ subject: 'permission', status: 'warning', message, fix: capability('"keyfob:inspect"') }];
  }
}

/** Asks for something impossible: who may not ask is told so first. */
async function checkPermission({ use, command, args, line }: Permission): Promise<Check> {
  const subject = 'permission';
  try {
    await invoke(`plugin:keyfob|${command}`, args);
  } catch (cause) {
    if (toKeyfobError(KeyfobError, cause).code === 'permission_denied') {
      // Tauri's own refusal is a string: no capability has the command. Ours is about its scope.
      return typeof cause === 'string'
        ? { subject, status: 'skipped', message: `This window may not ${use}.`, fix: capability(line) }
        : {
            subject,
            status: 'warning',
            message: `This window may ${use}, but not for the sign-in’s own audience.`,
            fix: capability(line),
          };
    }
  }
  return ok(subject, `This window may ${use}.`);
}

/**
 * Where the policy forbids Tauri's own protocol, Tauri falls back to messages, and every byte of a body becomes text.
 * Any answer will do: the protocol refuses this method, and runs no command.
 */
async function checkSecurityPolicy(): Promise<Check> {
  const subject = 'csp';
  try {
    await fetch(convertFileSrc('', 'ipc'));
    return ok(subject, 'Bodies of requests take the fast way between this window and the engine.');
  } catch {
    return {
      subject,
      status: 'warning',
      message: 'The content security policy forbids Tauri’s own protocol, so bodies of requests are slow.',
      fix: `Put ${CSP_LINE} under app.security.csp in tauri.conf.json.`,
    };
  }
}

function ok(subject: CheckSubject, message: string): Check {
  return { subject, status: 'ok', message, fix: null };
}

function capability(line: string): string {
  return `Put ${line} under "permissions" in the capability of this window.`;
}
