import { dpopProof, getAccessToken } from 'tauri-plugin-keyfob-api';

const LIVE = 'https://api.example.com/live';

/** A WebSocket can't carry headers: the token, and the proof of one that is bound, are its first message. */
export async function openSocket(): Promise<WebSocket> {
  const { token, token_type } = await getAccessToken({ includeFullResponse: true });
  const proof = token_type === 'DPoP' ? await dpopProof({ url: LIVE, method: 'GET', token }) : null;
  const socket = new WebSocket(LIVE.replace('https:', 'wss:'));
  socket.onopen = () => socket.send(JSON.stringify({ token, proof }));
  return socket;
}
