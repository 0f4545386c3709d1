const KEY = Symbol.for('tauri-plugin-keyfob-api/0.1.0');

/**
 * One value for the whole page, by name. Modules may be there twice (hot reload evaluates them again, a bundle may
 * hold two copies), and the engine keeps one channel for each webview: a second store would silence the first, which
 * would then answer from a session that is over.
 */
export function shared<T>(name: string, create: () => T): T {
  const page = globalThis as { [KEY]?: Record<string, unknown> };
  page[KEY] ??= {};
  page[KEY][name] ??= create();
  return page[KEY][name] as T;
}
