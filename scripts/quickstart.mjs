// @ts-check
// npm run quickstart: takes README's quick start at its word. A blank template, its steps and nothing else; then the app is
// built, and somebody signs in. `-- --update` writes examples/quickstart, which is otherwise compared.
//
// Its own additions, none of them in the app: our packages come from this checkout, as no registry has them yet, and the
// provider that is built in is one that runs here.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './project.mjs';
import { apply } from './quickstart/apply.mjs';
import { checkExample, writeExample } from './quickstart/example.mjs';
import { openRegistry } from './quickstart/registry.mjs';
import { countLines, stepsOf } from './quickstart/steps.mjs';
import { createApp, substituteCrates } from './quickstart/template.mjs';
import { setUp } from './setup.mjs';
import { main, Problem, say } from './terminal.mjs';

await main(async () => {
  await setUp({ screen: false });
  // This project's npm settings, which npm hands down, are not the settings of somebody who follows README.
  for (const name of Object.keys(process.env)) if (name.startsWith('npm_')) delete process.env[name];

  const steps = stepsOf(readFileSync(`${ROOT}README.md`, 'utf8'));
  const counts = count(steps);
  const folder = mkdtempSync(join(tmpdir(), 'keyfob-quickstart-'));
  try {
    const app = await follow(steps, folder);
    if (process.argv.includes('--update')) writeExample(app);
    else checkExample(app);
    const { buildAndSignIn } = await import('./quickstart/sign-in.mjs');
    say(`\nsigned in; the window says: "${await buildAndSignIn(app)}"`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const line of counts) say(line);
});

/**
 * @param {import('./quickstart/steps.mjs').Step[]} steps
 * @param {string} folder
 */
async function follow(steps, folder) {
  say('A blank template is being made.');
  const app = await createApp(folder);
  const registry = await openRegistry(folder);
  substituteCrates(folder, registry.crates);
  try {
    for (const [index, { title, blocks }] of steps.entries()) {
      say(`\n${index + 1}. ${title}`);
      for (const block of blocks) await apply(block, app, { npm_config_registry: registry.npm });
    }
  } finally {
    await registry.close();
  }
  substituteCrates(folder);
  return app;
}

/**
 * Keeps the promise, or says which part of it is broken.
 * @param {import('./quickstart/steps.mjs').Step[]} steps
 */
function count(steps) {
  const counts = [
    { name: 'steps', count: steps.length, limit: 5 },
    { name: 'Rust lines', count: countLines(steps, 'rust'), limit: 2 },
    { name: 'lines in all', count: countLines(steps), limit: 25 },
  ];
  return counts.map(({ name, count, limit }) => {
    const line = `${name}: ${count} (at most ${limit})`;
    if (count > limit) throw new Problem(`README's quick start is too long. ${line}`);
    return line;
  });
}
