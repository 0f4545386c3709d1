import { useMemo } from 'react';
import { decodeClaims } from './claims.js';
import { useTokenStore } from './use-store.js';

/**
 * The claims of the access token, as far as it has any that can be read: `{}` if there is no token, or an opaque one.
 * Nobody has verified them, so they are for display and never to be trusted; an API that gets the token has to.
 *
 * @typeParam T - the claims that the provider is known to put into its tokens.
 */
export function useTokenClaims<T extends object = Record<string, unknown>>(): Partial<T> {
  const token = useTokenStore('useTokenClaims()', ({ accessToken }) => accessToken);
  return useMemo(() => decodeClaims<T>(token), [token]);
}
