import { getAccessToken } from 'tauri-plugin-keyfob-api';

export async function tokenToReadAndWrite() {
  const token = await getAccessToken({ scope: 'notes:read notes:write' });
  return token;
}
