// @ts-check
// What axe finds in a window.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * @typedef {object} Violation
 * @property {string} rule
 * @property {string} help
 * @property {string} element
 * @property {string} summary
 */

/**
 * @param {import('../../tests/e2e/harness/webdriver.mjs').Window} window
 * @returns {Promise<Violation[]>}
 */
export async function violations(window) {
  await window.run(/** @type {any} */ (`() => { ${AXE} }`));
  return window.run(judge, TAGS);
}

/**
 * Runs in the page.
 * @param {string[]} tags
 */
async function judge(tags) {
  const { axe } = /** @type {any} */ (window);
  const { violations } = await axe.run(document, {
    runOnly: { type: 'tag', values: tags },
    resultTypes: ['violations'],
  });
  return violations.flatMap((/** @type {any} */ { id, help, nodes }) =>
    nodes.map((/** @type {any} */ { target, failureSummary }) => {
      return { rule: id, help, element: String(target), summary: failureSummary };
    }),
  );
}
