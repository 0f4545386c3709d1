import type { EventKind, SessionEvent } from 'tauri-plugin-keyfob-api';

/** What an event is about, each a row of the chart. */
export const LANES = ['session', 'token', 'device'] as const;

export type Lane = (typeof LANES)[number];

/** How an event is to be taken. */
export type Tone = 'good' | 'calm' | 'warn' | 'bad';

interface Nature {
  readonly lane: Lane;
  readonly tone: Tone;
}

/** Of every kind, so that a new one of the engine's can't be forgotten here. */
export const NATURES: Readonly<Record<EventKind, Nature>> = {
  restored: { lane: 'session', tone: 'good' },
  sign_in_started: { lane: 'session', tone: 'calm' },
  signed_in: { lane: 'session', tone: 'good' },
  sign_in_failed: { lane: 'session', tone: 'bad' },
  signed_out: { lane: 'session', tone: 'calm' },
  account_switched: { lane: 'session', tone: 'calm' },
  account_removed: { lane: 'session', tone: 'calm' },
  session_ended: { lane: 'session', tone: 'bad' },
  session_followed: { lane: 'session', tone: 'calm' },
  refreshed: { lane: 'token', tone: 'good' },
  refresh_failed: { lane: 'token', tone: 'bad' },
  replayed: { lane: 'token', tone: 'warn' },
  storage_degraded: { lane: 'device', tone: 'warn' },
  storage_recovered: { lane: 'device', tone: 'good' },
  deep_link_unavailable: { lane: 'device', tone: 'warn' },
  network_changed: { lane: 'device', tone: 'calm' },
  woke_up: { lane: 'device', tone: 'calm' },
  clock_changed: { lane: 'device', tone: 'warn' },
  went_offline: { lane: 'device', tone: 'warn' },
  came_online: { lane: 'device', tone: 'good' },
};

const SEVERITY: Readonly<Record<Tone, number>> = { good: 0, calm: 0, warn: 1, bad: 2 };

/** The one that somebody has to know of first; the latest of equals. */
export function gravest(events: readonly SessionEvent[]): SessionEvent | undefined {
  const severity = (event: SessionEvent) => SEVERITY[NATURES[event.kind].tone];
  return events.reduce<SessionEvent | undefined>(
    (worst, event) => (worst && severity(worst) > severity(event) ? worst : event),
    undefined,
  );
}
