import { useAccessToken } from 'tauri-plugin-keyfob-api/react';
import { NOTES_API } from '../apis';

export default function GetAccessToken() {
  const { getAccessToken } = useAccessToken();

  async function call() {
    try {
      const token = await getAccessToken();
      if (!token) throw new Error('Nobody is signed in');
      const response = await fetch(`${NOTES_API}/data`, { headers: { Authorization: `Bearer ${token}` } });
      console.log('The API says:', response.status);
    } catch (error) {
      console.error('The call failed:', error);
    }
  }

  return (
    <button type="button" onClick={call}>
      Call the API
    </button>
  );
}
