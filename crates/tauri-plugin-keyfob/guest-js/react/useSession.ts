import type { Snapshot } from '../session.js';
import { useSessionStore } from './use-store.js';

/** The snapshot as the engine sent it: the session, the sign-in under way, and why the last one failed. */
export function useSession(): Snapshot {
  return useSessionStore('useSession()', (snapshot) => snapshot);
}
