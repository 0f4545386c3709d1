import { getAccessToken } from 'tauri-plugin-keyfob-api';

export async function GET() {
  try {
    const { token, expiresAt, audience } = await getAccessToken({
      audience: 'urn:keyfob:orders',
      scope: 'orders:read',
      includeFullResponse: true,
    });
    return Response.json({ token, expiresAt, audience });
  } catch (error) {
    return Response.json({ error: error instanceof Error ? error.message : String(error) }, { status: 401 });
  }
}
