// @ts-check
// Sign-ins as people make them: a click, Chromium, the provider's pages, and the way back.

import { enterPassword, refuse, signInAs } from '../../e2e/harness/person.mjs';
import { World } from '../../e2e/harness/world.mjs';
import { Figure, Outcome } from '../check.mjs';

const EACH = 100;
const WAYS = /** @type {const} */ (['deepLink', 'loopback']);
const LOOPBACK = /^http:\/\/127\.0\.0\.1:\d+\/callback/u;
/** Seconds. */
const P95 = 1;

/** @type {import('../check.mjs').Check} */
export const browser = {
  id: 'redirect-browser',
  target:
    '100 sign-ins by deep link and 100 by loopback through Chromium: 200 of 200 succeed; callback to signed_in p95 at most 1 s',
  guard: 'a person who refuses',
  nFull: EACH * WAYS.length,
  async body(run) {
    /** @type {string[]} */
    const failures = [];
    /** @type {number[]} */
    const times = [];
    /** @type {number[]} */
    const journeys = [];
    for (const redirect of WAYS) {
      const world = await World.open({ redirect });
      try {
        const person = await Person.sitDown(world);
        for (let number = 0; number < run.of(EACH); number += 1) {
          try {
            const { journey, time } = await person.signInAndOut(run.sabotaged && number === 0);
            journeys.push(journey);
            times.push(time);
          } catch (error) {
            failures.push(`${redirect} ${number}: ${error instanceof Error ? error.message : error}`);
            await world.picture(`redirect-browser ${redirect} ${number}`);
            await world.app.restart();
          }
        }
      } finally {
        await world.close();
      }
    }
    const n = run.of(EACH) * WAYS.length;
    return new Outcome(
      n,
      [
        Figure.exactly(n, times.length, 'sign-ins'),
        Figure.atMost(P95, seconds(percentile(times, 0.95)), 's from the callback, p95'),
      ],
      [
        `with the way from the provider to the app: p95 ${seconds(percentile(journeys, 0.95))} s`,
        ...failures,
      ],
    );
  },
};

class Person {
  #world;
  #links;
  /** @type {import('playwright-core').Page | undefined} */
  #tab;

  /**
   * @param {World} world
   * @param {Links} links
   */
  constructor(world, links) {
    this.#world = world;
    this.#links = links;
  }

  /** @param {World} world */
  static async sitDown(world) {
    const links = await Links.watch(world.desktop);
    await world.app.start();
    return new Person(world, links);
  }

  /**
   * @param {boolean} refuses
   * @returns {Promise<{ journey: number, time: number }>} milliseconds to when the window said who is signed in: since
   * the provider sent the browser back, and since the callback was at the app
   */
  async signInAndOut(refuses) {
    const tab = await this.#world.startSignIn();
    // Only now: without any tab the browser would end.
    await this.#tab?.close();
    this.#tab = tab;
    let calledBackAt = 0;
    tab.on('request', (request) => {
      if (LOOPBACK.test(request.url())) calledBackAt = Date.now();
    });
    if (refuses) {
      await enterPassword(tab, 'ada');
      await refuse(tab);
      await this.#world.app.screen('signed-out');
      throw new Error('the person refused');
    }
    const [signedInAt] = await Promise.all([this.#world.app.screen('signed-in'), signInAs(tab, 'ada')]);
    await this.#world.signOut();
    return {
      journey: signedInAt - this.#world.provider.control.authorizedAt,
      time: signedInAt - (calledBackAt || this.#links.lastAt),
    };
  }
}

/** The links that reach the app, seen on the bus. */
class Links {
  /** When the last one did, in milliseconds since 1970. */
  lastAt = 0;

  /** @param {import('../../e2e/harness/desktop.mjs').Desktop} desktop */
  static async watch(desktop) {
    const links = new Links();
    const monitor = desktop.spawn('dbus-monitor', ['--profile', "interface='org.SingleInstance.DBus'"]);
    // It says its own name first, once it listens.
    await monitor.line(/NameAcquired|^#type/u);
    monitor.onLine((line) => {
      const [, time] = /^mc\t([\d.]+)\t.*ExecuteCallback$/u.exec(line) ?? [];
      if (time) links.lastAt = Number(time) * 1000;
    });
    return links;
  }
}

/**
 * @param {number[]} values
 * @param {number} share
 */
function percentile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

/** @param {number} milliseconds */
function seconds(milliseconds) {
  return Math.round(milliseconds) / 1000;
}
