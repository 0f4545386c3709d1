// @ts-check
// Another window of the same app, without any of Keyfob's permissions, that listens and forges: an example host of
// src-tauri/examples, whose second window has a script for that.
import { built } from '../../e2e/harness/built.mjs';
import { keychainItems } from '../../e2e/harness/keychain.mjs';
import { signInAs } from '../../e2e/harness/person.mjs';
import { until } from '../../e2e/harness/processes.mjs';
import { World } from '../../e2e/harness/world.mjs';
import { Figure, Outcome } from '../check.mjs';

const FORGERIES = 1000;

/** @type {import('../check.mjs').Check} */
export const isolation = {
  id: 'window-isolation',
  target:
    'a window with core:default and no Keyfob permission listens throughout and emits 1,000 forged snapshots and deep links: 0 changes elsewhere, 0 bytes of profile, state or URL heard',
  guard: 'a host that tells every window what happens, and believes them',
  nFull: FORGERIES,
  async body(run) {
    const world = await World.open({
      binary: built('examples/two-windows'),
      env: {
        TWO_WINDOWS_FORGERIES: String(run.of(FORGERIES)),
        ...(run.sabotaged ? { TWO_WINDOWS_LEAKY: '1' } : {}),
      },
    });
    try {
      const windows = new Windows(world);
      await world.app.start();
      await world.app.screen('signed-out');
      await windows.report(/eavesdropper: "listens"/u);
      await windows.liveThroughASession();
      const { bytes, reports } = windows.heard();
      return new Outcome(
        run.of(FORGERIES),
        [Figure.none(windows.changes.length, 'changes elsewhere'), Figure.none(bytes, 'bytes heard')],
        [...windows.changes, ...reports].slice(0, 5).map((note) => note.slice(0, 400)),
      );
    } finally {
      await world.close();
    }
  },
};

class Windows {
  /** Of what the first one shows and knows, that nobody but the second one has made. @type {string[]} */
  changes = [];
  #world;
  /** @type {URL | undefined} */
  #authorizationUrl;

  /** @param {World} world */
  constructor(world) {
    this.#world = world;
  }

  /** A session from its beginning to its end: each step of it sets off forgeries, which must come to nothing. */
  async liveThroughASession() {
    const world = this.#world;
    const { app } = world;
    /** @type {Awaited<ReturnType<World['startSignIn']>> | undefined} */
    let tab;
    try {
      // A forgery that is believed may end it before its screen was seen.
      tab = await world.startSignIn();
      this.#authorizationUrl = new URL(await app.invoke('get_authorization_url'));
      await this.#rest('while the browser is open');
    } catch (error) {
      this.changes.push(`while the browser is open: ${error instanceof Error ? error.message : error}`);
    }
    if (tab === undefined || this.changes.length > 0) return;
    await signInAs(tab, 'ada');
    await app.screen('signed-in');
    if ((await app.text('user-name')) !== 'Ada Lovelace') this.changes.push('somebody else is signed in');
    await this.#rest('while somebody is signed in');
    await app.click('refresh');
    await app.idle('refresh');
    await this.#rest('after a refresh');
    await world.signOut();
    // The screen changes before a keychain that takes its time is empty.
    await until('an empty keychain', async () => (await keychainItems(world.desktop)).length === 0);
    await this.#rest('after signing out');
  }

  /**
   * Waits for what the second window tells.
   * @param {RegExp} pattern
   */
  report(pattern) {
    return until(
      `a report like ${pattern}`,
      () => this.#reports().some((line) => pattern.test(line)),
      60_000,
    );
  }

  /** What the second window tells of what it has no business to know. */
  heard() {
    const { issued } = this.#world.provider.control.report();
    const secrets = [
      ...Object.values(issued).flat(),
      ...(this.#authorizationUrl?.searchParams.values() ?? []),
      // Of any authorization request.
      'code_challenge=',
      'Ada Lovelace',
      'ada@example.com',
    ];
    const reports = this.#reports().filter((line) => secrets.some((secret) => line.includes(secret)));
    const found = reports.flatMap((line) => secrets.filter((secret) => line.includes(secret)));
    return { bytes: found.join('').length, reports };
  }

  /**
   * Nothing changes while the second window forges.
   * @param {string} step
   */
  async #rest(step) {
    const before = await this.#standing();
    await this.report(new RegExp(`forged \\d+ after generation ${before.snapshot.generation}\\b`, 'u'));
    const after = await this.#standing();
    if (JSON.stringify(before) !== JSON.stringify(after)) {
      this.changes.push(`${step}: was ${JSON.stringify(before)}, is ${JSON.stringify(after)}`);
    }
  }

  async #standing() {
    const { app, desktop } = this.#world;
    return {
      screen: await app.window.run(() => document.querySelector('main')?.dataset.screen),
      snapshot: await app.invoke('get_session'),
      items: (await keychainItems(desktop)).sort(),
    };
  }

  #reports() {
    return this.#world.app.lines.filter((line) => line.includes('eavesdropper: '));
  }
}
