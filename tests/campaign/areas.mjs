// @ts-check
// What is promised of the whole product, by area: the real app, keychain, browser and provider. crates/campaign has
// the engine's.
import { browser } from './redirect/browser.mjs';
import { flood } from './redirect/flood.mjs';
import { malformed } from './redirect/malformed.mjs';
import { unregistered } from './redirect/unregistered.mjs';
import { scan } from './secrecy/scan.mjs';
import { tokenless } from './secrecy/tokenless.mjs';
import { isolation } from './window/isolation.mjs';

/** @type {Record<string, import('./check.mjs').Check[]>} */
export const AREAS = {
  redirect: [malformed, flood, browser, unregistered],
  secrecy: [scan, tokenless],
  window: [isolation],
};
