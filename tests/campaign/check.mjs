// @ts-check
// A check: what it promises, how it is run, and what came of it; as in crates/campaign, for promises of the whole
// product.

/** No check takes so long; one that does waits for something that never comes. */
const NEVER = 30 * 60_000;

/**
 * One line of the table of promises.
 * @typedef {object} Check
 * @property {string} id
 * @property {string} target
 * @property {string} guard what the control switches off or puts in
 * @property {number} nFull how many times the full form tries it, in its own unit: links, sign-ins, secrets, …
 * @property {(run: Run) => Promise<Outcome>} body
 */

/** How a check is to be run. */
export class Run {
  /**
   * @param {object} options
   * @param {boolean} options.short
   * @param {boolean} [options.sabotaged] as the control, which has to fall short
   */
  constructor({ short, sabotaged = false }) {
    this.short = short;
    this.sabotaged = sabotaged;
  }

  /**
   * A twentieth in the short form, and never nothing; a control has to fail but once.
   * @param {number} full
   */
  of(full) {
    if (this.sabotaged) return Math.ceil(full / 100);
    return this.short ? Math.ceil(full / 20) : full;
  }
}

/** A number, its unit, and whether it is within its bound. */
export class Figure {
  /**
   * @param {number} value
   * @param {string} unit
   * @param {boolean} holds
   */
  constructor(value, unit, holds) {
    this.value = value;
    this.unit = unit;
    this.holds = holds;
  }

  /**
   * @param {number} wanted
   * @param {number} value
   * @param {string} unit
   */
  static exactly(wanted, value, unit) {
    return new Figure(value, unit, value === wanted);
  }

  /**
   * @param {number} value
   * @param {string} unit
   */
  static none(value, unit) {
    return Figure.exactly(0, value, unit);
  }

  /**
   * @param {number} most
   * @param {number} value
   * @param {string} unit
   */
  static atMost(most, value, unit) {
    return new Figure(value, unit, value <= most);
  }

  /**
   * @param {number} least
   * @param {number} value
   * @param {string} unit
   */
  static atLeast(least, value, unit) {
    return new Figure(value, unit, value >= least);
  }
}

/** What a check found. */
export class Outcome {
  /**
   * @param {number} n how many times it was tried
   * @param {Figure[]} figures
   * @param {string[]} [notes] what a person should know besides: which of many failed
   */
  constructor(n, figures, notes = []) {
    this.n = n;
    this.figures = figures;
    this.notes = notes;
  }

  /** No figure is no proof. */
  get holds() {
    return this.figures.length > 0 && this.figures.every((figure) => figure.holds);
  }

  /** A number where there is one figure, else all of them in words. */
  get figure() {
    if (this.figures.length === 0) return null;
    const [first, ...others] = this.figures;
    if (others.length === 0) return first.value;
    return this.figures.map(({ value, unit }) => `${value} ${unit}`).join(', ');
  }

  get unit() {
    return this.figures.map(({ unit }) => unit).join(', ');
  }
}

/**
 * Runs a check to an end of some kind: one that throws or hangs falls short, and the others are still run.
 * @param {Check} check
 * @param {Run} run
 * @returns {Promise<Outcome>}
 */
export async function perform(check, run) {
  /** @type {NodeJS.Timeout | undefined} */
  let deadline;
  const never = new Promise((_resolve, reject) => {
    deadline = setTimeout(() => reject(new Error('it never ended')), NEVER);
  });
  try {
    return await Promise.race([check.body(run), /** @type {Promise<never>} */ (never)]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return new Outcome(0, [], [`cut short: ${reason}`]);
  } finally {
    clearTimeout(deadline);
  }
}
