import { useSyncExternalStore } from 'react';
import { type Snapshot, sessionStore } from '../session.js';
import { tokenStore } from '../token-store.js';
import type { TokenView } from '../token-view.js';
import { useBeginning } from './KeyfobProvider.js';

/** What `select` makes of the session. It has to give the same value as long as that didn't change. */
export function useSessionStore<T>(hook: string, select: (snapshot: Snapshot) => T): T {
  const beginning = useBeginning(hook);
  return useSyncExternalStore(
    sessionStore.subscribe,
    () => select(sessionStore.getSnapshot()),
    () => select(beginning.snapshot),
  );
}

/** What `select` makes of the token, under the same condition. */
export function useTokenStore<T>(hook: string, select: (view: TokenView) => T): T {
  const beginning = useBeginning(hook);
  return useSyncExternalStore(
    tokenStore.subscribe,
    () => select(tokenStore.getSnapshot()),
    () => select(beginning.token),
  );
}
