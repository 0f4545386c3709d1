import { getAccessToken } from 'tauri-plugin-keyfob-api';

export async function tokenForOrders() {
  const token = await getAccessToken({ audience: 'urn:keyfob:orders' });
  return token;
}
