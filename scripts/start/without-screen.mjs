// @ts-check
// The demo for a machine without a screen: everything real, on a throw-away desktop, one plain line for each step.
import { mkdirSync } from 'node:fs';
import { enterPassword, refuse } from '../../tests/e2e/harness/person.mjs';
import { World } from '../../tests/e2e/harness/world.mjs';
import { ARTIFACTS } from '../project.mjs';
import { Problem, say } from '../terminal.mjs';

const DARK = { GTK_THEME: 'Adwaita:dark' };

export async function start() {
  if (process.env.KEYFOB_CONFIG) {
    throw new Problem(
      'KEYFOB_CONFIG names a provider of your own, where nobody can sign in without a screen. Start with a screen, or unset it.',
    );
  }
  const userName = process.env.KEYFOB_DEMO_USER || 'ada';
  mkdirSync(ARTIFACTS, { recursive: true });
  say('There is no screen, so this is a demo on one in memory: a throw-away home, keychain and browser.');
  const world = await World.open();
  try {
    await new Demo(world).run(userName);
  } finally {
    await world.close();
  }
}

class Demo {
  #number = 0;

  /** @param {World} world */
  constructor(world) {
    this.world = world;
    this.app = world.app;
  }

  /** @param {string} userName */
  async run(userName) {
    const { app } = this;
    await this.#showFirstRun();
    await this.#showProviderDown();
    await this.#showSignIn(userName);
    await app.click('call-api');
    const [, answer] = /"message": "(.+)"/u.exec(await app.text('api-answer', 'Hello')) ?? [];
    await this.#show('the API was called with an access token', 'api-answer');
    await app.click('refresh');
    await app.idle('refresh');
    await this.#show('the access token was renewed', 'renewed');
    await this.#showRevocation(userName);
    await this.#showRestart();

    say(`Pictures are in ${ARTIFACTS}.`);
    say(`the API answered: ${answer}`);
    say(`signed in as ${await app.text('user-name')}`);
  }

  async #showFirstRun() {
    const { app } = this;
    await app.start({ KEYFOB_CONFIG: '' });
    await app.screen('connect');
    await this.#show('no provider is set up: the app asks for one', 'first-run');
    await app.quit();
  }

  async #showProviderDown() {
    const { world, app } = this;
    await world.issuer.stop();
    await app.start();
    await app.screen('signed-out');
    await this.#show('the app is open; nobody is signed in', 'signed-out');
    await app.click('sign-in');
    await app.text('error');
    await this.#show('the provider is down: the app says so, and what to do', 'provider-down');
    await world.issuer.start();
  }

  /** @param {string} userName */
  async #showSignIn(userName) {
    const { world, app } = this;
    const tab = await world.startSignIn();
    await this.#show('the provider is back: the app waits for the browser', 'signing-in');
    await enterPassword(tab, userName, 'wrong horse');
    await tab.getByRole('alert').waitFor();
    await this.#showTab('a wrong password was refused', 'browser-wrong-password');
    await enterPassword(tab, userName);
    await tab.getByRole('button', { name: 'Allow' }).waitFor();
    await this.#showTab(`${userName} gave the right one, and is asked for consent`, 'browser-consent');
    await refuse(tab);
    await app.screen('signed-out');
    await this.#show('consent was refused', 'refused');
    await world.signIn(userName);
    await this.#show('consent was given, and the browser called the app back', 'signed-in');
  }

  /** @param {string} userName */
  async #showRevocation(userName) {
    const { world, app } = this;
    await world.revokeAtProvider();
    await app.click('refresh');
    await app.screen('reauth-required');
    await this.#show('the provider ended the session: signing in is needed again', 'reauth-required');
    await world.signIn(userName);
  }

  async #showRestart() {
    const { world, app } = this;
    await app.quit();
    await world.desktop.whileKeychainSleeps(async () => {
      await app.start(DARK);
      await app.screen('loading');
      await this.#show(
        'the app was started again, and asks the keychain who was here (dark)',
        'loading-dark',
      );
      await app.screen('unavailable');
      await this.#show('the keychain does not answer (dark)', 'keychain-unavailable-dark');
    });
    await app.click('sign-in');
    await app.screen('signed-in');
    await this.#show('the keychain is back, and the session with it (dark)', 'signed-in-dark');
  }

  /**
   * @param {string} text
   * @param {string} picture
   */
  async #show(text, picture) {
    await this.app.window.screenshot(this.#step(text, picture));
  }

  /**
   * @param {string} text
   * @param {string} picture
   */
  async #showTab(text, picture) {
    await this.world.tab?.screenshot({ path: this.#step(text, picture) });
  }

  /**
   * @param {string} text
   * @param {string} picture
   */
  #step(text, picture) {
    this.#number += 1;
    const number = String(this.#number).padStart(2, '0');
    say(`${number}. ${text}`);
    return `${ARTIFACTS}/${number}-${picture}.png`;
  }
}
