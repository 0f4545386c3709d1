// @ts-check
// The pictures in docs/screens, and how far a new one is from the one that is there.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { ARTIFACTS, ROOT } from '../project.mjs';

export const COMMITTED = join(ROOT, 'docs/screens');
const TAKEN = join(ARTIFACTS, 'screens');

/** How different a pixel's colour may be before it counts, from 0 to 1; edges of letters count never. */
const TOLERANCE = 0.1;
/** The pixels that may differ all the same, of half a million. */
const FEW = 40;

/** @param {string} name @param {Buffer} picture */
export function keep(name, picture) {
  write(COMMITTED, name, picture);
}

/**
 * Leaves the picture in the artifacts, and says how it differs from the one that is committed.
 * @param {string} name
 * @param {Buffer} picture
 * @returns {string | undefined}
 */
export function differenceOf(name, picture) {
  write(TAKEN, name, picture);
  const file = join(COMMITTED, `${name}.png`);
  if (!existsSync(file)) return 'there is no such picture in docs/screens';
  const [before, now] = [PNG.sync.read(readFileSync(file)), PNG.sync.read(picture)];
  const { width, height } = now;
  if (before.width !== width || before.height !== height) {
    return `it was ${before.width}x${before.height}, and is ${width}x${height}`;
  }
  const difference = new PNG({ width, height });
  const count = pixelmatch(before.data, now.data, difference.data, width, height, { threshold: TOLERANCE });
  if (count <= FEW) return undefined;
  write(TAKEN, `${name}.difference`, PNG.sync.write(difference));
  return `${count} pixels differ: artifacts/screens/${name}.difference.png`;
}

/** @param {string} name @param {Buffer} picture */
export function take(name, picture) {
  write(TAKEN, name, picture);
}

/**
 * The committed pictures that are of no state any more.
 * @param {Set<string>} names
 */
export function leftOver(names) {
  if (!existsSync(COMMITTED)) return [];
  return readdirSync(COMMITTED).filter((file) => file.endsWith('.png') && !names.has(file.slice(0, -4)));
}

/** @param {string[]} files */
export function remove(files) {
  for (const file of files) rmSync(join(COMMITTED, file));
}

/** @param {string} folder @param {string} name @param {Buffer} picture */
function write(folder, name, picture) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.png`), picture);
}
