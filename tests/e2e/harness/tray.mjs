// @ts-check
// The tray as a panel sees it: an item on the session bus, and its menu (com.canonical.dbusmenu).
import { until } from './processes.mjs';
import { found } from './windows.mjs';

const ITEM = '/org/ayatana/NotificationItem/tray_icon_tray_app_dev_keyfob_desktop';
const BUS = 'org.freedesktop.DBus';
const MENU = 'com.canonical.dbusmenu';

/** @typedef {import('./desktop.mjs').Desktop} Desktop */
/** @typedef {{ id: string, label: string, enabled: boolean }} MenuItem */

export class Tray {
  #desktop;
  #app;
  /** @type {string | undefined} */
  #found;

  /**
   * @param {Desktop} desktop
   * @param {import('./app.mjs').App} app the process that runs now
   */
  constructor(desktop, app) {
    this.#desktop = desktop;
    this.#app = app;
  }

  /** Opens a place for icons on the desktop: the one of X11. */
  static async openHost(/** @type {Desktop} */ desktop) {
    const host = desktop.spawn('trayer', ['--edge', 'bottom', '--distance', '0']);
    // It has no window to see before its first icon, and its name only once it is ready for that.
    await until('a tray', async () => (await found(desktop, ['--class', 'trayer'])).length > 0);
    return host;
  }

  /**
   * Waits until the menu is this.
   * @param {string[]} labels the first of them is the state
   */
  async shows(labels) {
    /** @type {string[]} */
    let shown = [];
    const isShown = async () => {
      shown = (await this.menu().catch(() => [])).map(({ label }) => label);
      return shown.join() === labels.join();
    };
    await until(`the menu ${labels.join()}`, isShown).catch((cause) => {
      throw new Error(`the tray's menu is ${shown.join()}, and not ${labels.join()}`, { cause });
    });
  }

  /** @param {string} label */
  async choose(label) {
    const item = (await this.menu()).find((it) => it.label === label);
    if (!item) throw new Error(`the tray's menu has no "${label}"`);
    await this.#call(await this.#owner(), 'Event', item.id, 'clicked', '<0>', '0');
  }

  /** Its name, which differs with what it shows. */
  async icon() {
    const { stdout } = await this.#gdbus(
      await this.#owner(),
      ITEM,
      'org.freedesktop.DBus.Properties.Get',
      'org.kde.StatusNotifierItem',
      'IconName',
    );
    return /'(.*)'/u.exec(stdout)?.[1] ?? '';
  }

  /** @returns {Promise<MenuItem[]>} without the lines between them */
  async menu() {
    const { stdout } = await this.#call(await this.#owner(), 'GetLayout', '0', '-1', '[]');
    return [...stdout.matchAll(/\((\d+), \{([^}]*)\}/gu)].flatMap(([, id, properties]) => {
      const label = /'label': <(['"])(.*?)\1>/u.exec(properties)?.[2];
      return label ? [{ id, label, enabled: !properties.includes("'enabled': <false>") }] : [];
    });
  }

  /** Which of the connections of the bus it is: it has no name of its own, and the app has several. */
  async #owner() {
    this.#found ??= await this.#find();
    return this.#found;
  }

  async #find() {
    const { stdout } = await this.#bus('ListNames');
    for (const name of stdout.match(/:1\.\d+/gu) ?? []) {
      const { stdout: pid } = await this.#bus('GetConnectionUnixProcessID', name).catch(() => ({
        stdout: '',
      }));
      if (!pid.includes(` ${this.#app.pid},`)) continue;
      const hasMenu = this.#call(name, 'GetLayout', '0', '0', '[]').then(
        () => true,
        () => false,
      );
      if (await hasMenu) return name;
    }
    throw new Error('the app has no icon in the tray');
  }

  /**
   * @param {string} method
   * @param {string[]} args
   */
  #bus(method, ...args) {
    return this.#gdbus(BUS, '/org/freedesktop/DBus', `${BUS}.${method}`, ...args);
  }

  /**
   * @param {string} owner
   * @param {string} method
   * @param {string[]} args
   */
  #call(owner, method, ...args) {
    return this.#gdbus(owner, `${ITEM}/Menu`, `${MENU}.${method}`, ...args);
  }

  /**
   * @param {string} name
   * @param {string} path
   * @param {string} method
   * @param {string[]} args
   */
  #gdbus(name, path, method, ...args) {
    const call = ['call', '--session', '--timeout', '1', '--dest', name, '--object-path', path];
    return this.#desktop.run('gdbus', [...call, '--method', method, '--', ...args]);
  }
}
