import { onSessionChange, type Session } from 'tauri-plugin-keyfob-api';

/** Calls `listener` whenever the account that APIs are called for is another one, or none any more. */
export function onAccountChange(listener: () => void): () => void {
  let known: string | null | undefined;
  return onSessionChange(({ session }) => {
    if (session.status === 'loading') return;
    const account = accountOf(session);
    if (known !== undefined && known !== account) listener();
    known = account;
  });
}

function accountOf(session: Session): string | null {
  return 'account' in session ? session.account.id : null;
}
