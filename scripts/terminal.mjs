// @ts-check
// What the scripts say, and how they run other programs.
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

/** Something that the person can mend; its message says how. */
export class Problem extends Error {}

/** @param {string} text */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/**
 * Runs a script's body: an error ends it with one message and without a stack trace.
 * @param {() => Promise<void>} body
 */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/**
 * The output of a short command, or undefined when it isn't there or fails.
 * @param {string} command
 * @param {string[]} args
 */
export function ask(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Runs a command to its end in the foreground, and gives the lines that it printed, without colours.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, hides?: RegExp }} [options] hides: lines that are not shown
 * @returns {Promise<string[]>}
 */
export function perform(command, args, { env = {}, cwd, hides } = {}) {
  const line = [command, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      if (!hides) process.stdout.write(chunk);
    });
    if (hides) {
      createInterface({ input: child.stdout }).on('line', (shown) => {
        if (!hides.test(shown)) say(shown);
      });
    }
    child.once('error', (error) => reject(new Problem(`"${line}" could not start: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(stripVTControlCharacters(output).split('\n'));
      else
        reject(new Problem(`"${line}" failed (${signal ?? `exit code ${code}`}). Its own words are above.`));
    });
  });
}
