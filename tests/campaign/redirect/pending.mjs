// @ts-check
// The app with a sign-in that waits for its callback, while others come.
import { BINARY } from '../../e2e/harness/app.mjs';
import { keychainItems } from '../../e2e/harness/keychain.mjs';
import { signInAs } from '../../e2e/harness/person.mjs';
import { until } from '../../e2e/harness/processes.mjs';
import { World } from '../../e2e/harness/world.mjs';
import { Client } from '../../provider/client.mjs';
import { Bus } from './bus.mjs';
import { CALLBACK } from './callbacks.mjs';

/** How tauri-plugin-single-instance is called. */
const NAME = 'dev.keyfob.desktop.SingleInstance';
const PATH = '/dev/keyfob/desktop/SingleInstance';
const INTERFACE = 'org.SingleInstance.DBus';
const METHOD = 'ExecuteCallback';

const IGNORED = 'a callback that answers no sign-in was ignored';

/** @typedef {{ snapshot: any, items: string[] }} Standing */

export class Pending {
  #url;
  #panics = 0;

  /**
   * @param {World} world
   * @param {Bus} bus
   * @param {URL} url where the browser was sent
   */
  constructor(world, bus, url) {
    this.world = world;
    this.bus = bus;
    this.#url = url;
  }

  static async open() {
    const world = await World.open();
    try {
      await world.app.start();
      await world.startSignIn();
      const url = await world.app.invoke('get_authorization_url');
      return new Pending(world, await Bus.open(world.desktop.env.DBUS_SESSION_BUS_ADDRESS), new URL(url));
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  get state() {
    return this.#url.searchParams.get('state') ?? '';
  }

  /** The genuine callback, from a browser of our own. */
  answer() {
    return new Client({}).approve(this.#url.href, 'grace');
  }

  /** @param {string} link through the bus, as the second process would */
  open(link) {
    this.bus.call(NAME, PATH, INTERFACE, METHOD, [[BINARY, link], '/']);
  }

  /**
   * @param {string[]} args
   */
  async secondProcess(args) {
    const child = this.world.app.spawn(args);
    await child.exited;
    this.#panics += panicsIn(child.lines);
    return child;
  }

  /** What anybody could see of the app. */
  async standing() {
    const snapshot = await this.world.app.invoke('get_session');
    return { snapshot, items: (await keychainItems(this.world.desktop)).sort() };
  }

  /**
   * @param {Standing} before
   * @param {Standing} after
   */
  changesSince(before, after) {
    const changed = (/** @type {string} */ what, /** @type {unknown} */ was, /** @type {unknown} */ is) =>
      JSON.stringify(was) === JSON.stringify(is)
        ? []
        : [`${what} was ${JSON.stringify(was)} and is ${JSON.stringify(is)}`];
    return [
      ...changed('the snapshot', before.snapshot, after.snapshot),
      ...changed('the keychain', before.items, after.items),
    ];
  }

  /** Waits until one more callback, sent after all others, has been ignored. */
  async settled() {
    const ignored = () => this.world.app.lines.filter((line) => line.includes(IGNORED)).length;
    const before = ignored();
    this.open(`${CALLBACK}?code=last&state=last`);
    await until('the last callback to be ignored', () => ignored() > before, 60_000);
  }

  tokenRequests() {
    return this.world.tokenRequests('authorization_code');
  }

  panics() {
    return this.#panics + panicsIn(this.world.app.lines);
  }

  /** The person answers at last: whether that signs them in, by one token request. */
  async complete() {
    const { world } = this;
    try {
      const { signIn } = await world.app.invoke('get_session');
      if (!signIn) return false;
      if (world.tab) await signInAs(world.tab, 'ada');
      await world.app.screen('signed-in');
      return (await world.app.text('user-name')) === 'Ada Lovelace' && this.tokenRequests() === 1;
    } catch {
      return false;
    }
  }

  async close() {
    this.bus.close();
    await this.world.close();
  }
}

/** @param {string[]} lines */
function panicsIn(lines) {
  return lines.filter((line) => line.includes('panicked at')).length;
}
