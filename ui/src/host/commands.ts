// The app's own commands. No other folder of the window knows Tauri.
import type { ErrorCode } from 'tauri-plugin-keyfob-api';
import { type CommandError, commands } from './bindings';

export type * from './bindings';

/** A command of the app has failed. */
export class AppError extends Error {
  override name = 'AppError';
  readonly code: ErrorCode;

  /** @param cause what the command was rejected with: a plain text, where Tauri refused it by itself */
  constructor(cause: CommandError | string) {
    super(typeof cause === 'string' ? cause : cause.message);
    this.code = typeof cause === 'string' ? 'internal' : (cause.code as ErrorCode);
  }
}

type Result<T> = { status: 'ok'; data: T } | { status: 'error'; error: CommandError };

/** @throws {AppError} */
function command<A extends unknown[], T>(call: (...args: A) => Promise<Result<T>>) {
  return async (...args: A): Promise<T> => {
    const result = await call(...args);
    if (result.status === 'error') throw new AppError(result.error);
    return result.data;
  };
}

export const getAppState = command(commands.getAppState);
export const saveSettings = command(commands.saveSettings);
export const checkProvider = command(commands.checkProvider);
export const saveProvider = command(commands.saveProvider);
export const setKeychainPolicy = command(commands.setKeychainPolicy);
export const reset = command(commands.reset);
