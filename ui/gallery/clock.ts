/** A clock that stands still: pictures of what depends on the time are the same whenever they are taken. */

/** Waits of this length and longer are for {@link pass} to end: what they time is a state of its own. */
const LONG_MS = 1000;

const started = Date.UTC(2026, 4, 18, 9, 41);
const RealDate = Date;
const startTimer = window.setTimeout.bind(window);
const stopTimer = window.clearTimeout.bind(window);
const startInterval = window.setInterval.bind(window);

interface Wait {
  due: number;
  /** Of what happens again and again. */
  period?: number;
  run(): void;
}

let passed = 0;
let lastWait = 0;
/** By numbers below zero, which no timer of the window's own has. */
const waits = new Map<number, Wait>();

/** Now, in seconds since the epoch. */
export function now(): number {
  return Math.floor((started + passed) / 1000);
}

/** Lets time pass at once, and what waited for it happen. */
export function pass(milliseconds: number): void {
  passed += milliseconds;
  for (const [id, wait] of waits) {
    if (wait.due > passed) continue;
    if (wait.period === undefined) waits.delete(id);
    else wait.due = passed + wait.period;
    wait.run();
  }
}

class StandingDate extends RealDate {
  constructor(...values: unknown[]) {
    super(...((values.length > 0 ? values : [started + passed]) as [number]));
  }

  static override now(): number {
    return started + passed;
  }
}

function wait(handler: TimerHandler, milliseconds = 0, ...values: unknown[]): number {
  if (milliseconds < LONG_MS) return startTimer(handler, milliseconds, ...values);
  lastWait -= 1;
  waits.set(lastWait, { due: passed + milliseconds, run: () => startTimer(handler, 0, ...values) });
  return lastWait;
}

function repeat(handler: TimerHandler, milliseconds = 0, ...values: unknown[]): number {
  if (milliseconds < LONG_MS) return startInterval(handler, milliseconds, ...values);
  lastWait -= 1;
  const run = () => startTimer(handler, 0, ...values);
  waits.set(lastWait, { due: passed + milliseconds, period: milliseconds, run });
  return lastWait;
}

/** One for both kinds, as in any window. */
function stopWaiting(id?: number): void {
  if (id !== undefined && !waits.delete(id)) stopTimer(id);
}

Object.assign(window, {
  Date: StandingDate,
  setTimeout: wait,
  clearTimeout: stopWaiting,
  setInterval: repeat,
  clearInterval: stopWaiting,
});
performance.now = () => passed;
