// @ts-check
import { ROOT } from './project.mjs';
import { perform } from './terminal.mjs';

/** The pages, which `custom-protocol` puts into the binary: they come first. */
export async function buildPages() {
  await perform('npm', ['run', 'build', '--silent', '-w', 'tauri-plugin-keyfob-api', '-w', 'ui'], {
    cwd: ROOT,
  });
}

export async function buildApp() {
  await buildPages();
  await perform('cargo', ['build', '--features', 'custom-protocol'], { cwd: ROOT });
}

/** The app and the example hosts, with the very features that the Rust tests build: nothing is compiled twice. */
export async function buildForTests() {
  await buildPages();
  const all = ['--workspace', '--bins', '--examples', '--features', 'custom-protocol'];
  await perform('cargo', ['build', ...all], { cwd: ROOT });
}
