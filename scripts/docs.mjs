// @ts-check
// npm run docs: what the packages say of themselves, as pages in artifacts/docs. Something public without a word is an
// error, and so is a link to nowhere. `-- npm` or `-- rust` writes one half.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { ARTIFACTS, ROOT } from './project.mjs';
import { main, Problem, perform, say } from './terminal.mjs';

const PACKAGE = `${ROOT}crates/tauri-plugin-keyfob`;
const CRATES = ['keyfob', 'tauri-plugin-keyfob'];
const PAGES = `${ARTIFACTS}/docs`;

/** @type {Record<string, () => Promise<void>>} */
const HALVES = { npm: documentPackage, rust: documentCrates };

await main(async () => {
  const halves = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(HALVES);
  for (const half of halves) {
    if (!(half in HALVES)) throw new Problem(`There is no half "${half}". The halves: npm, rust.`);
    rmSync(`${PAGES}/${half}`, { recursive: true, force: true });
    await HALVES[half]();
  }
  say(`The pages are in ${PAGES}.`);
});

async function documentPackage() {
  /** @type {{ exports: Record<string, { 'keyfob-source': string }> }} */
  const { exports } = JSON.parse(readFileSync(`${PACKAGE}/package.json`, 'utf8'));
  const entries = Object.values(exports).flatMap((entry) => ['--entryPoints', entry['keyfob-source']]);
  const options = ['--options', `${ROOT}scripts/docs/typedoc.json`, '--out', `${PAGES}/npm`];
  await perform(`${ROOT}scripts/docs/node_modules/.bin/typedoc`, [...options, ...entries], { cwd: PACKAGE });
}

async function documentCrates() {
  const packages = CRATES.flatMap((name) => ['-p', name]);
  const env = { RUSTDOCFLAGS: '-D warnings' };
  await perform('cargo', ['doc', '--no-deps', ...packages], { cwd: ROOT, env });
  const target = process.env.CARGO_TARGET_DIR ?? `${ROOT}target`;
  cpSync(`${target}/doc`, `${PAGES}/rust`, { recursive: true });
}
