// @ts-check
// README's quick start, read as a person reads it: numbered steps, and blocks of code that belong to the file named before.
import { Problem } from '../terminal.mjs';

const SECTION = '## Quick start for Tauri developers';

/** @typedef {{ language: string, file: string | undefined, lines: string[] }} Block */
/** @typedef {{ title: string, blocks: Block[] }} Step */

/**
 * @param {string} readme
 * @returns {Step[]}
 */
export function stepsOf(readme) {
  const [, section] = readme.split(`\n${SECTION}\n`);
  if (section === undefined) throw new Problem(`README.md has no "${SECTION}".`);
  const [body] = section.split(/\n## /u);
  return body
    .split(/\n### \d+\. /u)
    .slice(1)
    .map((step) => ({ title: step.split('\n', 1)[0], blocks: blocksOf(step) }));
}

/**
 * Of what has to be written: blank lines are air.
 * @param {Step[]} steps
 * @param {string} [language] of all by default
 */
export function countLines(steps, language) {
  return steps
    .flatMap(({ blocks }) => blocks)
    .filter((block) => language === undefined || block.language === language)
    .flatMap(({ lines }) => lines)
    .filter((line) => line.trim() !== '').length;
}

/**
 * @param {string} step
 * @returns {Block[]}
 */
function blocksOf(step) {
  return [...step.matchAll(/([^\n]*)\n\n```(\w+)\n(.*?)\n```/gsu)].map(
    ([, introduction, language, code]) => ({
      language,
      file: /`([\w./-]+\.\w+)`/u.exec(introduction)?.[1],
      lines: code.split('\n'),
    }),
  );
}
