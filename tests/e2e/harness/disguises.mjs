// @ts-check
// URLs that look as if they led to one origin, and lead to another; among them some that lead where they look.

/** Ways to write a loopback host. */
const HOSTS = [
  '127.0.0.1',
  'localhost',
  'LOCALHOST',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '１２７.0.0.1',
  '127。0。0。1',
  'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  'localhost.',
  'l%6fcalhost',
];

const SCHEMES = [
  'http://',
  'HTTP://',
  'http:',
  'http:/',
  'http:\\\\',
  'https://',
  'ht\ttp://',
  '//',
  'ws://',
  'ftp://',
];

const PATHS = ['/me', '/', '', '/me?x=1', '/../me', '/%2e%2e/me', '/me#fragment', '//me', '/;@/me'];

/**
 * @param {object} options
 * @param {URL} options.bound the origin whose token it is
 * @param {URL} options.other the one that must not get it
 * @param {number} options.count
 * @returns {string[]}
 */
export function disguises({ bound, other, count }) {
  const makers = [
    (/** @type {Pick} */ pick) => `${pick(SCHEMES)}${pick(HOSTS)}:${other.port}${pick(PATHS)}`,
    (/** @type {Pick} */ pick) => `${pick(SCHEMES)}${pick(HOSTS)}:${bound.port}${pick(PATHS)}`,
    (/** @type {Pick} */ pick) =>
      `http://${bound.host}${pick(['@', '%40', ':x@', '\\@', '/@', '#@', '?@', '%00@', '%2f@'])}${pick(HOSTS)}:${other.port}${pick(PATHS)}`,
    (/** @type {Pick} */ pick) =>
      `http://${pick(HOSTS)}:${other.port}${pick(['/', '/?', '/#', '\\'])}${bound.origin}${pick(PATHS)}`,
    (/** @type {Pick} */ pick) =>
      `${bound.origin}${pick(['.evil.example', '.localhost', '%2eevil.example', '\u200b', '\u00ad', '0', ':0', ':80'])}${pick(PATHS)}`,
    (/** @type {Pick} */ pick) =>
      `${bound.protocol}//${bound.hostname}:${pick([`0${other.port}`, ` ${other.port}`, `${other.port}\t`, `\n${other.port}`])}${pick(PATHS)}`,
    (/** @type {Pick} */ pick) =>
      `${bound.origin}/redirect?n=${pick(NUMBERS)}&to=${encodeURIComponent(`http://${pick(HOSTS)}:${other.port}${pick(PATHS)}`)}`,
    (/** @type {Pick} */ pick) =>
      `${bound.origin}/redirect?n=${pick(NUMBERS)}&to=${encodeURIComponent(`${pick(['//', '\\\\', '/\\', 'http:', 'http:/'])}${other.host}${pick(PATHS)}`)}`,
    (/** @type {Pick} */ pick) =>
      `${pick(['\t', ' ', '\n', '\u00a0', ''])}${bound.origin}${pick(PATHS)}${pick(['', ' ', '\t', '?', '#'])}&${pick(NUMBERS)}`,
  ];
  const random = generator(7);
  const pick = (/** @type {readonly any[]} */ list) => list[Math.floor(random() * list.length)];
  /** @type {Set<string>} */
  const urls = new Set();
  for (let number = 0; urls.size < count; number += 1) {
    urls.add(makers[number % makers.length](pick));
  }
  return [...urls];
}

/** @typedef {(list: readonly any[]) => any} Pick */

const NUMBERS = Array.from({ length: 100 }, (_, number) => number);

/**
 * The same numbers between 0 and 1 each time (mulberry32).
 * @param {number} seed
 */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
