import { type AccountInfo, removeAccount, signOut, switchAccount } from 'tauri-plugin-keyfob-api';

/** Signs the current account out. Where others are signed in the window goes on with one of them. */
export async function signOutHere(accounts: readonly AccountInfo[]): Promise<void> {
  const current = accounts.find((account) => account.current);
  const next = accounts.find((account) => !account.current);
  if (!current || !next) return signOut();
  await switchAccount(next.account.id);
  await removeAccount(current.account.id);
}
