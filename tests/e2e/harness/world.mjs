// @ts-check
// All that a sign-in takes: a desktop, a provider with its APIs, a browser and the app.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '../../provider/client.mjs';
import { PROFILES } from '../../provider/profiles.mjs';
import { APIS, CLIENT_ID, startProvider } from '../../provider/provider.mjs';
import { App } from './app.mjs';
import { Browser } from './browser.mjs';
import { Desktop } from './desktop.mjs';
import { signInAs } from './person.mjs';
import { until } from './processes.mjs';

const ARTIFACTS = fileURLToPath(new URL('../../../artifacts/e2e', import.meta.url));

/** @typedef {'deepLink' | 'loopback'} Way back from the browser */
/** @typedef {Way | Way[]} Redirect several: the one to prefer first */

export class World {
  /** @type {import('playwright-core').Page | undefined} */
  tab;

  /**
   * @param {object} parts
   * @param {string} parts.profile
   * @param {Desktop} parts.desktop
   * @param {import('../../provider/provider.mjs').RunningProvider} parts.provider
   * @param {Browser} parts.browser
   * @param {App} parts.app
   */
  constructor({ profile, desktop, provider, browser, app }) {
    this.desktop = desktop;
    this.provider = provider;
    this.issuer = provider.issuers[profile];
    /** Whether tokens are bound to a key. */
    this.bound = PROFILES[profile].bound;
    this.browser = browser;
    this.app = app;
  }

  /**
   * @param {object} [options]
   * @param {string} [options.profile]
   * @param {Redirect} [options.redirect]
   * @param {(provider: import('../../provider/provider.mjs').RunningProvider) => object} [options.config] what the app's configuration says otherwise
   * @param {Record<string, string>} [options.env] for the app
   * @param {string} [options.binary] another host in the app's place
   * @param {boolean} [options.installed] whether the desktop opens links with it
   * @param {boolean} [options.logged] whether what it prints is kept when it does
   */
  static async open({
    profile = 'rotate-strict',
    redirect = 'deepLink',
    config = () => ({}),
    env,
    binary,
    installed = true,
    logged = false,
  } = {}) {
    const desktop = await Desktop.open();
    const provider = await startProvider({ profiles: [profile] });
    const issuer = provider.issuers[profile].origin;
    const browser = new Browser(desktop);
    await browser.install([issuer]);
    const dpop = PROFILES[profile].bound;
    const settings = { ...configurationFor(provider, issuer, redirect), dpop, ...config(provider) };
    const app = new App(desktop, settings, env, binary);
    if (installed) await app.install({ logged });
    return new World({ profile, desktop, provider, browser, app });
  }

  /** Clicks "Sign in" in the app, and gives the tab that opens. */
  async startSignIn() {
    await this.app.click('sign-in');
    await this.app.screen('signing-in');
    this.tab = await this.browser.newTab(this.issuer.origin);
    return this.tab;
  }

  /** @param {string} userName */
  async signIn(userName) {
    await signInAs(await this.startSignIn(), userName);
    await this.app.screen('signed-in');
  }

  async signOut() {
    await this.app.click('sign-out');
    await this.app.screen('signed-out');
  }

  /**
   * An access token, as the window's script gets it.
   * @param {string} [audience]
   * @returns {Promise<{ token: string, expiresAt: number }>}
   */
  accessToken(audience) {
    return this.app.invoke('get_access_token', { options: { audience } });
  }

  /**
   * Lets time pass until this token has expired, for its API and for the app: the one counts in whole seconds from when
   * it was issued, the other from when it arrived.
   * @param {keyof typeof APIS} api
   * @param {{ token: string, expiresAt: number }} accessToken
   */
  async expiry(api, { token, expiresAt }) {
    const request = { headers: { authorization: `Bearer ${token}` } };
    const isRefused = async () => !(await fetch(`${this.provider.apis[api]}/me`, request)).ok;
    await until('the token to expire', async () => Date.now() / 1000 > expiresAt + 1 && (await isRefused()));
  }

  /** The refresh token that the provider gave last. */
  refreshToken() {
    return this.provider.control.report().issued.refreshTokens.at(-1);
  }

  /** The provider ends the session, and the app doesn't know yet. */
  async revokeAtProvider() {
    const client = await Client.discover(this.issuer.origin);
    await client.revoke(this.refreshToken());
  }

  tokenRequests(grantType = 'refresh_token') {
    return this.provider.control.tokenRequests[grantType] ?? 0;
  }

  /**
   * Pictures of what a person would see now.
   * @param {string} name
   */
  async picture(name) {
    mkdirSync(ARTIFACTS, { recursive: true });
    const file = (/** @type {string} */ part) => join(ARTIFACTS, `${name} (${part}).png`);
    await Promise.allSettled([
      // Not this getter's error either, where the app has ended: the test has one of its own to tell.
      (async () => this.app.window.screenshot(file('app')))(),
      this.tab?.screenshot({ path: file('browser') }),
    ]);
  }

  async close() {
    await this.app.quit();
    await this.browser.close();
    await this.provider.close();
    await this.desktop.close();
  }
}

/**
 * @param {import('../../provider/provider.mjs').RunningProvider} provider
 * @param {string} issuer
 * @param {Redirect} redirect
 */
export function configurationFor({ apis }, issuer, redirect) {
  return {
    issuer,
    clientId: CLIENT_ID,
    audience: APIS.notes.audience,
    resources: [
      { origin: apis.notes, audience: APIS.notes.audience },
      { origin: apis.orders, audience: APIS.orders.audience },
    ],
    apiBaseUrl: apis.notes,
    redirect,
  };
}

/**
 * What a configuration says otherwise for the API that answers 403 to whatever it doesn't take.
 * @param {import('../../provider/provider.mjs').RunningProvider} provider
 */
export function withLegacyApi(provider) {
  const { resources } = configurationFor(provider, '', 'deepLink');
  const legacy = { origin: provider.apis.legacy, audience: APIS.legacy.audience, expiredStatuses: [403] };
  return { resources: [...resources, legacy] };
}
