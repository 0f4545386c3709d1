// @ts-check
// Licences, sources and banned crates. (Known vulnerabilities need a database from the network: the GitHub workflow.)
import { ROOT } from './project.mjs';
import { main, perform } from './terminal.mjs';
import { tool } from './tools.mjs';

await main(async () => {
  await perform(await tool('cargo-deny'), ['check', 'bans', 'licenses', 'sources'], { cwd: ROOT });
});
