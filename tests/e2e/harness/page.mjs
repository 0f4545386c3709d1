// @ts-check
// What several tests run in a page.

/**
 * Runs in the page.
 * @param {string} selector
 * @returns {Promise<number>} when it was there
 */
export function waitForElement(selector) {
  return new Promise((resolve) => {
    const look = () => {
      if (!document.querySelector(selector)) return;
      observer.disconnect();
      resolve(Date.now());
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    look();
  });
}

/**
 * Runs in the page.
 * @param {string} testId
 * @param {string} part
 * @returns {Promise<string>}
 */
export function waitForText(testId, part) {
  return new Promise((resolve) => {
    const look = () => {
      const text = document.querySelector(`[data-testid="${testId}"]`)?.textContent;
      if (!text?.includes(part)) return;
      observer.disconnect();
      resolve(text);
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, characterData: true });
    look();
  });
}

/**
 * Runs in a page of `tests/window`: begins to read an answer, and leaves it there.
 * @param {string} url
 */
export async function readALittle(url) {
  const response = await /** @type {any} */ (window).sdk.authenticatedFetch(url);
  await response.body.getReader().read();
}
