import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useAuth } from 'tauri-plugin-keyfob-api/react';
import { onAccountChange } from './account';
import { getJson, isRetryable } from './api';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 3 && isRetryable(error),
      staleTime: 60_000,
      // Whether there is a network is found out in Rust, which knows of more than `navigator.onLine`.
      networkMode: 'always',
    },
  },
});

onAccountChange(() => queryClient.clear());

/** What the signed-in account gets from a URL. */
export function useApi<T>(url: string) {
  const { account, isSignedIn } = useAuth();
  return useQuery({
    queryKey: [account?.id, url],
    queryFn: ({ signal }) => getJson<T>(url, { signal }),
    enabled: isSignedIn,
  });
}

function ProfileName() {
  const { data, error } = useApi<{ name: string }>('/profile');
  return <p data-testid="name">{error ? error.message : data?.name}</p>;
}

export default function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <ProfileName />
    </QueryClientProvider>
  );
}
