// @ts-check
import { existsSync } from 'node:fs';
import { built } from '../tests/e2e/harness/built.mjs';
import { ROOT } from './project.mjs';
import { perform, say } from './terminal.mjs';

const OF_THE_APP = ['tauri-plugin-keyfob-api', 'ui'];

/** The pages, which `custom-protocol` puts into the binary: they come first. */
export async function buildPages() {
  await buildPagesOf([...OF_THE_APP, 'tests/window']);
  await perform('npm', ['run', 'build:gallery', '--silent', '-w', 'keyfob-ui'], { cwd: ROOT });
}

export async function buildApp() {
  say(
    existsSync(built('keyfob-desktop'))
      ? 'Building the app.'
      : 'Building the app. The first time this takes several minutes.',
  );
  await buildPagesOf(OF_THE_APP);
  await perform('cargo', ['build', '--features', 'custom-protocol'], { cwd: ROOT });
}

/** The app and the example hosts, with the very features that the Rust tests build: nothing is compiled twice. */
export async function buildForTests() {
  await buildPages();
  const all = ['--workspace', '--bins', '--examples', '--features', 'custom-protocol'];
  await perform('cargo', ['build', ...all], { cwd: ROOT });
}

/** @param {string[]} names */
async function buildPagesOf(names) {
  const workspaces = names.flatMap((name) => ['-w', name]);
  await perform('npm', ['run', 'build', '--silent', ...workspaces], { cwd: ROOT });
}
