// @ts-check
// Puts figures to what the engine promises: `npm run campaign -- <area>… [--short] [--json FILE]`.
import { ROOT } from './project.mjs';
import { main, perform, say } from './terminal.mjs';

const BUILD = ['build', '--quiet', '--package', 'keyfob-campaign'];
/** Guards can be switched off in this one, to show that a check can fail. A folder of its own, so that neither build
 * ever takes a part of the other's. */
const ARMED = `${ROOT}target/sabotage`;
const HONEST = process.env.CARGO_TARGET_DIR ?? `${ROOT}target`;

await main(async () => {
  say('Building the campaign, and the one whose guards can be switched off.');
  await perform('cargo', BUILD, { cwd: ROOT });
  await perform('cargo', BUILD, {
    cwd: ROOT,
    env: { CARGO_TARGET_DIR: ARMED, RUSTFLAGS: '--cfg keyfob_sabotage="armed"' },
  });
  await perform(`${HONEST}/debug/campaign`, process.argv.slice(2), {
    cwd: process.env.INIT_CWD ?? ROOT,
    env: { CAMPAIGN_CONTROL_BINARY: `${ARMED}/debug/campaign` },
  });
});
