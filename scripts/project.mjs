// @ts-check
// Where things are.
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const ARTIFACTS = `${ROOT}artifacts`;
/** Programs of our own that cargo installs; nothing of them lands outside the project. */
export const TOOLS = `${ROOT}.tools`;

/** An empty DISPLAY counts as none. */
export function hasScreen() {
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY || process.platform !== 'linux');
}
