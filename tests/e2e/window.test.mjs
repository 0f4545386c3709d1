// @ts-check
// Where the window is, and how large: as it was left, and always where a person can get at it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { until } from './harness/processes.mjs';
import { testsOf } from './harness/test.mjs';
import { press, windowsOf } from './harness/windows.mjs';
import { World } from './harness/world.mjs';

/** @type {World} */
let world;
const it = testsOf(() => world);

before(async () => {
  world = await World.open();
  await world.app.start();
});
after(() => world?.close());

it('comes in the middle, as large as it is meant', async () => {
  assert.deepEqual(await place(), { x: 190, y: 130, width: 900, height: 640 });
});

it('is where it was left, and as large', async () => {
  const left = { x: 60, y: 40, width: 700, height: 560 };
  await move(left);
  await quit();
  await world.app.start();
  assert.deepEqual(await place(), left);
});

it('is no smaller than it can be used', async () => {
  await quit();
  remember({ width: 200, height: 150 });
  await world.app.start();
  const { width, height } = await place();
  assert.deepEqual({ width, height }, { width: 420, height: 480 });
});

it('comes back from where there is no screen any more', async () => {
  for (const gone of [
    { x: 3000, y: 100, width: 800, height: 600 },
    // Its lower right corner is there alone.
    { x: -700, y: -500, width: 800, height: 600 },
  ]) {
    await quit();
    remember(gone);
    await world.app.start();
    await until('the window', async () => {
      const { x, y, width } = await place();
      return x >= 0 && y >= 0 && x + width <= 1280;
    });
  }
});

async function place() {
  const [window] = await windowsOf(world.desktop, 'Keyfob');
  const { stdout } = await world.desktop.run('xdotool', ['getwindowgeometry', '--shell', window]);
  const values = Object.fromEntries(stdout.split('\n').map((line) => line.split('=')));
  return {
    x: Number(values.X),
    y: Number(values.Y),
    width: Number(values.WIDTH),
    height: Number(values.HEIGHT),
  };
}

/** @param {{ x: number, y: number, width: number, height: number }} to */
async function move(to) {
  const [window] = await windowsOf(world.desktop, 'Keyfob');
  await world.desktop.run('xdotool', ['windowsize', window, String(to.width), String(to.height)]);
  await world.desktop.run('xdotool', ['windowmove', window, String(to.x), String(to.y)]);
  await until('the page to be as large', async () => {
    const size = await world.app.window.run(() => [innerWidth, innerHeight]);
    return size.join() === [to.width, to.height].join();
  });
}

/** As a person does: what is remembered is written then. */
async function quit() {
  await press(world.desktop, 'Keyfob', 'ctrl+q');
  await until('the app to end', () => world.app.hasEnded);
  await world.app.quit();
}

/** @param {object} state */
function remember(state) {
  const file = join(world.desktop.home, '.config/dev.keyfob.desktop/.window-state.json');
  const kept = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ main: { ...kept.main, ...state } }));
}
