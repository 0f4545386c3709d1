import { getAccessToken } from 'tauri-plugin-keyfob-api';

export async function describeToken() {
  const response = await getAccessToken({ includeFullResponse: true });

  console.log(response.token);
  console.log(response.expires_at);
  console.log(response.expires_in);
  console.log(response.scope);
  console.log(response.token_type);
  return response;
}
