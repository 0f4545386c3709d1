import { useAccessToken } from 'tauri-plugin-keyfob-api/react';

export default function Refresh() {
  const { refresh } = useAccessToken();

  async function renew() {
    const renewed = await refresh();
    console.log('Renewed:', renewed);
  }

  return (
    <button type="button" onClick={renew}>
      Renew
    </button>
  );
}
