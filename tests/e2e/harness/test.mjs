// @ts-check
// node:test, with pictures of what went wrong.
import { test } from 'node:test';

/**
 * A test of one world, which its neighbours in the file share.
 * @param {() => import('./world.mjs').World} world
 * @returns {(name: string, body: () => Promise<void>) => void}
 */
export function testsOf(world) {
  return (name, body) => {
    test(name, async (context) => {
      try {
        await body();
      } catch (error) {
        await world().picture(name.replaceAll(/\W+/gu, '-'));
        context.diagnostic(`the app's last lines:\n${world().app.lines.slice(-40).join('\n')}`);
        throw error;
      }
    });
  };
}
