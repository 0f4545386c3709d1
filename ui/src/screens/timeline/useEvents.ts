import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { listEvents } from 'tauri-plugin-keyfob-api';
import { useSession } from 'tauri-plugin-keyfob-api/react';

/** Not everything that happens changes the snapshot: a replay doesn't. */
const LOOK_AGAIN_MS = 5000;

const KEY = ['events'];

/** What happened to the session, the oldest first, and what happens while somebody looks. */
export function useEvents() {
  const client = useQueryClient();
  const snapshot = useSession();
  // biome-ignore lint/correctness/useExhaustiveDependencies(snapshot): each snapshot tells that something may have happened.
  useEffect(() => {
    void client.invalidateQueries({ queryKey: KEY });
  }, [client, snapshot]);
  return useQuery({
    queryKey: KEY,
    queryFn: listEvents,
    refetchInterval: LOOK_AGAIN_MS,
  });
}
