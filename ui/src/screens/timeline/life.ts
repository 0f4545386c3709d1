import type { EventKind, SessionEvent } from 'tauri-plugin-keyfob-api';
import { stepFor } from './ticks';

/** A stretch of time, in seconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** For how long one access token was the present one and valid. */
export interface Life extends Span {
  readonly expiresAt: number;
}

/** What is known besides the events. */
export interface Present {
  readonly now: number;
  /** The sign-in's own audience, if it has a name: an event may name it or not. */
  readonly ownAudience: string | null;
}

/** After these another session is the present one, or none. */
const REPLACE_SESSION: ReadonlySet<EventKind> = new Set([
  'restored',
  'signed_in',
  'signed_out',
  'session_ended',
  'session_followed',
  'account_switched',
]);

/** The lives of the sign-in's own access tokens, one after the other. */
export function livesOf(events: readonly SessionEvent[], { now, ownAudience }: Present): Life[] {
  const lives: Life[] = [];
  let live: Omit<Life, 'to'> | null = null;
  const end = (at: number) => {
    if (live && Math.min(at, live.expiresAt) > live.from) {
      lives.push({ ...live, to: Math.min(at, live.expiresAt) });
    }
    live = null;
  };
  for (const { at, kind, audience, expiresAt } of events) {
    const isOwn = audience === null || audience === ownAudience;
    if (!REPLACE_SESSION.has(kind) && !(kind === 'refreshed' && isOwn)) continue;
    end(at);
    if (expiresAt !== null) live = { from: at, expiresAt };
  }
  end(now);
  return lives;
}

/** When the provider couldn't be reached for a session; until now, if it still can't. */
export function offlineSpans(events: readonly SessionEvent[], now: number): Span[] {
  const spans: Span[] = [];
  let from: number | null = null;
  for (const { at, kind } of events) {
    if (kind === 'went_offline') from ??= at;
    if (from === null || !(kind === 'came_online' || REPLACE_SESSION.has(kind))) continue;
    spans.push({ from, to: Math.max(from, at) });
    from = null;
  }
  if (from !== null && now > from) spans.push({ from, to: now });
  return spans;
}

/** How much of the time the chart shows. */
export const RANGES = ['tenMinutes', 'hour', 'all'] as const;

export type Range = (typeof RANGES)[number];

const SECONDS = { tenMinutes: 600, hour: 3600 };
/** An app that has just started has a past of at least this, in seconds. */
const SHORTEST = 60;
/** All of the past grows in steps, so many in all at most, so that the chart doesn't move with every second. */
const STEPS_OF_ALL = 12;
/** What is shown of the future, as a share of the past. */
const FUTURE = 0.12;

/** From when to when a range is, with a little of what is to come. */
export function spanOf(range: Range, events: readonly SessionEvent[], now: number): Span {
  const past = range === 'all' ? sinceFirst(events, now) : SECONDS[range];
  return { from: now - past, to: now + Math.ceil(past * FUTURE) };
}

function sinceFirst(events: readonly SessionEvent[], now: number): number {
  const first = events.reduce((first, { at }) => Math.min(first, at), now);
  const past = Math.max((now - first) * 1.03, SHORTEST);
  const step = stepFor(past, STEPS_OF_ALL);
  return Math.ceil(past / step) * step;
}

/** The events of a span, in the order of the clock: it may have been set back between two. */
export function within<T extends { readonly at: number }>(events: readonly T[], { from, to }: Span): T[] {
  return events.filter(({ at }) => at >= from && at <= to).sort((a, b) => a.at - b.at);
}

/** The part of each span that lies within another one. */
export function clipped<T extends Span>(spans: readonly T[], { from, to }: Span): T[] {
  return spans
    .filter((span) => span.to > from && span.from < to)
    .map((span) => ({ ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) }));
}

/** Things that would lie on each other, together; `positions` run upwards. */
export function gathered<T>(things: readonly T[], position: (thing: T) => number, distance: number): T[][] {
  const groups: T[][] = [];
  let start = Number.NEGATIVE_INFINITY;
  for (const thing of things) {
    const at = position(thing);
    if (at - start < distance) {
      groups.at(-1)?.push(thing);
    } else {
      groups.push([thing]);
      start = at;
    }
  }
  return groups;
}
