import axios from 'axios';
import { createAuthenticatedFetch, refresh } from 'tauri-plugin-keyfob-api';
import { originOf } from '../apis';

const instance = axios.create({
  baseURL: originOf('urn:keyfob:legacy'),
  headers: { 'Content-Type': 'application/json' },
  adapter: 'fetch',
  env: { fetch: createAuthenticatedFetch(), Request: null as never },
});

declare module 'axios' {
  interface InternalAxiosRequestConfig {
    retried?: boolean;
  }
}

let fired = 0;

instance.interceptors.response.use(
  (response) => response,
  async (error) => {
    const original = error.config;
    if (error.response?.status === 403 && !original.retried) {
      original.retried = true;
      fired += 1;
      await refresh();
      return instance(original);
    }
    return Promise.reject(error);
  },
);

export async function get(url: string) {
  const { status, data } = await instance.get(url);
  return { status, data };
}

/** How often the interceptor had something to do. The request that failed is sent again in Rust: it never has. */
export function timesFired(): number {
  return fired;
}
