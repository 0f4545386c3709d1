// @ts-check
// What secrets look like where they may not be, and in whose memory.
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Characters; fewer could stand somewhere by chance. */
const PART = 32;

/** @param {string} token a JWT */
export function signatureOf(token) {
  return token.slice(token.lastIndexOf('.') + 1);
}

/**
 * Its middle, as text lies in files and in the memory of scripts: a part is enough to be one too many.
 * @param {string} text
 */
export function written(text) {
  const spare = Math.max(0, text.length - PART) >> 1;
  const part = text.slice(spare, text.length - spare);
  return [Buffer.from(part, 'utf8'), Buffer.from(part, 'utf16le')];
}

/**
 * Its child processes, and theirs.
 * @param {number} parent
 * @returns {{ pid: number, name: string }[]}
 */
export function childrenOf(parent) {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
  return children
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .flatMap((pid) => [{ pid, name: basename(readlinkSync(`/proc/${pid}/exe`)) }, ...childrenOf(pid)]);
}
