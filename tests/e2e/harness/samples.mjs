// @ts-check
// The samples in the pages of `tests/window`: components to show, functions to call.
import { waitForElement, waitForText } from './page.mjs';

/** @param {() => import('./webdriver.mjs').Window} window */
export function samplesOf(window) {
  return {
    /**
     * Shows a sample's component.
     * @param {string} name
     */
    async show(name) {
      await window().run((hash) => {
        location.hash = hash;
      }, name);
      await window().run(waitForElement, `[data-page="${name}"]`);
    },

    /** Clicks the button of the sample that is shown. */
    async click() {
      const button = '[data-page] button:not([disabled])';
      await window().run(waitForElement, button);
      await window().click(button);
    },

    /**
     * @param {string} testId
     * @param {string} part
     */
    text(testId, part) {
      return window().run(waitForText, testId, part);
    },

    /**
     * Calls a function of a sample. An answer comes as status and body.
     * @param {string} name
     * @param {string} exported
     * @param {...unknown} args
     * @returns {Promise<any>}
     */
    call(name, exported, ...args) {
      return window().run(callSample, name, exported, args);
    },
  };
}

/**
 * Runs in the page.
 * @param {string} name
 * @param {string} exported
 * @param {unknown[]} args
 */
async function callSample(name, exported, args) {
  const module = await /** @type {any} */ (window).samples[name]();
  const result = await module[exported](...args);
  return result instanceof Response ? { status: result.status, body: await result.json() } : result;
}
