import { type KeyfobError, type KeyfobErrorClass, keyfobError, toKeyfobError } from './errors.js';

type Result<T> = { status: 'ok'; data: T } | { status: 'error'; error: unknown };

/**
 * Runs one command of the engine. Whatever it rejects with comes out as an `ErrorClass`; outside Tauri (a plain
 * browser, a server render, a test) that is `not_in_tauri`, and nothing is touched.
 */
export async function call<T, E extends KeyfobError>(
  ErrorClass: KeyfobErrorClass<E>,
  command: () => Promise<Result<T>>,
): Promise<T> {
  if (!isInTauri()) {
    throw keyfobError(ErrorClass, 'not_in_tauri', 'Keyfob works in the window of a Tauri app only.');
  }
  let result: Result<T>;
  try {
    result = await command();
  } catch (cause) {
    throw toKeyfobError(ErrorClass, cause);
  }
  if (result.status === 'error') throw toKeyfobError(ErrorClass, result.error);
  return result.data;
}

function isInTauri(): boolean {
  return typeof window !== 'undefined' && '__TAURI_INTERNALS__' in window;
}
