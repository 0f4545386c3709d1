// @ts-check
// npm test: every check, the cheap ones first. `node scripts/test.mjs rust` runs one part alone.
import { readdirSync } from 'node:fs';
import { buildForTests, buildPages } from './build.mjs';
import { ROOT } from './project.mjs';
import { setUp } from './setup.mjs';
import { main, Problem, perform, say } from './terminal.mjs';
import { tool } from './tools.mjs';

const WORKSPACE = ['--workspace', '--features', 'custom-protocol'];

const AREAS = [
  'refresh',
  'crash',
  'storage',
  'time',
  'protocol',
  'dpop',
  'providers',
  'redirect',
  'secrecy',
  'window',
  'soak',
];

/** @typedef {[name: string, run: () => Promise<string[] | void>]} Step */

/** @type {Record<string, Step[]>} */
const PARTS = {
  lint: [
    ['Rust format', () => here('cargo', ['fmt', '--all', '--check'])],
    ['spelling', async () => here(await tool('typos-cli'), [])],
    ['JavaScript format and lints', () => here('npm', ['run', 'lint', '--silent'])],
  ],
  types: [
    ['types of the packages', () => here('npm', ['run', 'typecheck', '--silent'])],
    ['types of the scripts and tests', () => here('npx', ['tsc', '-p', 'scripts/tsconfig.json'])],
    ['comments of the npm package', () => here('npm', ['run', 'docs', '--silent', '--', 'npm'])],
    ['npm package', () => here('npm', ['run', 'package-check', '--silent'])],
  ],
  docs: [['documents', () => nodeTests('tests/docs')]],
  ui: [['UI tests', () => here('npx', ['vitest', 'run', '--coverage'])]],
  rust: [
    ['pages', buildPages],
    ['Rust lints', () => here('cargo', ['clippy', ...WORKSPACE, '--all-targets', '--', '-D', 'warnings'])],
    ['Rust tests', () => here('cargo', ['test', ...WORKSPACE])],
  ],
  campaign: [
    ['tests of the campaign', () => nodeTests('tests/campaign')],
    ['short campaigns', () => here('node', ['scripts/campaign.mjs', ...AREAS, '--short'])],
  ],
  provider: [['tests of the provider', () => nodeTests('tests/provider')]],
  e2e: [
    ['app', buildForTests],
    ['end-to-end tests', () => nodeTests('tests/e2e')],
  ],
};

/** How the runners say what they ran. */
const CLOSING_LINE =
  /^\s*(test result: |Tests +\d|Test Files +\d|campaign: |ℹ (tests|pass|fail|skipped) \d)/u;

await main(async () => {
  const parts = process.argv.slice(2);
  const unknown = parts.find((part) => !(part in PARTS));
  if (unknown)
    throw new Problem(`There is no part "${unknown}". The parts: ${Object.keys(PARTS).join(', ')}.`);
  await setUp({ screen: false });

  /** @type {string[]} */
  const times = [];
  /** @type {string[]} */
  const closingLines = [];
  for (const [name, run] of (parts.length > 0 ? parts : Object.keys(PARTS)).flatMap((part) => PARTS[part])) {
    say(`\n== ${name}`);
    const start = performance.now();
    const lines = (await run()) ?? [];
    times.push(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    closingLines.push(...lines.filter((line) => CLOSING_LINE.test(line)));
  }
  say(`\n== all passed\n${times.join('\n')}\n\n${closingLines.join('\n')}`);
});

/**
 * @param {string} command
 * @param {string[]} args
 */
function here(command, args) {
  return perform(command, args, { cwd: ROOT });
}

/** @param {string} folder */
function nodeTests(folder) {
  const files = readdirSync(`${ROOT}${folder}`).filter((name) => name.endsWith('.test.mjs'));
  const options = ['--test', '--test-concurrency=1', '--test-reporter=spec'];
  return here('node', [...options, ...files.map((name) => `${folder}/${name}`)]);
}
