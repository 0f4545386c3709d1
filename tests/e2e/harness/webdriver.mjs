// @ts-check
// As much of WebDriver as the tests need, spoken to WebKitWebDriver. (selenium-webdriver always sends a browser name,
// which WebKitGTK refuses for an app that isn't a browser.)
import { writeFileSync } from 'node:fs';
import { until } from './processes.mjs';

const ANSWER_WITHIN = 30_000;

export class WebDriver {
  #base;
  #driver;

  /**
   * @param {string} base
   * @param {import('./processes.mjs').Process} driver
   */
  constructor(base, driver) {
    this.#base = base;
    this.#driver = driver;
  }

  /**
   * Takes over the window of an app that already runs and waits for an inspector at `target`.
   * @param {import('./desktop.mjs').Desktop} desktop
   * @param {number} port
   * @param {number} target
   */
  static async attach(desktop, port, target) {
    const driver = desktop.spawn('WebKitWebDriver', [`--port=${port}`, `--target=127.0.0.1:${target}`]);
    const root = `http://127.0.0.1:${port}`;
    await until('WebKitWebDriver', () =>
      fetch(`${root}/status`).then(
        (answer) => answer.ok,
        () => false,
      ),
    );
    const { sessionId } = await call(root, 'POST', '/session', { capabilities: { alwaysMatch: {} } });
    const webdriver = new WebDriver(`${root}/session/${sessionId}`, driver);
    await webdriver.#call('POST', '/timeouts', { script: ANSWER_WITHIN });
    return webdriver;
  }

  /**
   * Runs a function in the page; its promise is awaited, and its rejection is ours.
   * @template {unknown[]} A
   * @template T
   * @param {(...args: A) => T | Promise<T>} body must not refer to anything outside itself
   * @param {A} args
   * @returns {Promise<T>}
   */
  async run(body, ...args) {
    const script = `const done = arguments[arguments.length - 1];
      const args = Array.prototype.slice.call(arguments, 0, -1);
      Promise.resolve().then(() => (${body})(...args)).then(
        (value) => done({ value }),
        (error) => done({ error: error instanceof Error ? String(error) : error }),
      );`;
    const outcome = await this.#call('POST', '/execute/async', { script, args });
    if ('error' in outcome) throw new ScriptError(outcome.error);
    return outcome.value;
  }

  /** @param {string} selector */
  async click(selector) {
    const element = await this.#call('POST', '/element', { using: 'css selector', value: selector });
    await this.#call('POST', `/element/${Object.values(element)[0]}/click`, {});
  }

  /** @param {string} file */
  async screenshot(file) {
    await this.run(untilPainted);
    writeFileSync(file, Buffer.from(await this.#call('GET', '/screenshot'), 'base64'));
  }

  async detach() {
    await this.#driver.stop();
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  #call(method, path, body) {
    return call(this.#base, method, path, body);
  }
}

/** Runs in the page. The document changes first; the picture follows, and what fades in has to be there. */
async function untilPainted() {
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  await painted();
  const endless = (/** @type {Animation} */ animation) =>
    animation.effect?.getTiming().iterations === Infinity;
  const ending = document.getAnimations().filter((animation) => !endless(animation));
  await Promise.allSettled(ending.map((animation) => animation.finished));
  await painted();
}

/** What a script in the page threw, as it was. */
export class ScriptError extends Error {
  /** @param {any} thrown */
  constructor(thrown) {
    super(typeof thrown === 'string' ? thrown : (thrown?.message ?? JSON.stringify(thrown)));
    this.thrown = thrown;
  }
}

/**
 * @param {string} base
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
async function call(base, method, path, body) {
  const answer = await fetch(base + path, {
    method,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_WITHIN + 5_000),
  });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`WebDriver ${method} ${path}: ${value.error}: ${value.message}`);
  return value;
}
