// @ts-check
// The example in the repository, which is what the steps make of the template.
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../project.mjs';
import { Problem } from '../terminal.mjs';

export const EXAMPLE = `${ROOT}examples/quickstart`;

/** What commands have made of the rest. */
const MADE = ['node_modules', 'package-lock.json', 'Cargo.lock', 'target', 'gen', 'dist'];

/** @param {string} app */
export function writeExample(app) {
  rmSync(EXAMPLE, { recursive: true, force: true });
  cpSync(app, EXAMPLE, { recursive: true, filter: (path) => !MADE.includes(basename(path)) });
}

/** @param {string} app */
export function checkExample(app) {
  const [expected, present] = [filesOf(app), filesOf(EXAMPLE)];
  const differing = [...new Set([...expected.keys(), ...present.keys()])].filter((file) => {
    const [one, other] = [expected.get(file), present.get(file)];
    return !one || !other || !one.equals(other);
  });
  if (differing.length > 0) {
    throw new Problem(
      `examples/quickstart differs from what README's steps make: ${differing.join(', ')}.\n` +
        'Run: npm run quickstart -- --update',
    );
  }
}

/**
 * @param {string} folder
 * @returns {Map<string, Buffer>}
 */
function filesOf(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !MADE.includes(name));
  return new Map(
    entries.flatMap((entry) => {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) return [[entry.name, readFileSync(path)]];
      return [...filesOf(path)].map(
        ([name, content]) => /** @type {const} */ ([join(entry.name, name), content]),
      );
    }),
  );
}
