// @ts-check
// Does with a block of README's what a person does with it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem, perform } from '../terminal.mjs';

/** @typedef {import('./steps.mjs').Block} Block */

/**
 * @param {Block} block
 * @param {string} app
 * @param {Record<string, string>} env for commands
 */
export async function apply({ language, file, lines }, app, env) {
  if (language === 'sh') {
    for (const line of lines) await perform('sh', ['-c', line], { cwd: app, env });
    return;
  }
  if (file === undefined)
    throw new Problem(`README.md doesn't say to which file this belongs:\n${lines.join('\n')}`);
  const path = join(app, file);
  const edit = { rust: replaceCall, json: addKeys, tsx: replaceAll }[language];
  if (!edit)
    throw new Problem(
      `README.md's quick start has ${language}: tell scripts/quickstart/apply.mjs what to do.`,
    );
  writeFileSync(path, edit(readFileSync(path, 'utf8'), lines));
}

/**
 * A line takes the place of the one that calls the same crate.
 * @param {string} text
 * @param {string[]} lines
 */
function replaceCall(text, lines) {
  const [line, ...more] = lines;
  const [call] = /^\.plugin\(\w+::/u.exec(line) ?? [];
  const found = text.split('\n').filter((present) => call && present.trim().startsWith(call));
  if (more.length > 0 || found.length !== 1)
    throw new Problem(`There is no one line that becomes "${line}".`);
  return text.replace(found[0].trim(), () => line);
}

/**
 * @param {string} text
 * @param {string[]} lines keys at the top, without the braces
 */
function addKeys(text, lines) {
  return `${JSON.stringify({ ...JSON.parse(text), ...JSON.parse(`{${lines.join('\n')}}`) }, null, 2)}\n`;
}

/**
 * @param {string} _text
 * @param {string[]} lines
 */
function replaceAll(_text, lines) {
  return `${lines.join('\n')}\n`;
}
