// @ts-check
// The gallery's window, in one theme and one width: an example host of src-tauri/examples with the pages of ui/gallery.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from '../../tests/e2e/harness/app.mjs';
import { built } from '../../tests/e2e/harness/built.mjs';
import { Desktop } from '../../tests/e2e/harness/desktop.mjs';
import { waitForElement } from '../../tests/e2e/harness/page.mjs';
import { until } from '../../tests/e2e/harness/processes.mjs';
import { KEYS } from '../../tests/e2e/harness/webdriver.mjs';

/** Dates and languages that a machine has of its own would show in the pictures. */
const ENVIRONMENT = { TZ: 'UTC', LANG: 'en_US.UTF-8', LC_ALL: '', LANGUAGE: 'en' };
/** Where the pointer lies beside everything. */
const CORNER = { x: 0, y: 0 };
/** After the first. */
const MOST_PICTURES = 5;

/**
 * @typedef {object} State as ui/gallery/states.ts has it
 * @property {string} name
 * @property {boolean} narrow
 * @property {any[]} steps
 * @property {string} shows
 */

export class Gallery {
  #desktop;
  #app;

  /**
   * @param {Desktop} desktop
   * @param {App} app
   */
  constructor(desktop, app) {
    this.#desktop = desktop;
    this.#app = app;
  }

  /** @param {{ theme: string, width: number }} look */
  static async open({ theme, width }) {
    const desktop = await Desktop.open();
    stopMotion(desktop);
    const env = { ...ENVIRONMENT, GALLERY_THEME: theme, GALLERY_WIDTH: String(width) };
    const app = new App(desktop, {}, env, built('examples/gallery'));
    await app.start();
    return new Gallery(desktop, app);
  }

  get window() {
    return this.#app.window;
  }

  /** @returns {Promise<State[]>} */
  states() {
    return this.window.run(() => /** @type {any} */ (window).gallery.states);
  }

  /**
   * Shows a state, in a page that has shown no other.
   * @param {State} state
   * @param {string} language
   */
  async show({ name, steps, shows }, language) {
    const address = `${name}/${language}`;
    await this.window.point(CORNER);
    await this.window.run((hash) => history.replaceState(null, '', `#${hash}`), address);
    await this.window.reload();
    const isThere = () =>
      this.window
        .run(() => /** @type {any} */ (window).gallery?.shown)
        .then(
          (shown) => shown === address,
          () => false,
        );
    await until(`the page of ${address}`, isThere);
    for (const step of steps) {
      // What still comes would move an element from under the pointer, or hear a key too late.
      await this.window.run(untilStill);
      await this.#take(step);
    }
    await this.window.run(waitForElement, shows);
    await this.window.run(untilStill);
  }

  /**
   * As it stays: of two in a row that are alike. WebKitGTK may draw a line in another size of its font first, and nothing
   * but the next picture tells.
   */
  async picture() {
    let picture = await this.window.picture();
    for (let more = 0; more < MOST_PICTURES; more += 1) {
      const before = picture;
      picture = await this.window.picture();
      if (picture.equals(before)) return picture;
    }
    throw new Error(`no two of ${MOST_PICTURES + 1} pictures in a row are alike`);
  }

  async close() {
    await this.#app.quit();
    await this.#desktop.close();
  }

  /** @param {any} step as ui/gallery/states.ts has it */
  async #take(step) {
    const { window } = this;
    if (step.passSeconds) {
      await window.run(
        (seconds) => /** @type {any} */ (globalThis).gallery.pass(seconds * 1000),
        step.passSeconds,
      );
      return;
    }
    if (step.press) {
      const keys = /** @type {Record<string, string>} */ (KEYS);
      await window.press(...step.press.split('+').map((/** @type {string} */ key) => keys[key] ?? key));
      return;
    }
    const selector = step.click ?? step.hover ?? step.into ?? step.scrollTo ?? step.await;
    await window.run(waitForElement, selector);
    await window.run(untilStill);
    if (step.scrollTo) await window.run(scrollTo, selector);
    if (step.hover) await window.point(selector);
    if (step.click || step.into) await window.click(selector);
    if (step.type) await window.type(step.type);
  }
}

/** @param {Desktop} desktop */
function stopMotion(desktop) {
  const folder = join(desktop.home, '.config/gtk-3.0');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'settings.ini'), '[Settings]\ngtk-enable-animations=0\n');
}

/**
 * Runs in the page.
 * @param {string} selector
 */
function scrollTo(selector) {
  document.querySelector(selector)?.scrollIntoView({ block: 'end' });
}

/** Runs in the page: until its fonts are there, and nothing has changed or scrolled for a while. */
async function untilStill() {
  await document.fonts.ready;
  await new Promise((resolve) => {
    const done = () => {
      observer.disconnect();
      document.removeEventListener('scroll', wait, true);
      resolve(undefined);
    };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(done, 120);
    };
    wait();
    const observer = new MutationObserver(wait);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    document.addEventListener('scroll', wait, true);
  });
}
