import type { ErrorCode as EngineErrorCode, KeyfobErrorPayload } from './bindings.js';

/** What went wrong, for programs. `not_in_tauri` is said by this package, all others by the engine. */
export type ErrorCode = EngineErrorCode | 'not_in_tauri';

/** What every error of Keyfob carries beside its message. */
export interface ErrorDetails {
  readonly code: ErrorCode;
  /** True if the same call may succeed later, without anybody doing anything. */
  readonly retryable: boolean;
  /** Seconds to wait before trying again, where the provider or the engine named them. */
  readonly retryAfter: number | null;
  /** The provider's own `error` (RFC 6749, section 5.2), where there is one. */
  readonly oauthError: string | null;
  /** The provider's own words. Written by a third party: show it as text, never as markup. */
  readonly oauthErrorDescription: string | null;
}

/** An error with a code. `message` is for people: what happened, and what to do. */
export class KeyfobError extends Error implements ErrorDetails {
  override readonly name: string = 'KeyfobError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfter: number | null;
  readonly oauthError: string | null;
  readonly oauthErrorDescription: string | null;

  constructor(message: string, details: ErrorDetails) {
    super(message);
    this.code = details.code;
    this.retryable = details.retryable;
    this.retryAfter = details.retryAfter;
    this.oauthError = details.oauthError;
    this.oauthErrorDescription = details.oauthErrorDescription;
  }
}

/** No access token could be given. */
export class AccessTokenError extends KeyfobError {
  override readonly name = 'AccessTokenError';
}

/** A sign-in or a sign-out did not complete. */
export class SignInError extends KeyfobError {
  override readonly name = 'SignInError';
}

/** An account could not be listed, chosen or signed out. */
export class AccountError extends KeyfobError {
  override readonly name = 'AccountError';
}

/** A request could not be sent, or its answer not be taken. An answer of any status is not an error. */
export class FetchError extends KeyfobError {
  override readonly name = 'FetchError';
}

/** Whether something that was caught comes from Keyfob, and so has a `code`. */
export function isKeyfobError(error: unknown): error is KeyfobError {
  return error instanceof KeyfobError;
}

type KeyfobErrorClass<E extends KeyfobError> = new (message: string, details: ErrorDetails) => E;

/** Makes one error out of whatever a command rejected with. */
export function toKeyfobError<E extends KeyfobError>(ErrorClass: KeyfobErrorClass<E>, cause: unknown): E {
  if (isPayload(cause)) return new ErrorClass(cause.message, cause);
  if (typeof cause === 'string') return new ErrorClass(cause, withCode(codeOfTauriMessage(cause)));
  return new ErrorClass(cause instanceof Error ? cause.message : 'Keyfob failed.', withCode('internal'));
}

/** An error that arises in this package, with nothing from the engine or the provider to add. */
export function keyfobError<E extends KeyfobError>(
  ErrorClass: KeyfobErrorClass<E>,
  code: ErrorCode,
  message: string,
): E {
  return new ErrorClass(message, withCode(code));
}

function withCode(code: ErrorCode): ErrorDetails {
  return { code, retryable: false, retryAfter: null, oauthError: null, oauthErrorDescription: null };
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
