// @ts-check
// The documents name the samples and show the examples that are run, and no others.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MIGRATE = join(ROOT, 'docs/migrate');
const SEEDS = join(ROOT, 'tests/seeds');
/** What the samples share; none of them. */
const SHARED = ['tests/seeds/apis.ts'];

const seeds = readdirSync(SEEDS, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
  .filter((file) => !SHARED.includes(file));
const pages = readdirSync(MIGRATE).map((name) => join(MIGRATE, name));
const listed = new Set(pages.flatMap(linkedFiles));

test('every sample is listed in a page of docs/migrate', () => {
  assert.deepEqual(
    seeds.filter((file) => !listed.has(file)),
    [],
  );
});

test('every file that a page of docs/migrate lists is there', () => {
  assert.deepEqual(
    [...listed].filter((file) => !existsSync(join(ROOT, file))),
    [],
  );
  assert.ok(listed.size > seeds.length, 'the links are found');
});

test('every sample is run in the real window', () => {
  const folder = join(ROOT, 'tests/e2e');
  const tests = readdirSync(folder)
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const isRun = (/** @type {string} */ file) => tests.includes(`'${relative('tests/seeds', file)}'`);
  assert.deepEqual(
    seeds.filter((file) => !isRun(file)),
    [],
  );
});

for (const [page, folder] of [
  ['docs/ecosystem.md', 'examples/ecosystem/src'],
  ['docs/frameworks.md', 'examples/recipes/src'],
  ['docs/requests.md', 'examples/recipes/requests'],
]) {
  test(`the code in ${page} is that of ${folder}, and all of it`, () => {
    const blocks = blocksOf(join(ROOT, page));
    const examples = readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`);
    assert.deepEqual(blocks.map(({ file }) => file).sort(), examples.sort());
    for (const { file, code } of blocks) {
      assert.equal(code, readFileSync(join(ROOT, file), 'utf8'), file);
    }
  });
}

/**
 * @param {string} page
 * @returns {string[]} relative to the project
 */
function linkedFiles(page) {
  const links = readFileSync(page, 'utf8').matchAll(/\]\((\.[^)#]+)\)/gu);
  return [...links].map(([, link]) => relative(ROOT, join(dirname(page), link)));
}

/**
 * The blocks of code that follow a comment with a file's name.
 * @param {string} page
 */
function blocksOf(page) {
  const blocks = readFileSync(page, 'utf8').matchAll(/<!-- (\S+) -->\n```\w+\n(.*?)```/gsu);
  return [...blocks].map(([, file, code]) => ({ file, code }));
}
