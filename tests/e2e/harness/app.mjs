// @ts-check
// Keyfob itself: started as its own process, seen and clicked through WebDriver.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from './built.mjs';
import { waitForElement, waitForText } from './page.mjs';
import { freePort, listens } from './ports.mjs';
import { until } from './processes.mjs';
import { WebDriver } from './webdriver.mjs';

export const BINARY = built('keyfob-desktop');
const SCHEME = 'dev.keyfob.desktop';

/** @typedef {import('./desktop.mjs').Desktop} Desktop */

export class App {
  /** What all its processes so far have printed. @type {string[]} */
  lines = [];
  #desktop;
  #env;
  /** @type {import('./processes.mjs').Process | undefined} */
  #process;
  /** @type {WebDriver | undefined} */
  #driver;
  #handler;

  /**
   * @param {Desktop} desktop
   * @param {object} config what the file named in KEYFOB_CONFIG says
   * @param {Record<string, string>} [env]
   * @param {string} [binary] another host in its place
   */
  constructor(desktop, config, env = {}, binary = BINARY) {
    const file = join(desktop.directory, 'keyfob.json');
    writeFileSync(file, JSON.stringify(config));
    this.#desktop = desktop;
    this.binary = binary;
    this.#env = {
      // Let WebDriver in.
      TAURI_AUTOMATION: 'true',
      TAURI_WEBVIEW_AUTOMATION: 'true',
      KEYFOB_CONFIG: file,
      KEYFOB_LOG: 'info',
      ...env,
    };
    this.#handler = new LinkHandler(desktop, binary);
  }

  /**
   * Makes the app the one that opens its links, as its package does.
   * @param {{ logged: boolean }} options
   */
  async install({ logged }) {
    await this.#handler.install(logged);
  }

  /** The window that was opened first. */
  get window() {
    return this.#webdriver.window;
  }

  /**
   * Another window, by its label.
   * @param {string} label
   */
  windowOf(label) {
    return this.#webdriver.windowOf(label);
  }

  /** @param {Record<string, string>} [env] */
  async start(env = {}) {
    const inspector = await freePort();
    const child = this.#desktop.spawn(this.binary, [], {
      env: { ...this.#env, ...env, WEBKIT_INSPECTOR_SERVER: `127.0.0.1:${inspector}` },
    });
    this.#process = child;
    this.lines.push(`-- the app, process ${child.pid}`);
    child.onLine((line) => this.lines.push(line));
    await this.#attach(inspector);
  }

  /**
   * A further process of the app, as the desktop starts one for a link.
   * @param {string[]} args
   */
  spawn(args) {
    return this.#desktop.spawn(this.binary, args, { env: this.#env });
  }

  /** The id of the running process that {@link start} has started. */
  get pid() {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('the app does not run');
    return pid;
  }

  /** Whether the process that {@link start} has started is over. */
  get hasEnded() {
    return this.#process?.exitCode !== null;
  }

  /** Takes over the instance that the desktop has started for a link. */
  async attachToColdStart() {
    await this.#attach(this.#handler.inspector);
  }

  async quit() {
    await this.#driver?.detach();
    await this.#process?.stop();
    await this.#desktop.end(this.binary);
    this.lines.push(...this.#handler.takeLines());
    this.#driver = undefined;
    this.#process = undefined;
  }

  /** @param {Record<string, string>} [env] */
  async restart(env) {
    await this.quit();
    await this.start(env);
  }

  /**
   * Waits until this screen shows.
   * @param {string} name
   * @returns {Promise<number>} when it did, or was asked for, in milliseconds since 1970
   */
  async screen(name) {
    try {
      return await this.window.run(waitForElement, `main[data-screen="${name}"]`);
    } catch (error) {
      const shown = await this.window.run(() => document.querySelector('main')?.textContent);
      throw new Error(`no screen "${name}"; the window shows:\n${shown}`, { cause: error });
    }
  }

  /**
   * Clicks an element, once it is there and not busy.
   * @param {string} testId
   */
  async click(testId) {
    await this.window.click(await this.idle(testId));
  }

  /**
   * Types into a field, in the place of what stands there.
   * @param {string} testId
   * @param {string} text
   */
  async fill(testId, text) {
    await this.click(testId);
    await this.window.run((id) => {
      const field = document.querySelector(`input[data-testid="${id}"]`);
      if (field instanceof HTMLInputElement) field.select();
    }, testId);
    await this.window.type(text);
  }

  /**
   * Waits until an element is there, and what it started is done.
   * @param {string} testId
   */
  async idle(testId) {
    const selector = `[data-testid="${testId}"]:not([aria-disabled="true"])`;
    await this.window.run(waitForElement, selector);
    return selector;
  }

  /**
   * The text of an element, once it is there and holds `part`.
   * @param {string} testId
   * @param {string} [part]
   */
  text(testId, part = '') {
    return this.window.run(waitForText, testId, part);
  }

  /** The code of the error that is shown. */
  async errorCode() {
    await this.text('error');
    return this.window.run(() => document.querySelector('[data-testid="error"]')?.getAttribute('data-code'));
  }

  /**
   * Calls a command of the plugin as the window's own script does.
   * @param {string} command
   * @param {object} [args]
   * @returns {Promise<any>}
   */
  invoke(command, args = {}) {
    return this.window.run(
      (name, parameters) => /** @type {any} */ (window).__TAURI_INTERNALS__.invoke(name, parameters),
      `plugin:keyfob|${command}`,
      args,
    );
  }

  /**
   * Calls one of the app's own commands as the window's own script does.
   * @param {string} name
   * @param {object} [args]
   * @returns {Promise<any>}
   */
  command(name, args = {}) {
    return this.window.run(
      (it, parameters) => /** @type {any} */ (window).__TAURI_INTERNALS__.invoke(it, parameters),
      name,
      args,
    );
  }

  /**
   * An authenticated request, as the package's `fetch` sends it.
   * @param {string} url
   * @returns {Promise<{ status: number, outcome: string, body: string }>}
   */
  fetch(url) {
    return this.window.run(fetchThroughEngine, url);
  }

  /**
   * Closes a window, as a person does; in the host of `tests/window`, whose first window may.
   * @param {string} label
   */
  closeWindow(label) {
    return this.window.run(
      (it) => /** @type {any} */ (window).__TAURI_INTERNALS__.invoke('plugin:window|close', { label: it }),
      label,
    );
  }

  get #webdriver() {
    if (!this.#driver) throw new Error('the app does not run');
    return this.#driver;
  }

  /** @param {number} inspector */
  async #attach(inspector) {
    await until('the app to answer', () => listens(inspector), 20_000);
    this.#driver = await WebDriver.attach(this.#desktop, await freePort(), inspector);
    // A page that is still being replaced has no answer yet.
    const isLoaded = () =>
      this.window.run(() => document.querySelector('main, [data-keyfob]') !== null).catch(() => false);
    await until('the app to load its page', isLoaded);
  }
}

/**
 * Runs in the page.
 * @param {string} url
 */
async function fetchThroughEngine(url) {
  const { invoke } = /** @type {any} */ (window).__TAURI_INTERNALS__;
  const id = Math.floor(Math.random() * 2 ** 40);
  const head = JSON.stringify({ id, url, method: 'GET', headers: [], redirect: 'follow' });
  const options = { headers: { 'keyfob-request': head } };
  const frame = await invoke('plugin:keyfob|fetch', new Uint8Array(), options);
  const length = new DataView(frame).getUint32(0);
  const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);
  const answer = JSON.parse(text(new Uint8Array(frame, 4, length)));
  return { status: answer.status, outcome: answer.outcome, body: text(new Uint8Array(frame, 4 + length)) };
}

/** The desktop's way to open a link with the app, so that a window that it starts can be watched. */
class LinkHandler {
  inspector = 0;
  #desktop;
  #binary;
  #log;

  /**
   * @param {Desktop} desktop
   * @param {string} binary
   */
  constructor(desktop, binary) {
    this.#desktop = desktop;
    this.#binary = binary;
    this.#log = join(desktop.directory, 'link-handler.log');
  }

  /** @param {boolean} logged by a script that keeps what the app prints, and so for an app that isn't the handler itself */
  async install(logged) {
    this.inspector = await freePort();
    const app = `env WEBKIT_INSPECTOR_SERVER=127.0.0.1:${this.inspector} "${this.#binary}"`;
    await this.#desktop.installApplication(SCHEME, `${logged ? this.#script(app) : app} %u`, [SCHEME]);
  }

  takeLines() {
    if (!existsSync(this.#log)) return [];
    const lines = readFileSync(this.#log, 'utf8').split('\n');
    writeFileSync(this.#log, '');
    return lines;
  }

  /** @param {string} command */
  #script(command) {
    const script = join(this.#desktop.directory, 'open-link');
    writeFileSync(script, `#!/bin/sh\nexec ${command} "$@" >> "${this.#log}" 2>&1\n`, { mode: 0o755 });
    return `"${script}"`;
  }
}
