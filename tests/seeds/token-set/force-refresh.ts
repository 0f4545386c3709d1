import { getAccessToken, getSession } from 'tauri-plugin-keyfob-api';

export async function POST() {
  const { session } = await getSession();
  if (session.status !== 'signed_in') {
    return Response.json({ error: 'Nobody is signed in' }, { status: 401 });
  }
  const { expiresAt } = await getAccessToken({ refresh: true, includeFullResponse: true });
  return Response.json({
    message: 'Renewed',
    expiresAt: expiresAt && new Date(expiresAt * 1000).toISOString(),
  });
}
