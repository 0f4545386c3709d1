import { getAccessToken } from 'tauri-plugin-keyfob-api';
import { NOTES_API, ORDERS_API } from '../apis';

export async function fetchFromBoth() {
  const notesToken = await getAccessToken({ audience: 'urn:keyfob:notes' });
  const ordersToken = await getAccessToken({ audience: 'urn:keyfob:orders' });

  const profile = await fetch(`${NOTES_API}/profile`, { headers: { Authorization: `Bearer ${notesToken}` } });
  const orders = await fetch(`${ORDERS_API}/orders`, { headers: { Authorization: `Bearer ${ordersToken}` } });
  return { profile: await profile.json(), orders: await orders.json() };
}
