// @ts-check
// What a process holds in memory, as root or its own parent can see it (Linux).
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';

const PAGE = 4096;
/** Of a page's entry in pagemap: whether it is in memory or swapped out, and what it takes. */
const THERE = 0b1100_0000;
const ENTRY = 8;
/** Pages that are looked up at once. */
const WINDOW = 64 * 1024;
/** Bytes that are read at once. */
const STEP = 4 * 1024 * 1024;

/**
 * Its resident memory, in MiB.
 * @param {number} pid
 */
export function residentMemory(pid) {
  return statusOf(pid, /^VmRSS:\s+(\d+) kB$/mu);
}

/**
 * The most that it has had resident since {@link forgetPeak}, in MiB.
 * @param {number} pid
 */
export function peakMemory(pid) {
  return statusOf(pid, /^VmHWM:\s+(\d+) kB$/mu);
}

/** @param {number} pid */
export function forgetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/**
 * Which of these byte strings stand anywhere in its memory that it can write to.
 * @param {number} pid
 * @param {Buffer[]} needles
 * @returns {Set<Buffer>}
 */
export function foundInMemory(pid, needles) {
  const found = new Set();
  const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const { start, end } of writtenRanges(pid)) {
      for (let from = start; from < end; from += STEP) {
        const bytes = read(memory, from, Math.min(end, from + STEP + overlap));
        for (const needle of needles) if (bytes.includes(needle)) found.add(needle);
      }
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

/**
 * @param {number} pid
 * @param {RegExp} line with a number of kibibytes
 */
function statusOf(pid, line) {
  const [, kibibytes] = line.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

/** @typedef {{ start: number, end: number }} Range of addresses */

/**
 * Pages that have been used: a script engine reserves gigabytes, of which it uses little.
 * @param {number} pid
 * @returns {Generator<Range>}
 */
function* writtenRanges(pid) {
  const pagemap = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    for (const region of usedRegions(pid)) yield* usedPages(pagemap, region);
  } finally {
    closeSync(pagemap);
  }
}

/**
 * @param {number} pid
 * @returns {Range[]}
 */
function usedRegions(pid) {
  const regions = readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/mu);
  return regions.flatMap((region) => {
    const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) rw/u.exec(region) ?? [];
    const unused = /^Rss:\s+0 kB$/mu.test(region) && /^Swap:\s+0 kB$/mu.test(region);
    return start && end && !unused
      ? [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }]
      : [];
  });
}

/**
 * @param {number} pagemap
 * @param {Range} region
 * @returns {Generator<Range>}
 */
function* usedPages(pagemap, { start, end }) {
  /** @type {Range | undefined} */
  let range;
  for (let window = start; window < end; window += WINDOW * PAGE) {
    const pages = Math.min(WINDOW, (end - window) / PAGE);
    const entries = read(pagemap, (window / PAGE) * ENTRY, (window / PAGE + pages) * ENTRY);
    for (let page = 0; page < entries.length / ENTRY; page += 1) {
      const address = window + page * PAGE;
      const there = (entries[page * ENTRY + ENTRY - 1] & THERE) !== 0;
      if (there && range) range.end = address + PAGE;
      else if (there) range = { start: address, end: address + PAGE };
      else if (range) {
        yield range;
        range = undefined;
      }
    }
  }
  if (range) yield range;
}

/**
 * What can be read of a file of /proc; a region may be unmapped meanwhile.
 * @param {number} file
 * @param {number} start
 * @param {number} end
 */
function read(file, start, end) {
  const buffer = Buffer.alloc(end - start);
  let length = 0;
  try {
    while (length < buffer.length) {
      const count = readSync(file, buffer, length, buffer.length - length, start + length);
      if (count === 0) break;
      length += count;
    }
  } catch {
    // EIO: there is nothing any more.
  }
  return buffer.subarray(0, length);
}
