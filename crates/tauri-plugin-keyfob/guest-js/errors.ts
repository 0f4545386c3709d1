import type { ErrorCode as EngineErrorCode, KeyfobErrorPayload, SignInOptions } from './bindings.js';

/** What went wrong, for programs. `not_in_tauri` is said by this package, all others by the engine. */
export type ErrorCode = EngineErrorCode | 'not_in_tauri';

/** What every error of Keyfob carries beside its message. */
export interface ErrorDetails {
  /** What went wrong. */
  readonly code: ErrorCode;
  /** True if the same call may succeed later, without anybody doing anything. */
  readonly retryable: boolean;
  /** Seconds to wait before trying again, where the provider or the engine named them. */
  readonly retryAfter: number | null;
  /** The provider's own `error` (RFC 6749, section 5.2), where there is one. */
  readonly oauthError: string | null;
  /** The provider's own words. Written by a third party: show it as text, never as markup. */
  readonly oauthErrorDescription: string | null;
  /** The options of a sign-in that cures it, where one does: `catch (e) { await signIn(e.signIn) }`. */
  readonly signIn: SignInOptions | null;
}

/** Marks our errors, in whichever copy of this package they were made: a bundle may hold two. */
const BRAND = Symbol.for('tauri-plugin-keyfob-api.error');

class CodedError extends Error implements ErrorDetails {
  override readonly name: string = 'KeyfobError';
  declare readonly code: ErrorCode;
  declare readonly retryable: boolean;
  declare readonly retryAfter: number | null;
  declare readonly oauthError: string | null;
  declare readonly oauthErrorDescription: string | null;
  declare readonly signIn: SignInOptions | null;

  constructor(message: string, details: ErrorDetails) {
    super(message);
    carry(this, details);
  }
}

/** An error with a code, of a call that has no error class of its own. */
export const KeyfobError = CodedError;

/** Any error of Keyfob. `message` is for people: what happened, and what to do. */
export type KeyfobError = CodedError | FetchError;

/** No access token, or no proof that goes with one, could be given. */
export class AccessTokenError extends CodedError {
  override readonly name = 'AccessTokenError';
}

/** A sign-in or a sign-out did not complete. */
export class SignInError extends CodedError {
  override readonly name = 'SignInError';
}

/** An account could not be listed, chosen or signed out. */
export class AccountError extends CodedError {
  override readonly name = 'AccountError';
}

/**
 * A request could not be sent, or its answer not be taken. An answer of any status is not an error. As with the
 * window's own `fetch`, it is a `TypeError`.
 */
export class FetchError extends TypeError implements ErrorDetails {
  override readonly name = 'FetchError';
  declare readonly code: ErrorCode;
  declare readonly retryable: boolean;
  declare readonly retryAfter: number | null;
  declare readonly oauthError: string | null;
  declare readonly oauthErrorDescription: string | null;
  declare readonly signIn: SignInOptions | null;

  constructor(message: string, details: ErrorDetails) {
    super(message);
    carry(this, details);
  }
}

/** Whether something that was caught comes from Keyfob, and so has a `code`. */
export function isKeyfobError(error: unknown): error is KeyfobError {
  return error instanceof Error && BRAND in error;
}

/** The class of an error. */
export type KeyfobErrorClass<E extends KeyfobError> = new (message: string, details: ErrorDetails) => E;

/** Makes one error out of whatever a command rejected with. */
export function toKeyfobError<E extends KeyfobError>(ErrorClass: KeyfobErrorClass<E>, cause: unknown): E {
  if (isPayload(cause)) return new ErrorClass(cause.message, cause);
  if (typeof cause === 'string') return keyfobError(ErrorClass, codeOfTauriMessage(cause), cause);
  return keyfobError(ErrorClass, 'internal', cause instanceof Error ? cause.message : 'Keyfob failed.');
}

/** An error that arises in this package, with nothing from the engine or the provider to add. */
export function keyfobError<E extends KeyfobError>(
  ErrorClass: KeyfobErrorClass<E>,
  code: ErrorCode,
  message: string,
): E {
  const nothing = { retryAfter: null, oauthError: null, oauthErrorDescription: null, signIn: null };
  return new ErrorClass(message, { code, retryable: false, ...nothing });
}

function carry(error: Error, details: ErrorDetails): void {
  const { code, retryable, retryAfter, oauthError, oauthErrorDescription, signIn } = details;
  Object.assign(error, { code, retryable, retryAfter, oauthError, oauthErrorDescription, signIn });
  Object.defineProperty(error, BRAND, { value: true });
}

function isPayload(cause: unknown): cause is KeyfobErrorPayload {
  return typeof cause === 'object' && cause !== null && 'code' in cause && 'message' in cause;
}

/**
 * Tauri refuses a call with a plain string, before any of our code runs: for a missing permission (in two
 * wordings, that of release builds being the shorter), and for arguments that are not of the command's types.
 */
function codeOfTauriMessage(message: string): EngineErrorCode {
  if (message.includes('not allowed')) return 'permission_denied';
  if (message.startsWith('invalid args')) return 'invalid_argument';
  return 'internal';
}
