// @ts-check
// A person without a mouse: every key goes where the focus is, and the focus has to be seen.
import assert from 'node:assert/strict';
import { KEYS } from './webdriver.mjs';

/** No view has so many stops. */
const MOST_STOPS = 60;

/**
 * @typedef {object} Focus
 * @property {string} name what a test calls it: its test id, or its tag
 * @property {boolean} isSeen
 */

export class Keyboard {
  #window;

  /** @param {() => import('./webdriver.mjs').Window} window */
  constructor(window) {
    this.#window = window;
  }

  /** @param {...keyof typeof KEYS} names pressed together */
  async press(...names) {
    await this.#window().press(...names.map((name) => KEYS[name]));
  }

  /**
   * A shortcut of the app's.
   * @param {string} key
   */
  async control(key) {
    await this.#window().press(KEYS.control, key);
  }

  /** @param {string} text */
  async type(text) {
    await this.#window().type(text);
  }

  async space() {
    await this.#window().press(' ');
  }

  /**
   * Goes from stop to stop until this one. Each on the way is to be seen.
   * @param {string} testId
   */
  async tabTo(testId) {
    /** @type {string[]} */
    const passed = [];
    while (passed.length < MOST_STOPS) {
      await this.press('tab');
      const focus = await this.focus();
      assert.ok(focus.isSeen, `the focus is not to be seen at ${focus.name}, after ${passed.join(', ')}`);
      if (focus.name === testId) return;
      passed.push(focus.name);
    }
    assert.fail(`no tab comes to ${testId}, but to ${passed.join(', ')}`);
  }

  /** @returns {Promise<Focus>} */
  focus() {
    return this.#window().run(focusOfPage);
  }
}

/** Runs in the page. */
function focusOfPage() {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: 'nothing', isSeen: false };
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
  const { top, left, bottom, right } = element.getBoundingClientRect();
  const isInView = top < innerHeight && bottom > 0 && left < innerWidth && right > 0;
  const hasOutline =
    outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && !outlineColor.endsWith(', 0)');
  const name = element.getAttribute('data-testid') ?? element.tagName.toLowerCase();
  return { name, isSeen: element.matches(':focus-visible') && hasOutline && isInView };
}
