// @ts-check
// Child processes that are stopped by their own pid, and never outlive the test.
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** How long a program may take to end when it is told to, in milliseconds. */
export const STOP_WITHIN = 5_000;

/** @typedef {Record<string, string>} Environment */

/** @type {Set<Process>} */
const running = new Set();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  // The default action would skip the line above.
  process.once(signal, () => process.exit(1));
}

export class Process {
  /** @type {string[]} */
  lines = [];
  /** @type {Promise<void>} */
  exited;
  #child;
  /** @type {Set<(line: string) => void>} */
  #listeners = new Set();

  /**
   * @param {string} command
   * @param {string[]} args
   * @param {{ env: Environment, input?: string }} options
   */
  constructor(command, args, { env, input }) {
    this.#child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.end(input);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.#take(line));
    }
    running.add(this);
    this.exited = new Promise((resolve) => {
      const ended = () => {
        running.delete(this);
        resolve();
      };
      this.#child.once('exit', ended);
      this.#child.once('error', (error) => {
        this.#take(`${command}: ${error.message}`);
        ended();
      });
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** `null` while it runs, and after a signal. */
  get exitCode() {
    return this.#child.exitCode;
  }

  /**
   * The first line, past or coming, that matches.
   * @param {RegExp} pattern
   * @returns {Promise<RegExpExecArray>}
   */
  line(pattern) {
    return within(10_000, `a line like ${pattern} from ${this.#child.spawnfile}`, (resolve, reject) => {
      /** @param {string} line */
      const look = (line) => {
        const match = pattern.exec(line);
        if (match) {
          this.#listeners.delete(look);
          resolve(match);
        }
      };
      this.#listeners.add(look);
      for (const line of this.lines) look(line);
      this.exited.then(() => reject(new Error(`${this.#child.spawnfile} ended:\n${this.lines.join('\n')}`)));
    });
  }

  /** @param {(line: string) => void} listener for past lines and those to come */
  onLine(listener) {
    for (const line of this.lines) listener(line);
    this.#listeners.add(listener);
  }

  async stop() {
    if (!running.has(this)) return;
    this.kill('SIGTERM');
    const impatience = setTimeout(() => this.kill('SIGKILL'), STOP_WITHIN);
    await this.exited;
    clearTimeout(impatience);
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    this.#child.kill(signal);
  }

  /** @param {string} line */
  #take(line) {
    this.lines.push(line);
    for (const listener of this.#listeners) listener(line);
  }
}

/**
 * Runs a command to its end and gives its output.
 * @param {string} command
 * @param {string[]} args
 * @param {Environment} env
 */
export async function run(command, args, env) {
  return promisify(execFile)(command, args, { env, timeout: 20_000 });
}

/**
 * @template T
 * @param {number} milliseconds
 * @param {string} what
 * @param {(resolve: (value: T) => void, reject: (error: Error) => void) => void} start
 * @returns {Promise<T>}
 */
export function within(milliseconds, what, start) {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(
      () => reject(new Error(`waited ${milliseconds} ms for ${what}`)),
      milliseconds,
    );
    const settle = () => clearTimeout(deadline);
    start(
      (value) => {
        settle();
        resolve(value);
      },
      (error) => {
        settle();
        reject(error);
      },
    );
  });
}

/**
 * For conditions that announce themselves by no event.
 * @template T
 * @param {string} what
 * @param {() => T | Promise<T>} condition
 * @param {number} [milliseconds]
 * @returns {Promise<NonNullable<Exclude<T, false>>>}
 */
export async function until(what, condition, milliseconds = 15_000) {
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline) {
    const value = await condition();
    if (value) return /** @type {any} */ (value);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${milliseconds} ms for ${what}`);
}
