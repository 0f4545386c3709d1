import { useState } from 'react';
import { useAuth } from 'tauri-plugin-keyfob-api/react';
import { ORDERS_API, ORDERS_AUDIENCE } from '../../apis';

async function useFetch() {
  const { getToken } = useAuth();
  const token = await getToken({ audience: ORDERS_AUDIENCE });

  return async (...args: [RequestInfo | URL]) =>
    fetch(...args, { headers: { Authorization: `Bearer ${token}` } }).then((res) => res.json());
}

export default function Orders() {
  const fetching = useFetch();
  const [answer, setAnswer] = useState('');

  async function load() {
    const authenticated = await fetching;
    setAnswer(JSON.stringify(await authenticated(`${ORDERS_API}/orders`)));
  }

  return (
    <>
      <button type="button" onClick={load}>
        Load
      </button>
      <p data-testid="answer">{answer}</p>
    </>
  );
}
