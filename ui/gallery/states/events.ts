import type { EventReason } from 'tauri-plugin-keyfob-api';
import { now } from '../clock';

const NOTES = 'https://notes.example.com';
const ORDERS = 'https://orders.example.com';

/** What happened, so many minutes ago. */
function event(
  minutesAgo: number,
  kind: string,
  audience: string | null = null,
  reason: EventReason | null = null,
  minutesLeft: number | null = null,
) {
  const at = now() - Math.round(minutesAgo * 60);
  return { at, kind, audience, reason, expiresAt: minutesLeft === null ? null : at + minutesLeft * 60 };
}

const failedWith = (code: Extract<EventReason, { type: 'error' }>['code']): EventReason => ({
  type: 'error',
  code,
});

/** A quiet hour: signed in, and renewed in good time. */
export function quietEvents() {
  return [
    event(54, 'sign_in_started'),
    event(53.5, 'signed_in', NOTES, null, 15),
    event(53, 'refreshed', ORDERS, null, 60),
    event(39.5, 'refreshed', NOTES, null, 15),
    event(25.5, 'refreshed', NOTES, null, 15),
    event(11.5, 'refreshed', NOTES, null, 15),
  ];
}

/** An hour with everything in it. */
export function eventfulEvents() {
  return [
    event(58, 'deep_link_unavailable', null, { type: 'deep_link', fault: 'stale' }),
    event(57, 'sign_in_started'),
    event(55, 'sign_in_failed', null, failedWith('access_denied')),
    event(54, 'sign_in_started'),
    event(53.5, 'signed_in', NOTES, null, 15),
    event(53, 'refreshed', ORDERS, null, 60),
    event(39.5, 'refreshed', NOTES, null, 15),
    event(33, 'network_changed'),
    event(32.5, 'went_offline'),
    event(32, 'refresh_failed', NOTES, failedWith('provider_unreachable')),
    event(28, 'came_online'),
    event(27.5, 'refreshed', NOTES, null, 15),
    event(24, 'storage_degraded', null, failedWith('keychain_locked')),
    event(22, 'storage_recovered'),
    event(18, 'woke_up'),
    event(17.8, 'refreshed', NOTES, null, 15),
    event(9, 'replayed', ORDERS),
    event(5, 'clock_changed'),
    event(4, 'refreshed', NOTES, null, 15),
  ];
}
