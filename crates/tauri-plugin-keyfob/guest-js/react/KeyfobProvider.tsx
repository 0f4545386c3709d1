import { createContext, type ReactNode, useContext } from 'react';
import { type SessionStore, sessionStore } from '../session.js';
import { type TokenStore, tokenStore } from './token-store.js';

interface Stores {
  session: SessionStore;
  token: TokenStore;
}

const STORES: Stores = { session: sessionStore, token: tokenStore };

const KeyfobContext = createContext<Stores | null>(null);

/** Gives every component below it the session and the token of this window. Put it around the whole app. */
export function KeyfobProvider({ children }: { children: ReactNode }) {
  return <KeyfobContext.Provider value={STORES}>{children}</KeyfobContext.Provider>;
}

/** The stores, for the hook of that name. */
export function useStores(hook: string): Stores {
  const stores = useContext(KeyfobContext);
  if (!stores) throw new Error(`${hook}() must be called below <KeyfobProvider>.`);
  return stores;
}
