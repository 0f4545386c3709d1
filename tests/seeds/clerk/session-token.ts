import { getAccessToken } from 'tauri-plugin-keyfob-api';
import { NOTES_API } from '../apis';

export async function loadProfile() {
  return fetch(`${NOTES_API}/profile`, {
    headers: { Authorization: `Bearer ${await getAccessToken()}` },
  }).then((res) => res.json());
}
