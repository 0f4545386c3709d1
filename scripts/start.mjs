// @ts-check
// npm start: the app against a provider of its own. With a screen the window opens; without one, a demo of the whole
// way through happens on a screen in memory, with pictures. With --no-demo the app has no provider but its own.
import { parseArgs } from 'node:util';
import { buildApp } from './build.mjs';
import { hasScreen } from './project.mjs';
import { setUp } from './setup.mjs';
import { main, Problem } from './terminal.mjs';

await main(async () => {
  const { values } = parseArgs({ options: { 'no-demo': { type: 'boolean', default: false } } });
  const screen = hasScreen();
  if (values['no-demo'] && !screen) {
    throw new Problem(
      'Without a screen nobody can type in a provider. Start with a screen, or without --no-demo.',
    );
  }
  await setUp({ screen });
  await buildApp();
  // Only now: what these import, set-up has just installed.
  const { start } = screen
    ? await import('./start/with-screen.mjs')
    : await import('./start/without-screen.mjs');
  await start({ demo: !values['no-demo'] });
});
