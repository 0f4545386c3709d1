import type { SessionEvent } from 'tauri-plugin-keyfob-api';
import { LANES, type Lane, NATURES } from './event';
import { gathered, type Span } from './life';

/** The chart's measures, in pixels. */
export const GUTTER = 64;
export const MARGIN = 12;
export const TOP = 20;
export const PLOT_HEIGHT = 148;
export const BOTTOM = TOP + PLOT_HEIGHT;
export const LANE_HEIGHT = 34;
export const LANES_TOP = BOTTOM + 12;
export const AXIS = LANES_TOP + LANES.length * LANE_HEIGHT;
export const HEIGHT = AXIS + 24;
export const MARKER_RADIUS = 11;

/** Markers are no nearer to each other. */
const DISTANCE = 2 * MARKER_RADIUS + 3;

/** Where a moment is, in pixels from the left. */
export type TimeScale = (at: number) => number;

export function timeScale({ from, to }: Span, width: number): TimeScale {
  const room = Math.max(width - GUTTER - MARGIN, 1);
  return (at) => GUTTER + ((at - from) / (to - from)) * room;
}

/** Events of one lane that would lie on each other. */
export interface Marker {
  readonly key: string;
  readonly lane: Lane;
  readonly events: readonly SessionEvent[];
  readonly x: number;
  readonly y: number;
}

/**
 * All markers of a span, in the order of time. They are made from the first event on, whether or not it is shown: as time
 * passes a marker leaves at the left, and the others stay as they are.
 */
export function markersOf(events: readonly SessionEvent[], span: Span, width: number): Marker[] {
  const scale = timeScale(span, width);
  const ordered = events.map((event, index) => ({ event, index })).sort((a, b) => a.event.at - b.event.at);
  return LANES.flatMap((lane, row) => {
    const own = ordered.filter(({ event }) => NATURES[event.kind].lane === lane);
    const y = LANES_TOP + (row + 0.5) * LANE_HEIGHT;
    return gathered(own, ({ event }) => scale(event.at), DISTANCE).flatMap((group): Marker[] => {
      const first = group[0];
      if (!first || first.event.at < span.from || first.event.at > span.to) return [];
      const key = `${first.event.at} ${first.index}`;
      return [{ key, lane, events: group.map(({ event }) => event), x: scale(first.event.at), y }];
    });
  }).sort((a, b) => a.x - b.x || a.y - b.y);
}

/** The one that a key of the arrows goes to from another. */
export function neighbour(markers: readonly Marker[], from: number, key: string): number | null {
  const last = markers.length - 1;
  switch (key) {
    case 'ArrowRight':
      return Math.min(from + 1, last);
    case 'ArrowLeft':
      return Math.max(from - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'ArrowUp':
    case 'ArrowDown':
      return nearestInLane(markers, from, key === 'ArrowUp' ? -1 : 1);
    default:
      return null;
  }
}

/** In the next lane of that direction that has any. */
function nearestInLane(markers: readonly Marker[], from: number, direction: number): number {
  const here = markers[from];
  if (!here) return from;
  const beyond = markers
    .map((marker, index) => ({
      index,
      rows: (marker.y - here.y) * direction,
      away: Math.abs(marker.x - here.x),
    }))
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => a.rows - b.rows || a.away - b.away);
  return beyond[0]?.index ?? from;
}
