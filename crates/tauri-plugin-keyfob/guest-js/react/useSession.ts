import { useSyncExternalStore } from 'react';
import type { Snapshot } from '../session.js';
import { useStores } from './KeyfobProvider.js';

/** The snapshot as the engine sent it: the session, the sign-in under way, and why the last one failed. */
export function useSession(): Snapshot {
  const { session } = useStores('useSession');
  return useSyncExternalStore(session.subscribe, session.getSnapshot, session.getServerSnapshot);
}
