import { authenticatedFetch } from 'tauri-plugin-keyfob-api';

export function loadProfile() {
  return authenticatedFetch('/profile').then((res) => res.json());
}
