// @ts-check
// More links than anybody would click, from a process that may call the app as the desktop does.
import { spawn } from 'node:child_process';
import { Figure, Outcome } from '../check.mjs';
import { residentMemory } from '../memory.mjs';
import { unsolicitedCallbacks } from './callbacks.mjs';
import { Pending } from './pending.mjs';

const SEED = 2_000_60;
const LINKS = 2000;
const PROCESSES = 200;
/** Milliseconds. */
const WITHIN = 60_000;
/** MiB. */
const GROWTH = 30;

/** @type {import('../check.mjs').Check} */
export const flood = {
  id: 'redirect-flood',
  target:
    '2,000 deep links in 60 s through the single-instance D-Bus method and 200 as processes: alive, RSS growth at most 30 MiB, the pending sign-in completes',
  guard: 'a genuine callback among them, and a process that grows measured in place of the app',
  nFull: LINKS + PROCESSES,
  async body(run) {
    const pending = await Pending.open();
    const glutton = run.sabotaged ? startGlutton() : undefined;
    try {
      const { origin } = pending.world.issuer;
      // What the app allocates once, at the first link, is no growth.
      for (const link of unsolicitedCallbacks(20, origin, SEED + 1)) pending.open(link);
      await pending.settled();
      const links = unsolicitedCallbacks(run.of(LINKS), origin, SEED);
      if (glutton) links.splice(links.length / 2, 0, await pending.answer());
      const meter = new Meter(glutton?.pid ?? pending.world.app.pid);
      glutton?.stdin?.write('eat');
      const answered = pending.bus.returned + links.length;
      const took = await openAtRate(pending, links, run.of(LINKS));
      await pending.bus.answers(answered);
      const refused = await openByProcess(pending, unsolicitedCallbacks(run.of(PROCESSES), origin, SEED + 2));
      await pending.settled();
      const growth = meter.stop();
      const alive = await pending.world.app.invoke('get_session').then(
        () => true,
        () => false,
      );
      return new Outcome(links.length + run.of(PROCESSES), [
        Figure.atMost(run.of(WITHIN) / 1000 + 5, Math.round(took / 100) / 10, 's for the links by D-Bus'),
        Figure.none(pending.bus.failed + refused, 'links refused'),
        Figure.none(pending.panics(), 'panics'),
        Figure.exactly(1, alive ? 1 : 0, 'app alive'),
        Figure.atMost(GROWTH, Math.round(growth * 10) / 10, 'MiB of growth'),
        Figure.exactly(1, (await pending.complete()) ? 1 : 0, 'sign-ins completed'),
      ]);
    } finally {
      glutton?.kill();
      await pending.close();
    }
  },
};

/**
 * Evenly, as many in a minute as the full form has.
 * @param {Pending} pending
 * @param {string[]} links
 * @param {number} planned
 * @returns {Promise<number>} milliseconds
 */
async function openAtRate(pending, links, planned) {
  const every = WITHIN / LINKS;
  const start = performance.now();
  for (const [index, link] of links.entries()) {
    const early = start + Math.min(index, planned) * every - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    pending.open(link);
  }
  return performance.now() - start;
}

/**
 * @param {Pending} pending
 * @param {string[]} links
 * @returns {Promise<number>} how many were not taken
 */
async function openByProcess(pending, links) {
  let refused = 0;
  const rest = links.values();
  const lane = async () => {
    for (const link of rest) {
      const { exitCode } = await pending.secondProcess([link]);
      if (exitCode !== 0) refused += 1;
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return refused;
}

/** The most that a process grows. */
class Meter {
  #pid;
  #before;
  #most = 0;
  #timer;

  /** @param {number} pid */
  constructor(pid) {
    this.#pid = pid;
    this.#before = residentMemory(pid);
    this.#timer = setInterval(() => this.#look(), 200);
  }

  /** MiB */
  stop() {
    clearInterval(this.#timer);
    this.#look();
    return this.#most;
  }

  #look() {
    this.#most = Math.max(this.#most, residentMemory(this.#pid) - this.#before);
  }
}

/** Takes 64 MiB when it is told to. */
function startGlutton() {
  const script = 'process.stdin.once("data", () => (global.eaten = Buffer.alloc(64 * 1024 * 1024, 1)))';
  return spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'ignore', 'inherit'] });
}
