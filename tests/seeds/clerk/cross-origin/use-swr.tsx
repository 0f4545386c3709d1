import useSWR from 'swr';
import { useAuth } from 'tauri-plugin-keyfob-api/react';
import { ORDERS_API, ORDERS_AUDIENCE } from '../../apis';

/** The token is asked for by the fetcher: a hook that awaits one first is no longer part of a render when it calls SWR's. */
function useAuthenticatedSWR(url: string) {
  const { getToken } = useAuth();

  const fetcher = async (...args: [RequestInfo]) => {
    const token = await getToken({ audience: ORDERS_AUDIENCE });
    return fetch(...args, { headers: { Authorization: `Bearer ${token}` } }).then((res) => res.json());
  };

  return useSWR(url, fetcher);
}

export default function Orders() {
  const { data } = useAuthenticatedSWR(`${ORDERS_API}/orders`);
  return <p data-testid="answer">{JSON.stringify(data)}</p>;
}
