import { getAccessToken, getSession } from 'tauri-plugin-keyfob-api';

const BUFFER = 60;

export async function isTokenExpired(): Promise<boolean> {
  const { session } = await getSession();
  if (session.status !== 'signed_in') return true;
  if (session.expiresAt === null) return false;
  return session.expiresAt <= Math.floor(Date.now() / 1000) + BUFFER;
}

export async function getValidToken(): Promise<string> {
  if (await isTokenExpired()) {
    const { token } = await getAccessToken({ refresh: true, includeFullResponse: true });
    return token;
  }
  return getAccessToken();
}
