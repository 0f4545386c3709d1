// @ts-check
// What the keychain holds, seen with somebody else's eyes: secret-tool speaks to gnome-keyring itself.

const SERVICE = 'dev.keyfob.desktop';

/**
 * The names (the `account` attribute) of Keyfob's items.
 * @param {import('./desktop.mjs').Desktop} desktop
 */
export async function keychainItems(desktop) {
  const { stdout, stderr } = await desktop.run('secret-tool', ['search', '--all', 'service', SERVICE]);
  // It writes the attributes to one stream and the secret to the other.
  return [...`${stdout}\n${stderr}`.matchAll(/^attribute\.account = (.+)$/gmu)].map(([, account]) => account);
}

/**
 * What they hold.
 * @param {import('./desktop.mjs').Desktop} desktop
 */
export async function keychainSecrets(desktop) {
  const { stdout } = await desktop.run('secret-tool', ['search', '--all', 'service', SERVICE]);
  return [...stdout.matchAll(/^secret = (.+?)\ncreated = /gmsu)].map(([, secret]) => secret);
}

/** @param {import('./desktop.mjs').Desktop} desktop */
export async function emptyKeychain(desktop) {
  await desktop.run('secret-tool', ['clear', 'service', SERVICE]);
}
