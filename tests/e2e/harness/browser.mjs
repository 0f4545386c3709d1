// @ts-check
// The person's browser: Chromium, started by the app's own "open the browser", and then led by hand.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { until } from './processes.mjs';

const CHROMIUM = '/usr/bin/chromium';
const APP_SCHEME = 'dev.keyfob.desktop';

const FLAGS = [
  // Chromium's own sandbox refuses root, as whom containers run.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--no-default-browser-check',
  // Otherwise it asks gnome-keyring, which would ask a person.
  '--password-store=basic',
  // A free one; Chromium writes it to DevToolsActivePort.
  '--remote-debugging-port=0',
  '--window-size=1000,800',
];

export class Browser {
  #desktop;
  #profile;
  /** @type {import('playwright-core').Browser | undefined} */
  #connection;
  /** @type {Set<import('playwright-core').Page>} */
  #seen = new Set();

  /** @param {import('./desktop.mjs').Desktop} desktop */
  constructor(desktop) {
    this.#desktop = desktop;
    this.#profile = join(desktop.directory, 'chromium');
  }

  /**
   * Makes Chromium this desktop's browser.
   * @param {string[]} origins whose links to the app it follows without asking, as after "always allow"
   */
  async install(origins) {
    const allowed = Object.fromEntries(origins.map((origin) => [origin, { [APP_SCHEME]: true }]));
    const preferences = {
      protocol_handler: { allowed_origin_protocol_pairs: allowed },
      // No "Save password?" over the page.
      credentials_enable_service: false,
    };
    mkdirSync(join(this.#profile, 'Default'), { recursive: true });
    writeFileSync(join(this.#profile, 'Default/Preferences'), JSON.stringify(preferences));
    // Nothing in quotes: xdg-open by itself, where it knows no desktop, can't run what is.
    const command = [CHROMIUM, ...FLAGS, `--user-data-dir=${this.#profile}`, '%u'].join(' ');
    await this.#desktop.installApplication('test-chromium', command, ['http', 'https']);
  }

  /**
   * The tab that the app has just opened.
   * @param {string} origin
   * @returns {Promise<import('playwright-core').Page>}
   */
  async newTab(origin) {
    const connection = await this.#connect();
    const page = await until(`a tab of ${origin}`, () =>
      connection
        .contexts()
        .flatMap((context) => context.pages())
        .find((candidate) => !this.#seen.has(candidate) && candidate.url().startsWith(origin)),
    );
    this.#seen.add(page);
    page.setDefaultTimeout(15_000);
    return page;
  }

  /** How many there are. */
  async tabs() {
    const connection = await this.#connect();
    return connection.contexts().flatMap((context) => context.pages()).length;
  }

  /** The provider forgets who was here. */
  async clearCookies() {
    const connection = await this.#connect();
    await Promise.all(connection.contexts().map((context) => context.clearCookies()));
  }

  async close() {
    await this.#connection?.close();
  }

  async #connect() {
    if (!this.#connection) {
      const file = join(this.#profile, 'DevToolsActivePort');
      const port = await until(
        'Chromium',
        () => existsSync(file) && readFileSync(file, 'utf8').split('\n')[0],
        30_000,
      );
      this.#connection = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    }
    return this.#connection;
  }
}
