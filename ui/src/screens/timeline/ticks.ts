import type { Span } from './life';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps that people count in, in seconds. */
const STEPS = [
  1,
  2,
  5,
  10,
  15,
  30,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
];

/** Where an axis has its lines, and how far they are apart. */
export interface Ticks {
  readonly step: number;
  readonly at: readonly number[];
}

/** The finest step that makes at most so many parts of a length. */
export function stepFor(length: number, most: number): number {
  const fitting = STEPS.find((step) => length / step <= most);
  const weeks = Math.ceil(length / Math.max(most, 1) / (7 * DAY));
  return fitting ?? weeks * 7 * DAY;
}

/**
 * Full minutes, hours or days within a span, by the clock on the wall.
 * @param offset of the wall's clock from UTC, in seconds.
 */
export function timeTicks({ from, to }: Span, most: number, offset: number): Ticks {
  const step = stepFor(to - from, most);
  const first = Math.ceil((from + offset) / step) * step - offset;
  return { step, at: series(first, to, step) };
}

/** From nothing up to a full step that is no less than `longest`. */
export function durationTicks(longest: number, most: number): Ticks {
  const step = stepFor(Math.max(longest, 1), most);
  return { step, at: series(0, Math.ceil(Math.max(longest, 1) / step) * step, step) };
}

function series(first: number, last: number, step: number): number[] {
  const count = Math.max(Math.floor((last - first) / step) + 1, 0);
  return Array.from({ length: count }, (_, index) => first + index * step);
}

/** The wall's clock at a moment, by its distance from UTC in seconds. */
export function wallOffset(at: number): number {
  return -new Date(at * 1000).getTimezoneOffset() * MINUTE;
}

/** A time of the axis, as finely as its step wants it. */
export function tickLabel(at: number, step: number, language: string): string {
  const fields: Intl.DateTimeFormatOptions =
    step >= DAY
      ? { day: 'numeric', month: 'short' }
      : { hour: '2-digit', minute: '2-digit', ...(step < MINUTE && { second: '2-digit' }) };
  return new Intl.DateTimeFormat(language, fields).format(at * 1000);
}

/** A length of time in one unit: "45 sec", "5 min", "2 hr", "3 days". */
export function lengthLabel(seconds: number, language: string): string {
  const [value, unit] = inUnit(seconds);
  const options: Intl.NumberFormatOptions = {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  };
  return new Intl.NumberFormat(language, options).format(value);
}

function inUnit(seconds: number): [number, string] {
  if (seconds >= DAY) return [seconds / DAY, 'day'];
  if (seconds >= HOUR) return [seconds / HOUR, 'hour'];
  if (seconds >= MINUTE) return [seconds / MINUTE, 'minute'];
  return [seconds, 'second'];
}
