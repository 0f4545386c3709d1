import { AccessTokenError, getAccessToken } from 'tauri-plugin-keyfob-api';

export async function tryToGetToken() {
  try {
    const token = await getAccessToken();
    return token;
  } catch (error) {
    if (error instanceof AccessTokenError) {
      console.error('No token:', error.code, error.message);
    } else {
      console.error('Something else:', error);
    }
    return null;
  }
}
