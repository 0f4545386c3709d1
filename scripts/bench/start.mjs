// @ts-check
// From the start of the process until the window can be used and says who is signed in, beside the same of a Tauri app
// that does nothing (src-tauri/examples/blank.rs).
//
// How it is measured:
// - Both programs are those of the release profile, with the same window, on the same headless desktop, in the same run.
//   They take turns, so that whatever else the machine does meets all of them, after starts that are not counted.
// - The clock is the system's. It is read right before the process is forked, so what the kernel needs to load the program
//   counts. (The start that the kernel itself writes down in /proc counts in hundredths of a second.)
// - Nobody looks while it lasts: no WebDriver, no inspector that is connected, no line that is printed. The page's own
//   timeline keeps what happened, and is read after a pause, when the window has been at rest for long. A start whose
//   moments lie in the time of reading would be one that was disturbed: it ends the run.
// - `page`: WebKit begins to load the page. What is before it is native: the process, Tauri, plugins, the webview.
// - `paint`: the first contentful paint (Paint Timing). Keyfob shows nothing of a session that it doesn't know yet.
// - `usable`: the mark `usable`, which a page sets after the frame in which it first shows who is signed in (Keyfob,
//   ui/src/hooks/useStartMark.ts) or runs its one line of script (blank).
// - `wait`: from `paint` to `usable`, for how long a window is seen that can't be used.
// - Signed in means: a session of a real provider in a real keychain (gnome-keyring), from which it is restored.
// - The switch that lets WebDriver in later is on for all of them. Files are warm: it is the second start of the day.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../tests/e2e/harness/ports.mjs';
import { until } from '../../tests/e2e/harness/processes.mjs';
import { WebDriver } from '../../tests/e2e/harness/webdriver.mjs';
import { configurationFor, World } from '../../tests/e2e/harness/world.mjs';
import { buildPages } from '../build.mjs';
import { ROOT } from '../project.mjs';
import { Problem, perform, say } from '../terminal.mjs';

const RELEASE = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'release');
const KEYFOB = join(RELEASE, 'keyfob-desktop');
const BLANK = join(RELEASE, 'examples/blank');
const PROFILE = 'rotate-strict';

const WARM_UPS = 2;
/** Many times what a start takes. */
const REST_MS = 3000;

/** In the order of time, and then what lies between two of them. */
const FIGURES = /** @type {const} */ (['page', 'paint', 'usable', 'wait']);

/** @typedef {import('../../tests/e2e/harness/desktop.mjs').Desktop} Desktop */
/** @typedef {typeof FIGURES[number]} Figure */
/** @typedef {Record<Figure, number>} Times milliseconds since the process was started; those of `wait` since the first paint */
/** @typedef {{ name: string, start: () => Promise<Times> }} Contender */

/** @param {{ starts: number }} options */
export async function start({ starts }) {
  await buildForRelease();
  const signedOut = await World.open({ profile: PROFILE, binary: KEYFOB });
  const signedIn = await World.open({ profile: PROFILE, binary: KEYFOB });
  try {
    await signIn(signedIn);
    const contenders = [
      { name: 'blank', start: () => timesOf(signedOut.desktop, BLANK) },
      { name: 'Keyfob, signed out', start: () => timesOf(signedOut.desktop, KEYFOB, configured(signedOut)) },
      { name: 'Keyfob, signed in', start: () => timesOf(signedIn.desktop, KEYFOB, configured(signedIn)) },
    ];
    const times = await takeTurns(contenders, starts);
    const result = summaryOf(times);
    say(tableOf(result, starts));
    return { starts, warmUps: WARM_UPS, unit: 'milliseconds since the start of the process', result, times };
  } finally {
    await signedOut.close();
    await signedIn.close();
  }
}

async function buildForRelease() {
  await buildPages();
  const programs = ['--bin', 'keyfob-desktop', '--example', 'blank'];
  await perform('cargo', ['build', '--release', '--features', 'custom-protocol', ...programs], { cwd: ROOT });
}

/**
 * Somebody signs in, and the app and the browser are closed.
 * @param {World} world
 */
async function signIn(world) {
  await world.app.start();
  await world.app.screen('signed-out');
  await world.signIn('ada');
  await world.app.quit();
  await world.browser.close();
  await world.desktop.end();
}

/**
 * @param {Contender[]} contenders
 * @param {number} starts
 */
async function takeTurns(contenders, starts) {
  /** @type {Record<string, Times[]>} */
  const times = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (let turn = -WARM_UPS; turn < starts; turn += 1) {
    for (const { name, start } of contenders) {
      const taken = await start();
      if (turn >= 0) times[name].push(taken);
    }
  }
  return times;
}

/**
 * @param {World} world
 * @returns {Record<string, string>}
 */
function configured({ desktop, provider, issuer }) {
  const file = join(desktop.directory, 'start.json');
  writeFileSync(file, JSON.stringify(configurationFor(provider, issuer.origin, 'deepLink')));
  return { KEYFOB_CONFIG: file };
}

/**
 * @param {Desktop} desktop
 * @param {string} program
 * @param {Record<string, string>} [env]
 * @returns {Promise<Times>}
 */
async function timesOf(desktop, program, env = {}) {
  const inspector = await freePort();
  const automation = { TAURI_AUTOMATION: 'true', TAURI_WEBVIEW_AUTOMATION: 'true' };
  const before = performance.timeOrigin + performance.now();
  const child = desktop.spawn(program, [], {
    env: { ...env, ...automation, WEBKIT_INSPECTOR_SERVER: `127.0.0.1:${inspector}` },
  });
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const looked = Date.now();
  const driver = await WebDriver.attach(desktop, await freePort(), inspector);
  try {
    // A page whose session takes longer than the pause is waited for, to say so.
    const found = await until('the mark of the page', () => driver.window.run(moments));
    if (found.usable > looked) throw new Problem(`${program} was not done in ${REST_MS} ms.`);
    return {
      page: found.page - before,
      paint: found.paint - before,
      usable: found.usable - before,
      wait: found.usable - found.paint,
    };
  } finally {
    await driver.detach();
    await child.stop();
  }
}

/** Runs in the page: what its timeline says, in milliseconds since 1970. */
function moments() {
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  const [usable] = performance.getEntriesByName('usable');
  if (!paint || !usable) return undefined;
  const { timeOrigin } = performance;
  return { page: timeOrigin, paint: timeOrigin + paint.startTime, usable: timeOrigin + usable.startTime };
}

/** @param {Record<string, Times[]>} times */
function summaryOf(times) {
  const base = Object.values(times)[0];
  return Object.fromEntries(
    Object.entries(times).map(([name, all]) => [
      name,
      Object.fromEntries(
        FIGURES.map((figure) => {
          const of = (/** @type {Times[]} */ list) => list.map((taken) => taken[figure]);
          const median = quantile(of(all), 0.5);
          return [figure, { median, p95: quantile(of(all), 0.95), more: median - quantile(of(base), 0.5) }];
        }),
      ),
    ]),
  );
}

/**
 * @param {ReturnType<typeof summaryOf>} summary
 * @param {number} starts
 */
function tableOf(summary, starts) {
  const rows = Object.entries(summary).flatMap(([name, figures]) =>
    Object.entries(figures).map(([figure, { median, p95, more }]) =>
      [name.padEnd(20), figure.padEnd(8), ...[median, p95, more].map((ms) => ms.toFixed(0).padStart(8))].join(
        ' ',
      ),
    ),
  );
  const head = ['program'.padEnd(20), 'figure  ', '  median', '     p95', '  more'].join(' ');
  return [
    `${starts} starts each, in ms since the process was started (wait: since the first paint); more: than the blank one`,
    head,
    ...rows,
  ].join('\n');
}

/**
 * The value that this part of all is not above (nearest rank).
 * @param {number[]} values
 * @param {number} part
 */
function quantile(values, part) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(Math.ceil(sorted.length * part) - 1, 0)];
}
