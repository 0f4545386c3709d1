import type { ReactNode } from 'react';
import type { Snapshot } from '../session.js';
import { useSessionStore } from './use-store.js';

/** What is shown in one state of the session, and in no other. */
export interface GateProps {
  /** Rendered in that state. */
  children?: ReactNode;
}

/** Shows its children while somebody is signed in. */
export function SignedIn({ children }: GateProps): ReactNode {
  return useSessionStore('<SignedIn>', isSignedIn) ? children : null;
}

/** Shows its children while it is certain that nobody is signed in. */
export function SignedOut({ children }: GateProps): ReactNode {
  return useSessionStore('<SignedOut>', isSignedOut) ? children : null;
}

/** Shows its children until it is known whether somebody is signed in. */
export function SessionLoading({ children }: GateProps): ReactNode {
  return useSessionStore('<SessionLoading>', isLoading) ? children : null;
}

const isSignedIn = ({ session }: Snapshot) => session.status === 'signed_in';
const isLoading = ({ session }: Snapshot) => session.status === 'loading';
const isSignedOut = (snapshot: Snapshot) => !isSignedIn(snapshot) && !isLoading(snapshot);
