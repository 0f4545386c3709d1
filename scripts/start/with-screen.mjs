// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { BINARY } from '../../tests/e2e/harness/app.mjs';
import { configurationFor } from '../../tests/e2e/harness/world.mjs';
import { PASSWORD, startProvider } from '../../tests/provider/provider.mjs';
import { ROOT } from '../project.mjs';
import { Problem, say } from '../terminal.mjs';

const PROFILE = 'rotate-strict';
/** Always the same, as a session belongs to an issuer, and should be there at the next start. */
const PORT = 9410;
const FOLDER = `${ROOT}.tools/provider`;

/** @param {{ demo: boolean }} options demo: with a provider on this machine, or with the app's own configuration */
export async function start({ demo }) {
  if (!demo) {
    say('Keyfob opens with its own configuration. Where there is none, it asks for a provider.');
    await open();
    return;
  }
  if (process.env.KEYFOB_CONFIG) {
    say(`Keyfob opens with the provider of ${process.env.KEYFOB_CONFIG}.`);
    await open(process.env.KEYFOB_CONFIG);
    return;
  }
  const provider = await startDemoProvider();
  const issuer = provider.issuers[PROFILE].origin;
  mkdirSync(FOLDER, { recursive: true });
  const config = `${FOLDER}/keyfob.json`;
  writeFileSync(config, JSON.stringify(configurationFor(provider, issuer, 'loopback')));
  say(`A provider for trying things out runs at ${issuer}: any user name, password "${PASSWORD}".`);
  say(
    'Keyfob opens. Close its window to end both. To connect a provider of your own: npm start -- --no-demo',
  );
  try {
    await open(config);
  } finally {
    await provider.close();
  }
}

async function startDemoProvider() {
  try {
    return await startProvider({ profiles: [PROFILE], port: PORT, file: `${FOLDER}/storage.json` });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE') throw error;
    throw new Problem(`Port ${PORT} is taken. Does another "npm start" run? End it, then start again.`);
  }
}

/** @param {string} [config] the file that it reads; without one it looks for its own */
async function open(config = '') {
  const app = spawn(BINARY, { stdio: 'inherit', env: { ...process.env, KEYFOB_CONFIG: config } });
  const [code] = await once(app, 'exit');
  if (code) throw new Problem(`Keyfob ended with exit code ${code}. Its own words are above.`);
}
