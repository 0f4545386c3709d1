import { getAccessToken } from 'tauri-plugin-keyfob-api';
import { NOTES_API } from '../apis';

export async function callApi() {
  const token = await getAccessToken();
  const response = await fetch(`${NOTES_API}/data`, { headers: { Authorization: `Bearer ${token}` } });
  return response.json();
}
