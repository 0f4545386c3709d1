import { useMemo } from 'react';
import { type AuthenticatedFetchOptions, createAuthenticatedFetch } from '../fetch.js';
import { useBeginning } from './KeyfobProvider.js';

/**
 * A `fetch` whose requests carry the access token, attached by the engine: the window never sees it. It is the same
 * function for as long as the options are equal.
 */
export function useAuthenticatedFetch(options: AuthenticatedFetchOptions = {}): typeof fetch {
  useBeginning('useAuthenticatedFetch()');
  const { audience, scope } = options;
  // A `URL` that was made anew is another object, and the same address.
  const baseUrl = options.baseUrl?.toString();
  return useMemo(() => createAuthenticatedFetch({ audience, scope, baseUrl }), [audience, scope, baseUrl]);
}
