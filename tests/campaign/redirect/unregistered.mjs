// @ts-check
// Desktops on which links of the app's scheme don't arrive, with the real app, xdg-open and browser.
import { BINARY } from '../../e2e/harness/app.mjs';
import { signInAs } from '../../e2e/harness/person.mjs';
import { World } from '../../e2e/harness/world.mjs';
import { Figure, Outcome } from '../check.mjs';

const SCHEME = 'dev.keyfob.desktop';
const ROUNDS = 5;

/** @typedef {import('../../e2e/harness/desktop.mjs').Desktop} Desktop */

/**
 * What is wrong with a desktop; gives what else is in the app's environment.
 * @type {Record<string, (desktop: Desktop) => Promise<Record<string, string>>>}
 */
const WRONG = {
  'nobody is registered': async () => ({}),
  'another app is registered': async (desktop) => {
    await desktop.installApplication('another-app', '/bin/true %u', [SCHEME]);
    return {};
  },
  'the program is gone': async (desktop) => {
    await desktop.installApplication(SCHEME, '"/opt/before/keyfob-desktop" %u', [SCHEME]);
    return {};
  },
  'xdg-open knows no desktop': async (desktop) => {
    await desktop.installApplication(SCHEME, `"${BINARY}" %u`, [SCHEME]);
    return { XDG_CURRENT_DESKTOP: '' };
  },
};

/** @type {typeof WRONG} */
const RIGHT = {
  'all is right': async (desktop) => {
    await desktop.installApplication(SCHEME, `"${BINARY}" %u`, [SCHEME]);
    return {};
  },
};

/** @type {import('../check.mjs').Check} */
export const unregistered = {
  id: 'redirect-unregistered-app',
  target:
    "xdg-open that can't dispatch the scheme, another app's handler, none, or one that is gone: loopback stands in the first authorization URL, one tab opened, sign-in completes",
  guard: 'a desktop where the link would arrive',
  nFull: ROUNDS * Object.keys(WRONG).length,
  async body(run) {
    const cases = Object.entries(run.sabotaged ? RIGHT : WRONG);
    const rounds = run.of(ROUNDS);
    const found = { loopback: 0, oneTab: 0, completed: 0 };
    /** @type {string[]} */
    const notes = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, prepare] of cases) {
        try {
          const { redirectUri, tabs } = await signInWhere(prepare);
          if (redirectUri.startsWith('http://127.0.0.1:')) found.loopback += 1;
          else notes.push(`${name}: ${redirectUri}`);
          if (tabs === 1) found.oneTab += 1;
          else notes.push(`${name}: ${tabs} tabs`);
          found.completed += 1;
        } catch (error) {
          notes.push(`${name}: ${error instanceof Error ? error.message : error}`);
        }
      }
    }
    const n = rounds * cases.length;
    return new Outcome(
      n,
      [
        Figure.exactly(n, found.loopback, 'first URLs with loopback'),
        Figure.exactly(n, found.oneTab, 'times one tab'),
        Figure.exactly(n, found.completed, 'sign-ins completed'),
      ],
      notes,
    );
  },
};

/** @param {(desktop: Desktop) => Promise<Record<string, string>>} prepare */
async function signInWhere(prepare) {
  const world = await World.open({ redirect: ['deepLink', 'loopback'], installed: false });
  try {
    await world.app.start(await prepare(world.desktop));
    const tab = await world.startSignIn();
    const url = new URL(await world.app.invoke('get_authorization_url'));
    await signInAs(tab, 'ada');
    await world.app.screen('signed-in');
    return { redirectUri: url.searchParams.get('redirect_uri') ?? '', tabs: await world.browser.tabs() };
  } finally {
    await world.close();
  }
}
