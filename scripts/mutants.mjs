// @ts-check
// Deletes the protocol's checks one by one, and looks whether a test misses them:
// `npm run mutants [-- file…]`, a file of crates/keyfob/src/protocol without its ending.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { ROOT } from './project.mjs';
import { main, Problem, perform, say } from './terminal.mjs';
import { tool } from './tools.mjs';

const OUTPUT = `${ROOT}target/mutants`;
const OUTCOMES = `${OUTPUT}/mutants.out`;
const PACKAGE = ['--package', 'keyfob'];
/** The tests beside the code, which take seconds. */
const QUICK = ['--cargo-arg=--lib', '--', '--', 'protocol::', 'bad_inputs::'];
/** Whole sign-ins, refreshes and sign-outs, for what those have missed. */
const THOROUGH = ['--cargo-arg=--tests'];

await main(async () => {
  const files = process.argv.slice(2).map((name) => `crates/keyfob/src/protocol/${name}.rs`);
  const unknown = files.find((file) => !existsSync(ROOT + file));
  if (unknown) throw new Problem(`There is no ${unknown}.`);
  const chosen = files.flatMap((file) => ['--file', file]);
  rmSync(OUTCOMES, { recursive: true, force: true });
  mkdirSync(OUTPUT, { recursive: true });
  await mutate([...chosen, ...QUICK]);
  const missed = outcome('missed').length;
  if (missed > 0) {
    say(`\n${missed} are missed by the tests beside the code: now the flows.`);
    await mutate([...chosen, '--iterate', ...THOROUGH]);
  }
  const survivors = outcome('missed');
  if (survivors.length > 0) throw new Problem(`Nobody misses:\n${survivors.join('\n')}`);
  say('\nEvery check that was deleted is missed by a test.');
});

/** @param {string[]} options */
async function mutate(options) {
  const common = ['mutants', ...PACKAGE, '--test-package', 'keyfob', '--jobs', '1', '--output', OUTPUT];
  const environment = {
    CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR ?? `${OUTPUT}/build`,
    // Few inputs: what isn't seen in a few hundred is missing in the tests that name it.
    PROPTEST_CASES: '200',
  };
  await perform(await tool('cargo-mutants'), [...common, ...options], { cwd: ROOT, env: environment }).catch(
    (error) => {
      // 2 and 3 say that some were missed, or never ended: that is told in the end. All else is no result.
      if (!/exit code [23]\)/u.test(error.message)) throw error;
    },
  );
}

/** @param {string} name */
function outcome(name) {
  const file = `${OUTCOMES}/${name}.txt`;
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}
