import axios from 'axios';
import { createAuthenticatedFetch, isKeyfobError } from 'tauri-plugin-keyfob-api';
import { onAccountChange } from './account';

/** Statuses after which the same request may succeed later (RFC 9110, section 15). */
const PASSING = [408, 429, 502, 503, 504];

/** Requests for the account that is signed in. */
export function createApi(baseURL: string) {
  // Without `Request`: WebKit reads no form with files out of one, and relative addresses would be the window's own.
  const env = { fetch: createAuthenticatedFetch(), Request: null as never };
  const api = axios.create({ baseURL, adapter: 'fetch', env });

  // Axios keeps no answers, but one that is under way must not arrive at the next account.
  let account = new AbortController();
  onAccountChange(() => {
    account.abort();
    account = new AbortController();
  });
  api.interceptors.request.use((config) => ({ signal: account.signal, ...config }));
  return api;
}

/** Whether the same request may succeed later, with nobody doing anything. */
export function isRetryable(error: unknown): boolean {
  if (!axios.isAxiosError(error)) return false;
  if (isKeyfobError(error.cause)) return error.cause.retryable;
  return error.response !== undefined && PASSING.includes(error.response.status);
}
