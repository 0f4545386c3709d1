import { useState } from 'react';
import { useAccessToken } from 'tauri-plugin-keyfob-api/react';
import { NOTES_API } from '../apis';

export default function ApiCall() {
  const { accessToken, loading, getAccessToken } = useAccessToken();
  const [answer, setAnswer] = useState('');

  async function call() {
    const token = await getAccessToken();
    const response = await fetch(`${NOTES_API}/data`, { headers: { Authorization: `Bearer ${token}` } });
    return response.json();
  }

  return (
    <>
      <p data-testid="state">{loading ? 'loading' : accessToken ? 'has a token' : 'has none'}</p>
      <button type="button" onClick={async () => setAnswer(JSON.stringify(await call()))}>
        Call the API
      </button>
      <p data-testid="answer">{answer}</p>
    </>
  );
}
