import { useState } from 'react';
import { useAuth } from 'tauri-plugin-keyfob-api/react';
import { NOTES_API } from '../apis';

async function useFetch() {
  const { getToken } = useAuth();
  const token = await getToken();

  return async (...args: [RequestInfo | URL]) =>
    fetch(...args, { headers: { Authorization: `Bearer ${token}` } }).then((res) => res.json());
}

export default function Profile() {
  const fetching = useFetch();
  const [answer, setAnswer] = useState('');

  async function load() {
    const authenticated = await fetching;
    setAnswer(JSON.stringify(await authenticated(`${NOTES_API}/profile`)));
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
