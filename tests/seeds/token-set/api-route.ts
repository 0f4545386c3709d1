import { getAccessToken } from 'tauri-plugin-keyfob-api';
import { NOTES_API } from '../apis';

/** There is no request to take and no response to fill: what the route would send is returned. */
export async function handler() {
  try {
    const { token, expiresAt, scope } = await getAccessToken({ includeFullResponse: true });
    const response = await fetch(`${NOTES_API}/data`, { headers: { Authorization: `Bearer ${token}` } });
    const data = await response.json();
    return Response.json({
      data,
      tokenInfo: { expiresAt: expiresAt && new Date(expiresAt * 1000).toISOString(), scope },
    });
  } catch (error) {
    return Response.json({ error: error instanceof Error ? error.message : String(error) }, { status: 500 });
  }
}
