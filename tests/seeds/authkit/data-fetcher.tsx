import { useState } from 'react';
import { useAccessToken } from 'tauri-plugin-keyfob-api/react';
import { NOTES_API } from '../apis';

export default function DataFetcher() {
  const { getAccessToken, loading } = useAccessToken();
  const [profile, setProfile] = useState<unknown>(null);

  async function load() {
    const token = await getAccessToken();
    if (!token) return;
    const response = await fetch(`${NOTES_API}/profile`, { headers: { Authorization: `Bearer ${token}` } });
    setProfile(await response.json());
  }

  return (
    <div>
      <button type="button" onClick={load} disabled={loading}>
        Load the profile
      </button>
      {profile !== null && <pre data-testid="answer">{JSON.stringify(profile, null, 2)}</pre>}
    </div>
  );
}
