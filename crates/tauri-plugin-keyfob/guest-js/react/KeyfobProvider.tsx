import { createContext, type ReactNode, useContext, useState } from 'react';
import { type Session, type Snapshot, sessionStore } from '../session.js';
import { type TokenView, viewOf } from '../token-view.js';

/** What there is before the engine has said anything: on a server, and at the first render of what it rendered. */
export interface Beginning {
  snapshot: Snapshot;
  token: TokenView;
}

const KeyfobContext = createContext<Beginning | null>(null);

/** What {@link KeyfobProvider} takes. */
export interface KeyfobProviderProps {
  /** The app. */
  children?: ReactNode;
  /**
   * Who is signed in, as far as is known before the window asks: what `getSession()` gave, or what the page was rendered
   * with. It is shown from the first render on, until the engine says what is true.
   */
  initialSession?: Session | Snapshot | undefined;
}

/** Gives every component below it the session and the token of this window. Put it around the whole app. */
export function KeyfobProvider({ children, initialSession }: KeyfobProviderProps) {
  const [beginning] = useState(() => begin(initialSession));
  return <KeyfobContext.Provider value={beginning}>{children}</KeyfobContext.Provider>;
}

function begin(initial: Session | Snapshot = { status: 'loading' }): Beginning {
  const session = 'session' in initial ? initial.session : initial;
  // A server renders for many: nothing of one render may be left to the next.
  if (typeof window !== 'undefined') sessionStore.begin(session);
  const snapshot = { generation: -1, session, signIn: null, signInError: null };
  return { snapshot, token: viewOf(session) };
}

/** What there was at first, for the hook or component of that name. */
export function useBeginning(name: string): Beginning {
  const beginning = useContext(KeyfobContext);
  if (!beginning) throw new Error(`${name} must be used below <KeyfobProvider>.`);
  return beginning;
}
