import { useMemo, useSyncExternalStore } from 'react';
import type { AccessTokenOptions, Account, User } from '../bindings.js';
import type { Session, Snapshot } from '../session.js';
import { cancelSignIn, signIn, signOut } from '../sign-in.js';
import { useStores } from './KeyfobProvider.js';
import { authError } from './session-error.js';
import type { TokenStore } from './token-store.js';

/** Who is signed in, and what can be done about it. */
export interface Auth {
  /** As the session's, and `signing_in` while a sign-in is under way and nobody is signed in. */
  readonly status: Session['status'] | 'signing_in';
  /** False until it is known whether somebody is signed in. */
  readonly isLoaded: boolean;
  readonly isSignedIn: boolean;
  readonly loading: boolean;
  /** Present when signed in, and when the same person has to sign in again. */
  readonly user: User | null;
  readonly account: Account | null;
  /** Why the last sign-in failed, or else why there is no session. */
  readonly error: Error | null;
  /** The provider couldn't be reached when it was last tried. */
  readonly offline: boolean;
  /** The keychain didn't take the renewed session: closing the app now may cost it. It is tried again. */
  readonly storageDegraded: boolean;
  readonly signIn: typeof signIn;
  readonly cancelSignIn: typeof cancelSignIn;
  readonly signOut: typeof signOut;
  /** A token that is valid now; `undefined` if nobody is signed in. */
  readonly getAccessToken: (options?: AccessTokenOptions) => Promise<string | undefined>;
  /** A token that is valid now; `null` if nobody is signed in. */
  readonly getToken: (options?: AccessTokenOptions) => Promise<string | null>;
}

/** The session of this window. The functions it gives are the same ones on every render. */
export function useAuth(): Auth {
  const { session, token } = useStores('useAuth');
  const snapshot = useSyncExternalStore(session.subscribe, session.getSnapshot, session.getServerSnapshot);
  const functions = useMemo(() => functionsOf(token), [token]);
  return useMemo(() => ({ ...describe(snapshot), ...functions }), [snapshot, functions]);
}

function describe(snapshot: Snapshot) {
  const { session, signIn: pending } = snapshot;
  const isSignedIn = session.status === 'signed_in';
  const isLoaded = session.status !== 'loading';
  const isKnown = 'user' in session;
  return {
    status: pending && isLoaded && !isSignedIn ? ('signing_in' as const) : session.status,
    isLoaded,
    isSignedIn,
    loading: !isLoaded,
    user: isKnown ? session.user : null,
    account: isKnown ? session.account : null,
    error: authError(snapshot),
    offline: isSignedIn && session.offline,
    storageDegraded: isSignedIn && session.storageDegraded,
  };
}

function functionsOf(token: TokenStore) {
  const { getAccessToken } = token;
  const getToken = async (options?: AccessTokenOptions) => (await getAccessToken(options)) ?? null;
  return { signIn, cancelSignIn, signOut, getAccessToken, getToken };
}
