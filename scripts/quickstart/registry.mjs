// @ts-check
// Stands in for crates.io and npm, as neither knows our two packages yet: it answers for these, and passes the rest on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listen, sendJson } from '../../tests/provider/servers.mjs';
import { ROOT } from '../project.mjs';
import { ask, perform } from '../terminal.mjs';

const INDEX = 'https://index.crates.io';
const DOWNLOADS = 'https://static.crates.io/crates';
const FOLDER = `${ROOT}crates/tauri-plugin-keyfob`;

/** @typedef {Awaited<ReturnType<typeof openRegistry>>} Registry */

/** @param {string} folder where the npm package is packed, as for a release */
export async function openRegistry(folder) {
  const manifest = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8'));
  await perform('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: FOLDER, hides: /./u });
  const tarball = readFileSync(join(folder, `${manifest.name}-${manifest.version}.tgz`));
  const npm = ask('npm', ['config', 'get', 'registry']) ?? 'https://registry.npmjs.org/';

  const server = await listen((origin) => {
    /** @type {Record<string, unknown>} */
    const known = {
      [`/npm/${manifest.name}`]: metadataOf(manifest, `${origin}/tarball`),
      '/crates/config.json': { dl: DOWNLOADS },
      '/crates/ta/ur/tauri-plugin-keyfob': entryOf(manifest.version),
    };
    return async ({ url = '/' }, response) => {
      if (url in known) sendJson(response, 200, known[url]);
      else if (url === '/tarball') response.end(tarball);
      else if (url.startsWith('/npm/')) response.writeHead(302, { location: npm + url.slice(5) }).end();
      else await passOn(url.replace('/crates', INDEX), response);
    };
  });
  return { crates: `${server.origin}/crates/`, npm: `${server.origin}/npm/`, close: server.stop };
}

/**
 * @param {{ name: string, version: string }} manifest
 * @param {string} tarball
 */
function metadataOf(manifest, tarball) {
  const { name, version } = manifest;
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist: { tarball } } },
  };
}

/**
 * The crate's line in the index. What it depends on is not in it: the crate of this checkout takes its place.
 * @param {string} vers
 */
function entryOf(vers) {
  const cksum = '0'.repeat(64);
  return { name: 'tauri-plugin-keyfob', vers, deps: [], cksum, features: {}, yanked: false };
}

/**
 * @param {string} url
 * @param {import('node:http').ServerResponse} response
 */
async function passOn(url, response) {
  const answer = await fetch(url);
  response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
}
