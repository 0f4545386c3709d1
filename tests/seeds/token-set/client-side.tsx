import { getAccessToken } from 'tauri-plugin-keyfob-api';
import { NOTES_API } from '../apis';

export default function ApiClient() {
  async function call() {
    try {
      const { token } = await getAccessToken({ includeFullResponse: true });
      const response = await fetch(`${NOTES_API}/data`, { headers: { Authorization: `Bearer ${token}` } });
      console.log('The API says:', JSON.stringify(await response.json()));
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
