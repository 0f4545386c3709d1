// @ts-check
// Hands the engine bad inputs for as long as one likes: `npm run fuzz [-- target…] [--seconds N] [--jobs N]`.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ROOT } from './project.mjs';
import { ask, main, Problem, perform, say } from './terminal.mjs';
import { tool } from './tools.mjs';

const FUZZ = `${ROOT}fuzz`;
/** A folder of its own: everything in it is built with the fuzzer's flags. */
const TARGET_DIR = `${FUZZ}/target`;
const HOST = /^host: (.*)$/mu.exec(ask('rustc', ['-vV']) ?? '')?.[1];
/** In seconds. What takes a second of the processor fails in the target itself; this is for what never ends. */
const PATIENCE = 120;

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      jobs: { type: 'string', default: '1' },
    },
  });
  const [seconds, jobs] = [positive('seconds', values.seconds), positive('jobs', values.jobs)];
  const targets = chosen(positionals);
  await build();
  const failures = await inTurn(targets, jobs, (target) => fuzz(target, seconds));
  const failed = targets.filter((_, at) => failures[at]);
  if (failed.length === 0) return;
  throw new Problem(
    `Inputs that break a promise were found for: ${failed.join(', ')}. To see one again:\n` +
      `  ${binary(failed[0])} fuzz/artifacts/${failed[0]}/<file>`,
  );
});

/**
 * @param {string} option
 * @param {string} value
 */
function positive(option, value) {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Problem(`--${option} has to be a whole number from 1 on.`);
  return number;
}

/** @param {string[]} asked */
function chosen(asked) {
  const all = readdirSync(`${FUZZ}/targets`).map((file) => file.replace('.rs', ''));
  const unknown = asked.find((target) => !all.includes(target));
  if (unknown) throw new Problem(`There is no target "${unknown}". The targets: ${all.join(', ')}.`);
  return asked.length > 0 ? asked : all;
}

async function build() {
  say('Building the targets.');
  // No sanitizer, which a stable compiler lacks: what is looked for are broken promises and panics.
  const options = ['build', '--sanitizer', 'none', '--fuzz-dir', FUZZ];
  await perform(await tool('cargo-fuzz'), options, { cwd: ROOT, env: { CARGO_TARGET_DIR: TARGET_DIR } });
}

/**
 * Runs a target for so long, or until it finds a bad input; says in a line what came of it, and gives whether it did.
 * @param {string} target
 * @param {number} seconds
 */
async function fuzz(target, seconds) {
  const found = `${FUZZ}/artifacts/${target}`;
  for (const folder of [found, `${FUZZ}/corpus/${target}`]) mkdirSync(folder, { recursive: true });
  const known = new Set(readdirSync(found));
  const output = await libFuzzer(target, seconds);
  const stat = (/** @type {string} */ name) => new RegExp(`^stat::${name}: +(\\d+)`, 'mu').exec(output)?.[1];
  if (!stat('number_of_executed_units')) throw new Problem(`${target} doesn't run:\n${output}`);
  const inputs = readdirSync(found).filter((name) => !known.has(name) && !name.startsWith('slow-unit-'));
  const hung = inputs.some((name) => name.startsWith('timeout-')) || output.includes('it hangs:');
  if (inputs.length > 0) say(output.split('\n').slice(-60).join('\n'));
  say(
    `${target}: ${stat('number_of_executed_units')} executions in ${seconds} s, ` +
      `${stat('average_exec_per_sec')} a second, ${hung ? 0 : inputs.length} crashes, ` +
      `${hung ? inputs.length : 0} hangs over 1 s, ${[...output.matchAll(/ cov: (\d+) /gu)].at(-1)?.[1]} edges covered`,
  );
  return inputs.length > 0;
}

/**
 * All that libFuzzer says.
 * @param {string} target
 * @param {number} seconds
 * @returns {Promise<string>}
 */
function libFuzzer(target, seconds) {
  const dictionary = `${FUZZ}/dictionaries/${target}.dict`;
  const args = [
    `-max_total_time=${seconds}`,
    `-timeout=${PATIENCE}`,
    '-print_final_stats=1',
    `-artifact_prefix=${FUZZ}/artifacts/${target}/`,
    ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : []),
    ...[`${FUZZ}/corpus/${target}`, `${FUZZ}/seeds/${target}`].filter((folder) => existsSync(folder)),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(binary(target), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}

/** @param {string} target */
function binary(target) {
  return `${TARGET_DIR}/${HOST}/release/${target}`;
}

/**
 * Does something for each, so many at a time, and gives what each came to.
 * @template Item, Outcome
 * @param {Item[]} items
 * @param {number} jobs
 * @param {(item: Item) => Promise<Outcome>} act
 */
async function inTurn(items, jobs, act) {
  /** @type {Outcome[]} */
  const outcomes = [];
  const waiting = items.entries();
  const work = async () => {
    for (const [at, item] of waiting) outcomes[at] = await act(item);
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return outcomes;
}
