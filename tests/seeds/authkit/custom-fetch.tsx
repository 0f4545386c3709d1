import { useState } from 'react';
import { useAccessToken } from 'tauri-plugin-keyfob-api/react';
import { NOTES_API } from '../apis';

function useOwnFetch() {
  const { getAccessToken } = useAccessToken();

  return async (url: string, options: RequestInit = {}) => {
    const token = await getAccessToken();
    if (!token) throw new Error('Nobody is signed in');
    return fetch(url, { ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } });
  };
}

export default function CustomFetch() {
  const ownFetch = useOwnFetch();
  const [answer, setAnswer] = useState('');

  async function load() {
    const response = await ownFetch(`${NOTES_API}/data`);
    setAnswer(JSON.stringify(await response.json()));
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
