import { getAccessToken } from 'tauri-plugin-keyfob-api';

export async function typeOfToken() {
  const { token, token_type } = await getAccessToken({ includeFullResponse: true });
  console.log(token_type);
  return { token, token_type };
}
