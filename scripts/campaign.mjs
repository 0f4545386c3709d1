// @ts-check
// Puts figures to what is promised: `npm run campaign -- <area>… [--short] [--json FILE] [--only ID] [--no-control]`.
// The engine's checks are in crates/campaign, the whole product's in tests/campaign; an area may have some of both.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AREAS } from '../tests/campaign/areas.mjs';
import { perform as performCheck, Run } from '../tests/campaign/check.mjs';
import { closingLine, lineOf, resultOf } from '../tests/campaign/report.mjs';
import { buildForTests } from './build.mjs';
import { ROOT } from './project.mjs';
import { ask, main, Problem, perform, say } from './terminal.mjs';

const BUILD = ['build', '--quiet', '--package', 'keyfob-campaign'];
/** Guards can be switched off in this one, to show that a check can fail. A folder of its own, so that neither build
 * ever takes a part of the other's. */
const ARMED = `${ROOT}target/sabotage`;
const HONEST = process.env.CARGO_TARGET_DIR ?? `${ROOT}target`;
const ENGINE = `${HONEST}/debug/campaign`;

const { values, positionals: areas } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string' },
    'no-control': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

/** @typedef {import('../tests/campaign/report.mjs').Result} Result */

await main(async () => {
  const checks = Object.entries(AREAS)
    .filter(([name]) => areas.length === 0 || areas.includes(name))
    .flatMap(([, all]) => all)
    .filter(({ id }) => (values.only ? id === values.only : areas.length > 0));
  if (checks.length > 0) await buildForTests();
  else await perform('cargo', BUILD, { cwd: ROOT });
  const engineAreas = ask(ENGINE, ['--areas'])?.split('\n') ?? [];
  const unknown = areas.find((name) => !engineAreas.includes(name) && !(name in AREAS));
  if (unknown || (areas.length === 0 && !values.only)) {
    const all = new Set([...engineAreas, ...Object.keys(AREAS)]);
    throw new Problem(
      `${unknown ? `There is no area "${unknown}".` : 'Which area?'} ${[...all].join(', ')}.`,
    );
  }

  const ofTheEngine = areas.filter((name) => engineAreas.includes(name));
  const asksTheEngine = values.only ? checks.length === 0 : ofTheEngine.length > 0;
  /** @type {Result[]} */
  const results = asksTheEngine ? await runTheEngines(ofTheEngine) : [];
  for (const check of checks) {
    const outcome = await performCheck(check, new Run({ short: values.short }));
    const control = values['no-control']
      ? undefined
      : await performCheck(check, new Run({ short: true, sabotaged: true }));
    const result = resultOf(check, outcome, control);
    say(lineOf(result));
    results.push(result);
    // After each, so that a run which is cut short leaves what it found.
    write(results);
  }
  say(closingLine(results));
  if (!results.every(({ holds }) => holds)) throw new Problem('Some checks fall short.');
});

/**
 * @param {string[]} areas
 * @returns {Promise<Result[]>}
 */
async function runTheEngines(areas) {
  say('Building the campaign whose guards can be switched off.');
  await perform('cargo', BUILD, {
    cwd: ROOT,
    env: { CARGO_TARGET_DIR: ARMED, RUSTFLAGS: '--cfg keyfob_sabotage="armed"' },
  });
  const folder = mkdtempSync(join(tmpdir(), 'keyfob-campaign-'));
  const json = join(folder, 'engine.json');
  const options = [
    ...(values.short ? ['--short'] : []),
    ...(values.only ? ['--only', values.only] : []),
    ...(values['no-control'] ? ['--no-control'] : []),
  ];
  try {
    const shown = {
      cwd: ROOT,
      env: { CAMPAIGN_CONTROL_BINARY: `${ARMED}/debug/campaign` },
      hides: /^campaign: /,
    };
    // Where a check falls short it says so in the file too, and the others are still to be run.
    const failure = await perform(ENGINE, [...areas, ...options, '--json', json], shown).then(
      () => undefined,
      (error) => error,
    );
    const results = parse(json);
    if (!results) throw failure;
    write(results);
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {string} file
 * @returns {Result[] | undefined}
 */
function parse(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {Result[]} results */
function write(results) {
  if (!values.json) return;
  const file = resolve(process.env.INIT_CWD ?? '.', values.json);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}
