import type { ReactNode } from 'react';
import useSWR, { SWRConfig } from 'swr';
import { useAuth } from 'tauri-plugin-keyfob-api/react';
import { getJson, isRetryable } from './api';

/** A cache of its own for each account; it goes when the account does. */
export function AccountCache({ children }: { children: ReactNode }) {
  const { account } = useAuth();
  const options = {
    provider: () => new Map(),
    fetcher: (url: string) => getJson(url),
    shouldRetryOnError: isRetryable,
    errorRetryCount: 3,
    errorRetryInterval: 1_000,
  };
  return (
    <SWRConfig key={account?.id} value={options}>
      {children}
    </SWRConfig>
  );
}

/** What the signed-in account gets from a URL. */
export function useApi<T>(url: string) {
  const { isSignedIn } = useAuth();
  return useSWR<T, Error>(isSignedIn ? url : null);
}

function ProfileName() {
  const { data, error } = useApi<{ name: string }>('/profile');
  return <p data-testid="name">{error ? error.message : data?.name}</p>;
}

export default function App() {
  return (
    <AccountCache>
      <ProfileName />
    </AccountCache>
  );
}
