// @ts-check
// A real OpenID provider on this machine (oidc-provider, certified), one issuer for each profile, with APIs to call.
import { APIS, forbid, startApi } from './apis.mjs';
import { Control } from './control.mjs';
import { handleInteractions, INTERACTION_PATH } from './interactions.mjs';
import { Provider } from './oidc.mjs';
import { configurationOf, PROFILES } from './profiles.mjs';
import { listen, readBody, sendJson } from './servers.mjs';
import { Storage } from './storage.mjs';

export { APIS } from './apis.mjs';
export { PASSWORD } from './people.mjs';
export { CLIENT_ID, PROFILES } from './profiles.mjs';

/** @typedef {import('oidc-provider').default} Issuer */
/** @typedef {Awaited<ReturnType<typeof startProvider>>} RunningProvider */

/**
 * @param {object} [options]
 * @param {string[]} [options.profiles] all by default
 * @param {number} [options.port] the first issuer's; the others follow. 0: free ones
 * @param {import('koa').Middleware} [options.around] what every request of a provider goes through
 * @param {string} [options.file] where to remember accounts' sessions and keys; without it they end with the process
 */
export async function startProvider({ profiles = Object.keys(PROFILES), port = 0, file, around } = {}) {
  const storage = new Storage(file);
  const control = new Control();

  /** @type {Record<string, import('./servers.mjs').Server>} */
  const issuers = {};
  for (const [index, profile] of profiles.entries()) {
    issuers[profile] = await listen(
      (origin) => issue(new Provider(origin, configurationOf(profile, storage, control)), control, around),
      port && port + index,
    );
  }

  const origins = Object.values(issuers).map(({ origin }) => origin);
  const keys = { keys: [storage.verificationKey()] };
  const trust = { issuers: origins, keys, control };
  const notes = await startApi({ ...trust, audience: APIS.notes.audience });
  const orders = await startApi({ ...trust, audience: APIS.orders.audience });
  const legacy = await startApi({ ...trust, audience: APIS.legacy.audience }, forbid);
  const controlServer = await listen(() => handleControl(control));
  const servers = [...Object.values(issuers), notes, orders, legacy, controlServer];

  return {
    /** The issuer of each profile; it can be stopped and started again, on the same port. */
    issuers,
    apis: { notes: notes.origin, orders: orders.origin, legacy: legacy.origin },
    control,
    controlUrl: `${controlServer.origin}/control`,
    close: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/**
 * @param {Issuer} provider
 * @param {Control} control
 * @param {import('koa').Middleware} [around]
 * @returns {import('node:http').RequestListener}
 */
function issue(provider, control, around) {
  if (around) provider.use(/** @type {Parameters<Issuer['use']>[0]} */ (around));
  control.watch(provider);
  provider.on('server_error', (_context, error) => process.stderr.write(`provider: ${error.stack}\n`));
  const protocol = provider.callback();
  const interactions = handleInteractions(provider);
  return (request, response) =>
    (request.url?.startsWith(INTERACTION_PATH) ? interactions : protocol)(request, response);
}

/**
 * @param {Control} control
 * @returns {import('node:http').RequestListener}
 */
function handleControl(control) {
  return async (request, response) => {
    try {
      if (request.method === 'POST') control.change(JSON.parse((await readBody(request)).toString()));
      sendJson(response, 200, control.report());
    } catch (error) {
      sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
    }
  };
}
