// @ts-check
// As much of WebDriver as the tests need, spoken to WebKitWebDriver. (selenium-webdriver always sends a browser name,
// which WebKitGTK refuses for an app that isn't a browser.)
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { until } from './processes.mjs';

const ANSWER_WITHIN = 30_000;
/** For how long one window's script keeps the others' from theirs, in milliseconds. */
const TURN = 50;

/** Keys that are no characters (WebDriver section 17.4.2). */
export const KEYS = {
  tab: '\uE004',
  return: '\uE006',
  shift: '\uE008',
  control: '\uE009',
  escape: '\uE00C',
  left: '\uE012',
  up: '\uE013',
  right: '\uE014',
  down: '\uE015',
};

/** The windows of an app. WebDriver speaks to one at a time, so each takes its turn; what runs in the others goes on. */
export class WebDriver {
  #base;
  #driver;
  /** The last one queued. @type {Promise<unknown>} */
  #turn = Promise.resolve();
  #current;
  /** @type {Map<string, string>} */
  #handles = new Map();

  /**
   * @param {string} base
   * @param {import('./processes.mjs').Process} driver
   * @param {string} first the handle of the window that was opened first
   */
  constructor(base, driver, first) {
    this.#base = base;
    this.#driver = driver;
    this.#current = first;
    /** The one that was opened first. */
    this.window = new Window(this, async () => first);
  }

  /**
   * Takes over the windows of an app that already runs and waits for an inspector at `target`.
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
    const base = `${root}/session/${sessionId}`;
    await call(base, 'POST', '/timeouts', { script: ANSWER_WITHIN });
    return new WebDriver(base, driver, await call(base, 'GET', '/window'));
  }

  /**
   * The window of this label in Tauri; it may open later.
   * @param {string} label
   */
  windowOf(label) {
    return new Window(this, () => until(`the window "${label}"`, () => this.#handleOf(label)));
  }

  /**
   * @template T
   * @param {string} handle
   * @param {(call: (method: string, path: string, body?: object) => Promise<any>) => Promise<T>} act
   * @returns {Promise<T>}
   */
  inWindow(handle, act) {
    const turn = this.#turn.then(async () => {
      if (this.#current !== handle) await this.#call('POST', '/window', { handle });
      this.#current = handle;
      return act((method, path, body) => this.#call(method, path, body));
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async detach() {
    await this.#driver.stop();
  }

  /** @param {string} label */
  async #handleOf(label) {
    if (!this.#handles.has(label)) {
      for (const handle of await this.#call('GET', '/window/handles')) {
        // A page that is still being loaded has no label yet.
        const found = await new Window(this, async () => handle).run(labelOfWindow).catch(() => undefined);
        if (found) this.#handles.set(found, handle);
      }
    }
    return this.#handles.get(label);
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

/** One window of the app. */
export class Window {
  #driver;
  #handle;

  /**
   * @param {WebDriver} driver
   * @param {() => Promise<string>} handle
   */
  constructor(driver, handle) {
    this.#driver = driver;
    this.#handle = handle;
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
    const name = `run-${randomUUID()}`;
    const deadline = Date.now() + ANSWER_WITHIN;
    let outcome = await this.#execute(`${START} return start(name, ${body}, args);`, name, args);
    while (outcome.pending) {
      if (Date.now() > deadline) throw new Error(`a script in the page is not done in ${ANSWER_WITHIN} ms`);
      outcome = await this.#execute('return wait(name);', name, []);
    }
    if ('error' in outcome) throw new ScriptError(outcome.error);
    return outcome.value;
  }

  /** @param {string} selector */
  async click(selector) {
    await this.#inWindow(async (call) => {
      const element = await call('POST', '/element', { using: 'css selector', value: selector });
      await call('POST', `/element/${Object.values(element)[0]}/click`, {});
    });
  }

  /**
   * Moves the pointer: to the middle of an element, or to a place of the window.
   * @param {string | { x: number, y: number }} target
   */
  async point(target) {
    const place = typeof target === 'string' ? await this.run(middleOf, target) : target;
    const move = { type: 'pointerMove', duration: 0, origin: 'viewport', ...place };
    const pointer = { type: 'pointer', id: 'pointer', actions: [move] };
    await this.#inWindow((call) => call('POST', '/actions', { actions: [pointer] }));
  }

  /**
   * Presses keys of the keyboard, together, and lets go of them. Whatever has the focus gets them.
   * @param {...string} keys characters, or those of {@link KEYS}
   */
  async press(...keys) {
    const down = keys.map((value) => ({ type: 'keyDown', value }));
    const up = [...keys].reverse().map((value) => ({ type: 'keyUp', value }));
    const keyboard = { type: 'key', id: 'keyboard', actions: [...down, ...up] };
    await this.#inWindow((call) => call('POST', '/actions', { actions: [keyboard] }));
  }

  /**
   * Types a text, key by key.
   * @param {string} text
   */
  async type(text) {
    for (const character of text) await this.press(character);
  }

  /** What a person would see now, as PNG. */
  async picture() {
    await this.run(untilPainted);
    return Buffer.from(await this.#inWindow((call) => call('GET', '/screenshot')), 'base64');
  }

  /** @param {string} file */
  async screenshot(file) {
    writeFileSync(file, await this.picture());
  }

  /** Loads the page anew. */
  async reload() {
    await this.#inWindow((call) => call('POST', '/refresh', {}));
  }

  /**
   * @param {string} script
   * @param {string} name
   * @param {unknown[]} args
   */
  #execute(script, name, args) {
    const whole = `const [name, args, done] = arguments;
      ${WAIT}
      (async () => { ${script} })().then(done, (error) => done({ error: String(error) }));`;
    return this.#inWindow((call) => call('POST', '/execute/async', { script: whole, args: [name, args] }));
  }

  /**
   * @template T
   * @param {Parameters<typeof WebDriver.prototype.inWindow<T>>[1]} act
   */
  async #inWindow(act) {
    return this.#driver.inWindow(await this.#handle(), act);
  }
}

/**
 * Runs in the page. WebDriver itself can point at no part of a drawing.
 * @param {string} selector
 */
function middleOf(selector) {
  const element = document.querySelector(selector);
  if (!element) throw new Error(`there is no ${selector}`);
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
}

/** In the page: waits for one turn. */
const WAIT = `const wait = async (name) => {
  const run = window[Symbol.for(name)];
  if (!run) return { error: 'the page was left' };
  const turn = new Promise((resolve) => setTimeout(resolve, ${TURN}, { pending: true }));
  const outcome = await Promise.race([run, turn]);
  if (!outcome.pending) delete window[Symbol.for(name)];
  return outcome;
};`;

/** In the page: starts a function, and waits for one turn. */
const START = `const start = (name, body, args) => {
  window[Symbol.for(name)] = Promise.resolve().then(() => body(...args)).then(
    (value) => ({ value }),
    (error) => ({ error: error instanceof Error ? String(error) : error }),
  );
  return wait(name);
};`;

/** Runs in the page. */
function labelOfWindow() {
  return /** @type {any} */ (window).__TAURI_INTERNALS__.metadata.currentWindow.label;
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
