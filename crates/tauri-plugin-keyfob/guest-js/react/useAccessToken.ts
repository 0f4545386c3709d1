import { useMemo, useSyncExternalStore } from 'react';
import { useStores } from './KeyfobProvider.js';
import type { TokenStore, TokenView } from './token-store.js';

/** The access token, and the ways to get another. */
export interface AccessToken extends TokenView {
  readonly refresh: TokenStore['refresh'];
  readonly getAccessToken: TokenStore['getAccessToken'];
}

/**
 * The access token of whoever is signed in, kept fresh in the background while this component is there.
 * `refresh` and `getAccessToken` are the same functions on every render.
 */
export function useAccessToken(): AccessToken {
  const { token } = useStores('useAccessToken');
  const view = useSyncExternalStore(token.subscribe, token.getSnapshot, token.getServerSnapshot);
  return useMemo(
    () => ({ ...view, refresh: token.refresh, getAccessToken: token.getAccessToken }),
    [view, token],
  );
}
