import type { KeyfobErrorPayload } from './bindings.js';
import { AccessTokenError, keyfobError, SignInError, toKeyfobError } from './errors.js';
import type { Session, Snapshot } from './session.js';

/** One error object for one cause, so that nobody renders again for an equal one. */
const ERRORS = new WeakMap<Session | KeyfobErrorPayload, AccessTokenError | SignInError>();

/** Why there can be no token in this session, if so. */
export function sessionError(session: Session): Error | null {
  if (session.status === 'unavailable') {
    return remember(session, () => keyfobError(AccessTokenError, session.code, session.message));
  }
  if (session.status === 'reauth_required') {
    return remember(session, () =>
      keyfobError(AccessTokenError, 'reauth_required', 'The session has ended. Sign in again.'),
    );
  }
  return null;
}

/** Why the last sign-in failed, or else why there is no session. */
export function authError({ session, signInError }: Snapshot): Error | null {
  if (signInError) return remember(signInError, () => toKeyfobError(SignInError, signInError));
  return sessionError(session);
}

function remember(cause: Session | KeyfobErrorPayload, create: () => AccessTokenError | SignInError): Error {
  const error = ERRORS.get(cause) ?? create();
  ERRORS.set(cause, error);
  return error;
}
