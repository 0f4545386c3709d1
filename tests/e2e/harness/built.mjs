// @ts-check
// Where cargo puts what the tests run.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TARGET = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../../target', import.meta.url));

/** @param {string} name of a program, or of an example as `examples/…` */
export function built(name) {
  return join(TARGET, 'debug', name);
}
