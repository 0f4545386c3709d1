import { commands, type SignInOptions, type SignOutOptions, type Submission } from './bindings.js';
import { call } from './call.js';
import { SignInError } from './errors.js';
import { type Session, sessionStore } from './session.js';

/**
 * Signs a person in through their own browser. Settles always: with the session, or with an error whose code may
 * be `cancelled`, `superseded`, `timeout`, `access_denied` and others.
 *
 * @param options - `prompt: 'create'` is sign-up. What an error carries as `signIn` can be given as it is.
 * @throws {SignInError}
 */
export async function signIn(options?: SignInOptions | null): Promise<Session> {
  const session = await call(SignInError, () => commands.signIn(options ?? {}));
  await sessionStore.catchUp();
  return session;
}

/** Gives up every sign-in that is under way. The session stays as it is. */
export async function cancelSignIn(): Promise<void> {
  await call(SignInError, () => commands.cancelSignIn());
}

/**
 * Signs all accounts out: on this device at once, at the provider as well with `everywhere`. When it settles, no token is
 * left in this window. `removeAccount()` signs one out alone.
 *
 * @throws {SignInError} `keychain_unavailable` and others: the person is signed out all the same.
 */
export async function signOut(options: SignOutOptions = {}): Promise<void> {
  try {
    await call(SignInError, () => commands.signOut(options));
  } finally {
    await sessionStore.catchUp();
  }
}

/** The address of the sign-in that is under way, for a browser of the person's choice. */
export function getAuthorizationUrl(): Promise<string> {
  return call(SignInError, () => commands.getAuthorizationUrl());
}

/** Opens the browser once more for the sign-in that is under way. */
export async function openAuthorizationUrl(): Promise<void> {
  await call(SignInError, () => commands.openAuthorizationUrl());
}

/**
 * Takes the address of the browser's last page, which a person has copied because the browser didn't come back. Only
 * `accepted` changes anything: the sign-in goes on then, and ends as every other does.
 */
export function submitCallback(address: string): Promise<Submission> {
  return call(SignInError, () => commands.submitCallback(address));
}
