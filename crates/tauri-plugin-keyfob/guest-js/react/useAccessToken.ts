import { useMemo } from 'react';
import type { TokenGetter } from '../token.js';
import { tokenStore } from '../token-store.js';
import type { TokenView } from '../token-view.js';
import { useTokenStore } from './use-store.js';

/** The access token, and the ways to get another. */
export interface AccessToken extends TokenView {
  /**
   * Renews the token at the provider, whatever life it has left. Resolves `undefined` if nobody is signed in; if it
   * fails it rejects, and the token that is there stays.
   */
  readonly refresh: TokenGetter<undefined>;
  /** A token that is valid now; `undefined` if nobody is signed in. */
  readonly getAccessToken: TokenGetter<undefined>;
}

const FUNCTIONS = { refresh: tokenStore.refresh, getAccessToken: tokenStore.getAccessToken };

/**
 * The access token of whoever is signed in, kept fresh in the background while this component is there.
 * `refresh` and `getAccessToken` are the same functions on every render.
 */
export function useAccessToken(): AccessToken {
  const view = useTokenStore('useAccessToken()', (it) => it);
  return useMemo(() => ({ ...view, ...FUNCTIONS }), [view]);
}
