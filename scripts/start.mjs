// @ts-check
// npm start: the app against a provider of its own. With a screen the window opens; without one, a demo of the whole
// way through happens on a screen in memory, with pictures.
import { buildApp } from './build.mjs';
import { hasScreen } from './project.mjs';
import { setUp } from './setup.mjs';
import { main } from './terminal.mjs';

await main(async () => {
  const screen = hasScreen();
  await setUp({ screen });
  await buildApp();
  // Only now: what these import, set-up has just installed.
  const { start } = screen
    ? await import('./start/with-screen.mjs')
    : await import('./start/without-screen.mjs');
  await start();
});
