// @ts-check
// Callbacks that answer nothing, as anybody may hand them to the app: generated, and the same for the same seed.

export const CALLBACK = 'dev.keyfob.desktop:/callback';

/** @typedef {(dice: Dice, state: string) => string[]} Family arguments of a process, of the state that is waited for */

/**
 * No state that is waited for stands in these alone and on the right redirect URI: whoever knew it could end the
 * sign-in, as the provider can.
 * @type {Family[]}
 */
const FAMILIES = [
  // Not a URL at all, or none that ends.
  (dice) => [`dev.keyfob.desktop:${dice.text(40)}`],
  (dice) => [`${CALLBACK}?code=${'a'.repeat(dice.below(100_000))}&state=${dice.token()}`],
  (dice) => [`${CALLBACK}?${`x${dice.token()}=&`.repeat(dice.below(1000))}`],
  // Escapes that are none, or that stand for what may not be there.
  (dice) => [
    `${CALLBACK}?code=${dice.of(['%', '%2', '%zz', '%00', '%c0%af', '%ed%a0%80', '%ff'])}&state=${dice.token()}`,
  ],
  (dice) => [`${CALLBACK}?st%61te=${dice.token()}&c%6fde=${dice.token()}&%00=%0d%0a`],
  // What would write a line of its own into a log, or move a terminal's cursor.
  (dice) => [
    `${CALLBACK}?code=${dice.of(['\n', '\r\n', '\t', '\u001b[2J', '\u0007'])}x&state=${dice.token()}`,
  ],
  (dice) => [
    `${CALLBACK}?state=${dice.of(['é', '\u202e', '\u200b', '\ufeff', '𐍈', '👩‍👩‍👧'])}${dice.token()}&code=x`,
  ],
  // Parameters that are missing, empty, repeated, or other flows'.
  (dice) => [
    `${CALLBACK}${dice.of(['', '?', '?&', '?=', '?state', '?state=', '?code=x', '?state=&code=', '?error='])}`,
  ],
  (dice, state) => [
    `${CALLBACK}?code=${dice.token()}&state=${state}&state=${dice.of([state, dice.token(), ''])}`,
  ],
  (dice) => [
    `${CALLBACK}?state=${dice.token()}&${dice.of(['id_token', 'access_token', 'response', 'token'])}=x`,
  ],
  (dice) => [`${CALLBACK}?error=access_denied&error_description=${dice.text(30)}&state=${dice.token()}`],
  // Nearly the state.
  (dice, state) => [
    `${CALLBACK}?code=x&state=${dice.of([state.slice(1), `${state}x`, state.toUpperCase(), `%20${state}`, `${state}%00`])}`,
  ],
  // The state, where it doesn't count.
  (dice, state) => [`${CALLBACK}#code=${dice.token()}&state=${state}`],
  (dice, state) => [`${CALLBACK}?STATE=${state}&code=x${dice.token()}`],
  // The state, on another redirect URI.
  (dice, state) => [
    dice.of([
      `dev.keyfob.desktop://callback?code=x&state=${state}`,
      `dev.keyfob.desktop://host/callback?code=x&state=${state}`,
      `dev.keyfob.desktop://user@host:1/callback?code=x&state=${state}`,
      `dev.keyfob.desktop:callback?code=x&state=${state}`,
      `dev.keyfob.desktop:/callback/?code=x&state=${state}`,
      `dev.keyfob.desktop:/Callback?code=x&state=${state}`,
      `dev.keyfob.desktop:/callback/${dice.token()}?code=x&state=${state}`,
      `dev.keyfob.desktop:/x/%2e%2e/callbac%6b?code=x&state=${state}`,
      `dev.keyfob.desktop:/${dice.token()}/../call%62ack?code=x&state=${state}`,
    ]),
  ],
  // Another scheme.
  (dice, state) => [
    `${dice.of(['https', 'http', 'file', 'javascript', 'dev.keyfob.desktop.evil', 'dev.keyfob'])}://127.0.0.1/callback?code=x&state=${state}`,
  ],
  // More than the URL, or what a shell would take apart.
  (dice, state) => [`${CALLBACK}?code=x&state=${state}`, dice.of(['', '--flag', CALLBACK, dice.token()])],
  (dice, state) => [
    dice.of(['--', '-', '', '--url', '%u']),
    `${CALLBACK}?code=${dice.token()}&state=${state}`,
  ],
  (dice) => [`${CALLBACK}?code=$(id)\`id\`;id|id&state="'${dice.token()}`],
  (dice, state) => [`${dice.of(['\t\n', '"', "'", '<', '\\'])}${CALLBACK}?code=x&state=${state}`],
  (dice) => [
    dice.of(['--help', '--version', '--display=:0', '--gapplication-service', '-psn_0_1', dice.text(20)]),
  ],
];

/**
 * @param {number} count
 * @param {string} state the one that is waited for
 * @param {number} seed
 * @returns {string[][]}
 */
export function malformedCallbacks(count, state, seed) {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, index) => FAMILIES[index % FAMILIES.length](dice, state));
}

/**
 * Callbacks that look right, and answer a request that nobody has made.
 * @param {number} count
 * @param {string} issuer
 * @param {number} seed
 */
export function unsolicitedCallbacks(count, issuer, seed) {
  const dice = new Dice(seed);
  return Array.from({ length: count }, () => {
    const parameters = new URLSearchParams({ code: dice.token(), state: dice.token(), iss: issuer });
    return `${CALLBACK}?${parameters}`;
  });
}

/** mulberry32: small, and good enough to mix inputs. */
class Dice {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed;
  }

  /** @param {number} bound */
  below(bound) {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }

  /**
   * @template T
   * @param {T[]} choices
   */
  of(choices) {
    return choices[this.below(choices.length)];
  }

  token() {
    return Array.from({ length: 43 }, () =>
      this.of([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']),
    ).join('');
  }

  /**
   * Of any characters that an argument can hold.
   * @param {number} longest
   */
  text(longest) {
    return Array.from({ length: this.below(longest) }, () => String.fromCharCode(1 + this.below(0x2ff))).join(
      '',
    );
  }
}
