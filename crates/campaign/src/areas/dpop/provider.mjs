// @ts-check
// The certified provider's profile with bound tokens, for a campaign that kills its client: a line of JSON for each
// command on the standard input, and for each answer on the standard output.
import { createInterface } from 'node:readline';
import { decodeJwt } from 'jose';
import { Client } from '../../../../../tests/provider/client.mjs';
import { CLIENT_ID, startProvider } from '../../../../../tests/provider/provider.mjs';

/** @type {{ at: 'request' | 'answer', release: () => void, released: Promise<void> } | undefined} */
let gate;

const provider = await startProvider({ profiles: ['dpop'], around });
const { origin } = provider.issuers.dpop;
say({ issuer: origin, clientId: CLIENT_ID });

for await (const line of createInterface({ input: process.stdin })) {
  const { approve, hold, release } = JSON.parse(line);
  if (approve) say({ callback: await callback(approve) });
  if (hold) gate = close(hold);
  if (release) {
    gate?.release();
    gate = undefined;
  }
}
await provider.close();

/** @param {unknown} message */
function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/**
 * The person signs in with a browser of their own, and allows everything.
 * @param {string} url
 */
async function callback(url) {
  const client = await Client.discover(origin);
  const parameters = await client.authorize(new URL(url).searchParams, 'ada');
  return `dev.keyfob.desktop:/callback?${parameters}`;
}

/** @param {'request' | 'answer'} at */
function close(at) {
  let release = () => {};
  /** @type {Promise<void>} */
  const released = new Promise((resolve) => {
    release = resolve;
  });
  return { at, release, released };
}

/**
 * Holds a token request before it is dealt with, or its answer; one that brings no nonce is only told to.
 * @param {import('koa').Context} context
 * @param {() => Promise<void>} next
 */
async function around(context, next) {
  const held = context.path === '/token' && hasNonce(context.get('dpop')) ? gate : undefined;
  if (held?.at === 'request') await arrived(held);
  await next();
  if (held?.at === 'answer') await arrived(held);
}

/** @param {string} proof */
function hasNonce(proof) {
  return proof !== '' && 'nonce' in decodeJwt(proof);
}

/** @param {{ released: Promise<void> }} held */
async function arrived({ released }) {
  say({ arrived: true });
  await released;
}
