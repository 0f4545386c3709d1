import { type AccountInfo, commands } from './bindings.js';
import { call } from './call.js';
import { AccountError } from './errors.js';
import { type Session, sessionStore } from './session.js';

/**
 * Everybody who has signed in and not out, in the order of their first sign-in. One of them may be `current`: the one
 * that tokens are given for. Another is added by signing in once more.
 *
 * @throws {AccountError} `keychain_locked`, `keychain_unavailable` and others.
 */
export function listAccounts(): Promise<AccountInfo[]> {
  return call(AccountError, () => commands.listAccounts());
}

/**
 * Makes another account the current one, in every window; the one before stays signed in.
 *
 * @param id - the account's `account.id`.
 * @throws {AccountError} `account_not_found`, and as {@link listAccounts}.
 */
export async function switchAccount(id: string): Promise<Session> {
  const session = await call(AccountError, () => commands.switchAccount(id));
  await sessionStore.catchUp();
  return session;
}

/**
 * Signs one account out; the others stay. Without a current account nobody is signed in until one is chosen. The
 * permission `keyfob:accounts` allows it.
 *
 * @param id - the account's `account.id`.
 * @throws {AccountError} `account_not_found`, and as {@link listAccounts}.
 */
export async function removeAccount(id: string): Promise<void> {
  await call(AccountError, () => commands.removeAccount(id));
  await sessionStore.catchUp();
}
