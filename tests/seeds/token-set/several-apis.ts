import { getAccessToken, getSession } from 'tauri-plugin-keyfob-api';

export async function GET() {
  const { session } = await getSession();
  if (session.status !== 'signed_in') {
    return Response.json({ error: 'Nobody is signed in' }, { status: 401 });
  }
  const notes = await getAccessToken({ audience: 'urn:keyfob:notes', includeFullResponse: true });
  const orders = await getAccessToken({ audience: 'urn:keyfob:orders', includeFullResponse: true });
  return Response.json({
    notes: { audience: notes.audience, expiresAt: notes.expiresAt },
    orders: { audience: orders.audience, expiresAt: orders.expiresAt },
  });
}
