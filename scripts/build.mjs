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
