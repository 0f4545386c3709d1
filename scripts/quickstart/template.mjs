// @ts-check
// A blank Tauri app, and around it what makes it take our two packages from this checkout.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../project.mjs';
import { perform } from '../terminal.mjs';

const CREATE_TAURI_APP = 'create-tauri-app@4.7.4';
export const APP = 'my-app';

/**
 * @param {string} folder
 * @returns {Promise<string>} where the app is
 */
export async function createApp(folder) {
  const options = [
    '--template',
    'react-ts',
    '--manager',
    'npm',
    '--identifier',
    `com.example.${APP}`,
    '--yes',
  ];
  await perform('npx', ['--yes', CREATE_TAURI_APP, APP, ...options], { cwd: folder, hides: /./u });
  const app = join(folder, APP);
  await perform('npm', ['install', '--silent'], { cwd: app });
  // The versions that the tests run with, so that nothing is compiled that they have compiled already.
  copyFileSync(`${ROOT}Cargo.lock`, join(app, 'src-tauri/Cargo.lock'));
  copyFileSync(`${ROOT}rust-toolchain.toml`, join(folder, 'rust-toolchain.toml'));
  return app;
}

/**
 * Tells cargo, from outside the app, where our crates are: as dependencies in this checkout, and, while one is being
 * added, in an index that knows it.
 * @param {string} folder
 * @param {string} [index]
 */
export function substituteCrates(folder, index) {
  const source = index
    ? ['[source.crates-io]', 'replace-with = "stand-in"', '[source.stand-in]', `registry = "sparse+${index}"`]
    : [];
  const lines = [
    '[patch.crates-io]',
    ...['keyfob', 'tauri-plugin-keyfob'].map((name) => `${name} = { path = "${ROOT}crates/${name}" }`),
    ...source,
    // As the workspace's: others would compile its dependencies anew.
    '[profile.dev]',
    'debug = "line-tables-only"',
    '[profile.dev.package."*"]',
    'debug = false',
  ];
  mkdirSync(join(folder, '.cargo'), { recursive: true });
  writeFileSync(join(folder, '.cargo/config.toml'), `${lines.join('\n')}\n`);
}
