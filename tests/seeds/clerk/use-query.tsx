import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useAuth } from 'tauri-plugin-keyfob-api/react';
import { NOTES_API } from '../apis';

const client = new QueryClient();

const queryKeys = {
  profile: ['profile'] as const,
};

interface Profile {
  id: string;
  name: string;
}

function useProfileQuery() {
  const { getToken } = useAuth();

  return useQuery({
    queryKey: queryKeys.profile,
    queryFn: async (): Promise<Profile> => {
      const token = await getToken();
      const response = await fetch(`${NOTES_API}/profile`, {
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      });
      if (!response.ok) throw new Error(`The API says ${response.status} ${response.statusText}`);
      return (await response.json()) as Profile;
    },
    retry: 2,
    staleTime: 5 * 60 * 1000,
  });
}

function ProfileName() {
  const { data, isLoading, error } = useProfileQuery();
  if (isLoading) return <p data-testid="answer">One moment</p>;
  if (error) return <p data-testid="answer">No profile: {error.message}</p>;
  if (!data) return null;
  return <p data-testid="answer">{data.name}</p>;
}

export default function Page() {
  return (
    <QueryClientProvider client={client}>
      <ProfileName />
    </QueryClientProvider>
  );
}
