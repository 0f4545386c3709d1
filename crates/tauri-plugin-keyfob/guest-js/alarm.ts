import { type Moment, secondsSince } from './moment.js';

/** Timers stand still while the machine sleeps, so no single wait is longer: after each, the clocks are read again. */
const LONGEST_WAIT_S = 60;

/** Rings once, some seconds after a moment, by whichever clock gets there first. */
export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Replaces the time that was set before. */
  set(since: Moment, seconds: number): void {
    this.clear();
    const left = seconds - secondsSince(since);
    const wait = Math.min(Math.max(left, 0), LONGEST_WAIT_S);
    this.#timer = setTimeout(() => {
      if (secondsSince(since) < seconds) this.set(since, seconds);
      else this.#ring();
    }, wait * 1000);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
