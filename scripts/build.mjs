// @ts-check
import { ROOT } from './project.mjs';
import { perform } from './terminal.mjs';

const WITH_PAGES = ['tauri-plugin-keyfob-api', 'ui', 'tests/window'];

/** The pages, which `custom-protocol` puts into the binary: they come first. */
export async function buildPages() {
  const workspaces = WITH_PAGES.flatMap((workspace) => ['-w', workspace]);
  await perform('npm', ['run', 'build', '--silent', ...workspaces], { cwd: ROOT });
  await perform('npm', ['run', 'build:gallery', '--silent', '-w', 'keyfob-ui'], { cwd: ROOT });
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
