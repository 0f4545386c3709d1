/** A point in time by both of the window's clocks. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** This very moment. */
export function now(): Moment {
  return { wall: Date.now(), monotonic: performance.now() };
}

/**
 * Seconds since then, by the clock that says more: the wall clock may be set back, and the monotonic one may have
 * stood still while the machine slept.
 */
export function secondsSince({ wall, monotonic }: Moment): number {
  return Math.max(Date.now() - wall, performance.now() - monotonic) / 1000;
}
