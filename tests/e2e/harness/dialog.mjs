// @ts-check
// The system's own dialogs, answered as a person does: with the keyboard.
import { until } from './processes.mjs';
import { press, windowsOf } from './windows.mjs';

/** @typedef {import('./desktop.mjs').Desktop} Desktop */

/**
 * Runs what leads to a dialog, and answers that.
 * @template T
 * @param {Desktop} desktop
 * @param {string} title
 * @param {'agree' | 'decline'} answer
 * @param {() => Promise<T>} body
 */
export async function answering(desktop, title, answer, body) {
  const done = body();
  // Waited for below; a dialog that doesn't come says more.
  done.catch(() => {});
  await press(desktop, title, answer === 'agree' ? 'Return' : 'Escape');
  await until('the dialog to go', async () => (await windowsOf(desktop, title)).length === 0);
  return done;
}
