import { useState } from 'react';
import { useAccessToken } from 'tauri-plugin-keyfob-api/react';

export default function TokenManager() {
  const { accessToken, refresh, loading } = useAccessToken();
  const [renewing, setRenewing] = useState(false);

  async function renew() {
    setRenewing(true);
    try {
      await refresh();
      console.log('Renewed');
    } catch (error) {
      console.error('Not renewed:', error);
    } finally {
      setRenewing(false);
    }
  }

  return (
    <div>
      <p data-testid="token">{accessToken?.substring(0, 20)}…</p>
      <button type="button" onClick={renew} disabled={loading || renewing}>
        {renewing ? 'Renewing…' : 'Renew'}
      </button>
    </div>
  );
}
