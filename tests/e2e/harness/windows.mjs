// @ts-check
// The windows of a desktop, and what a person presses in them.
import { until } from './processes.mjs';

/** @typedef {import('./desktop.mjs').Desktop} Desktop */

/**
 * Presses keys in the window, which no window manager has given the focus.
 * @param {Desktop} desktop
 * @param {string} title
 * @param {string} keys
 */
export async function press(desktop, title, keys) {
  const [window] = await until(title, async () => {
    const windows = await windowsOf(desktop, title);
    return windows.length > 0 && windows;
  });
  await desktop.run('xdotool', ['windowfocus', '--sync', window, 'key', keys]);
}

/**
 * The windows that a person sees.
 * @param {Desktop} desktop
 * @param {string} title
 */
export function windowsOf(desktop, title) {
  return found(desktop, ['--onlyvisible', '--name', `^${title.replaceAll('?', '\\?')}$`]);
}

/**
 * @param {Desktop} desktop
 * @param {string[]} criteria
 */
export async function found(desktop, criteria) {
  // It fails where there is none.
  const windows = await desktop.run('xdotool', ['search', ...criteria]).catch(() => undefined);
  return windows?.stdout.trim().split('\n') ?? [];
}
