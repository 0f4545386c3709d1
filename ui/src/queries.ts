import { QueryClient } from '@tanstack/react-query';
import type { KeyfobError } from 'tauri-plugin-keyfob-api';

declare module '@tanstack/react-query' {
  interface Register {
    /** Whatever is asked is asked of the engine. */
    defaultError: KeyfobError;
  }
}

/** What is asked lies on this machine: asking again at once changes nothing, and being offline doesn't matter. */
export function queries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, networkMode: 'always', refetchOnWindowFocus: true },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}
