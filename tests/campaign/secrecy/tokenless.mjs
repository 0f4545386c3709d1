// @ts-check
// A window that calls APIs and may have no token: what its own process knows.
import { randomUUID } from 'node:crypto';
import { built } from '../../e2e/harness/built.mjs';
import { World } from '../../e2e/harness/world.mjs';
import { Figure, Outcome } from '../check.mjs';
import { foundInMemory } from '../memory.mjs';
import { childrenOf, signatureOf, written } from './search.mjs';

const CALLS = 50;
const PAGES = 'WebKitWebProcess';
const WINDOWS = /** @type {const} */ (['main', 'tokenless']);

/** @type {import('../check.mjs').Check} */
export const tokenless = {
  id: 'secrecy-tokenless',
  target: `a window with \`keyfob:fetch\` and without \`keyfob:tokens\`: ${CALLS} calls answered, refreshes among them, and the access tokens in 0 bytes of its process's memory`,
  guard: 'a search in the process of a window that has the token',
  nFull: CALLS,
  async body(run) {
    const env = { SDK_HOST_WINDOWS: WINDOWS.join(',') };
    const world = await World.open({ binary: built('examples/sdk-host'), env });
    try {
      await world.app.start();
      await world.signIn('ada');
      const answered = await call(world);
      const processes = await processesOf(world);
      const { accessTokens } = world.provider.control.report().issued;
      const needles = accessTokens.map(signatureOf).flatMap(written);
      const found = foundInMemory(processes[run.sabotaged ? 'main' : 'tokenless'], needles);
      return new Outcome(CALLS, [
        Figure.none(CALLS - answered, 'calls not answered'),
        Figure.atLeast(2, accessTokens.length, 'access tokens looked for'),
        Figure.none(found.size, 'of them found'),
      ]);
    } finally {
      await world.close();
    }
  },
};

/**
 * The window without tokens calls, and the other one, which shows and renews the token, sees to it that there are several.
 * @param {World} world
 */
async function call(world) {
  const { provider, app } = world;
  let answered = 0;
  for (let number = 0; number < CALLS; number += 1) {
    if (number % 10 === 5) provider.control.expireAccessTokens();
    const status = await app.windowOf('tokenless').run(statusOf, `${provider.apis.notes}/me?call=${number}`);
    if (status === 200) answered += 1;
    await app.windowOf('main').run(askForToken);
  }
  return answered;
}

/**
 * Which process holds which window's page: the one that knows a word which only that page was told.
 * @param {World} world
 * @returns {Promise<Record<typeof WINDOWS[number], number>>}
 */
async function processesOf({ app }) {
  const pages = childrenOf(app.pid).filter(({ name }) => name === PAGES);
  const owners = [];
  for (const label of WINDOWS) {
    const word = randomUUID();
    await app.windowOf(label).run(remember, word);
    const holding = pages.filter(({ pid }) => foundInMemory(pid, written(word)).size > 0);
    if (holding.length !== 1) throw new Error(`${holding.length} processes hold the page of ${label}`);
    owners.push([label, holding[0].pid]);
  }
  if (owners[0][1] === owners[1][1]) throw new Error('both windows are pages of one process');
  return Object.fromEntries(owners);
}

/**
 * Runs in the page.
 * @param {string} url
 * @returns {Promise<number>}
 */
async function statusOf(url) {
  const response = await /** @type {any} */ (window).sdk.authenticatedFetch(url);
  await response.text();
  return response.status;
}

/** Runs in the page. */
async function askForToken() {
  const token = await /** @type {any} */ (window).sdk.getAccessToken();
  Object.assign(window, { lastToken: token });
}

/**
 * Runs in the page.
 * @param {string} word
 */
function remember(word) {
  Object.assign(window, { word });
}
