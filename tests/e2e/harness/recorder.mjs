// @ts-check
// Everything that crosses Tauri's IPC, seen from inside the page: requests, answers, and the messages of a channel.

/** @param {import('./app.mjs').App} app */
export async function startRecordingIpc(app) {
  await app.window.run(record);
}

/**
 * @param {import('./app.mjs').App} app
 * @returns {Promise<string[]>}
 */
export function takeRecordedIpc(app) {
  return app.window.run(async () => {
    const recorded = /** @type {any} */ (window).recordedIpc;
    return Promise.all(recorded.splice(0));
  });
}

/** Runs in the page. Tauri's own `invoke` is frozen, so this wraps the `fetch` under it. */
async function record() {
  /** @type {(string | Promise<string>)[]} */
  const recorded = [];
  const original = window.fetch;
  window.fetch = async (input, init) => {
    const { body = null, headers } = init ?? {};
    recorded.push(String(input), JSON.stringify([...new Headers(headers)]), new Response(body).text());
    const response = await original(input, init);
    recorded.push(JSON.stringify([...response.headers]), response.clone().text());
    return response;
  };
  const { invoke, transformCallback } = /** @type {any} */ (window).__TAURI_INTERNALS__;
  const onMessage = transformCallback((/** @type {unknown} */ message) =>
    recorded.push(JSON.stringify(message)),
  );
  await invoke('plugin:keyfob|subscribe', { channel: `__CHANNEL__:${onMessage}` });
  Object.assign(window, { recordedIpc: recorded });
}
