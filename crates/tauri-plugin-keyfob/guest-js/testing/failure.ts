import { type ErrorCode, errorInfo, type KeyfobErrorPayload } from '../bindings.js';

/** What the engine rejects with, for {@link TestEngine.fail} and {@link TestEngine.answer}. */
export function failure(code: ErrorCode, details: Partial<KeyfobErrorPayload> = {}): KeyfobErrorPayload {
  return {
    code,
    message: `The engine says ${code}.`,
    retryable: errorInfo[code].retryable,
    retryAfter: null,
    oauthError: null,
    oauthErrorDescription: null,
    signIn: null,
    ...details,
  };
}
