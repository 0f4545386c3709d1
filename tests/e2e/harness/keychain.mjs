// @ts-check
// What the keychain holds, seen with somebody else's eyes: secret-tool speaks to gnome-keyring itself.

const SERVICE = 'dev.keyfob.desktop';

/**
 * The names (the `account` attribute) of Keyfob's items.
 * @param {import('./desktop.mjs').Desktop} desktop
 */
export async function keychainItems(desktop) {
  const { stdout, stderr } = await search(desktop);
  // It writes the attributes to one stream and the secret to the other.
  return [...`${stdout}\n${stderr}`.matchAll(/^attribute\.account = (.+)$/gmu)].map(([, account]) => account);
}

/**
 * What they hold.
 * @param {import('./desktop.mjs').Desktop} desktop
 */
export async function keychainSecrets(desktop) {
  const { stdout } = await search(desktop);
  return [...stdout.matchAll(/^secret = (.+?)\ncreated = /gmsu)].map(([, secret]) => secret);
}

/** @param {import('./desktop.mjs').Desktop} desktop */
export async function emptyKeychain(desktop) {
  await desktop.run('secret-tool', ['clear', 'service', SERVICE]);
}

/**
 * Anew where an item is deleted between being found and being read, for which secret-tool gives up.
 * @param {import('./desktop.mjs').Desktop} desktop
 * @returns {Promise<{ stdout: string, stderr: string }>}
 */
async function search(desktop) {
  try {
    return await desktop.run('secret-tool', ['search', '--all', 'service', SERVICE]);
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('No such secret item'))) throw error;
    return search(desktop);
  }
}
