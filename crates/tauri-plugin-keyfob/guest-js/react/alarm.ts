/** Timers stand still while the machine sleeps, so no single wait is longer: after each, the clock is read again. */
const LONGEST_WAIT_MS = 60_000;

/** Rings once at a point in time by the wall clock. */
export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Replaces the time that was set before. */
  set(atMs: number): void {
    this.clear();
    const wait = Math.min(Math.max(atMs - Date.now(), 0), LONGEST_WAIT_MS);
    this.#timer = setTimeout(() => (Date.now() >= atMs ? this.#ring() : this.set(atMs)), wait);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
