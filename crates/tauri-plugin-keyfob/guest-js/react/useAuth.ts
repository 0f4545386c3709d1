import type { AccessTokenOptions, Account, User } from '../bindings.js';
import type { Session, Snapshot } from '../session.js';
import { authError } from '../session-error.js';
import { cancelSignIn, signIn, signOut } from '../sign-in.js';
import type { TokenGetter } from '../token.js';
import { tokenStore } from '../token-store.js';
import { useSessionStore } from './use-store.js';

/** Who is signed in, and what can be done about it. */
export interface Auth {
  /** As the session's, and `signing_in` while a sign-in is under way and nobody is signed in. */
  readonly status: Session['status'] | 'signing_in';
  /** False until it is known whether somebody is signed in. */
  readonly isLoaded: boolean;
  readonly isSignedIn: boolean;
  /** The opposite of `isLoaded`. */
  readonly loading: boolean;
  /** Present when signed in, and when the same person has to sign in again. */
  readonly user: User | null;
  /** Of whom, and at which provider. Present when `user` is. */
  readonly account: Account | null;
  /** Why the last sign-in failed, or else why there is no session. */
  readonly error: Error | null;
  /** The provider couldn't be reached when it was last tried. */
  readonly offline: boolean;
  /** The keychain didn't take the renewed session: closing the app now may cost it. It is tried again. */
  readonly storageDegraded: boolean;
  /** Signs a person in through their own browser. */
  readonly signIn: typeof signIn;
  /** Gives up every sign-in that is under way. */
  readonly cancelSignIn: typeof cancelSignIn;
  /** Signs out: on this device at once, at the provider as well with `everywhere`. */
  readonly signOut: typeof signOut;
  /** A token that is valid now; `undefined` if nobody is signed in. */
  readonly getAccessToken: TokenGetter<undefined>;
  /** A token that is valid now; `null` if nobody is signed in. */
  readonly getToken: (options?: AccessTokenOptions) => Promise<string | null>;
}

/**
 * The session of this window. The functions it gives are the same ones on every render, and so is the whole until
 * something of it changes.
 */
export function useAuth(): Auth {
  return useSessionStore('useAuth()', authOf);
}

const FUNCTIONS = {
  signIn,
  cancelSignIn,
  signOut,
  getAccessToken: tokenStore.getAccessToken,
  getToken: async (options?: AccessTokenOptions) => (await tokenStore.getAccessToken(options)) ?? null,
};

let last: Auth | undefined;

/** The same object as for the snapshot before, if only what nobody sees of it here has changed. */
function authOf(snapshot: Snapshot): Auth {
  const auth = describe(snapshot);
  if (!last || !isSameAuth(last, auth)) last = auth;
  return last;
}

function describe(snapshot: Snapshot): Auth {
  const { session, signIn: pending } = snapshot;
  const isSignedIn = session.status === 'signed_in';
  const isLoaded = session.status !== 'loading';
  const { user, account } = 'user' in session ? session : { user: null, account: null };
  return {
    status: pending && isLoaded && !isSignedIn ? 'signing_in' : session.status,
    isLoaded,
    isSignedIn,
    loading: !isLoaded,
    user,
    account,
    error: authError(snapshot),
    offline: isSignedIn && session.offline,
    storageDegraded: isSignedIn && session.storageDegraded,
    ...FUNCTIONS,
  };
}

function isSameAuth(left: Auth, right: Auth): boolean {
  return (Object.keys(left) as (keyof Auth)[]).every((key) => left[key] === right[key]);
}
