// @ts-check
// The gallery: every state of the app in its real window, in both themes and both languages.
// `npm run screens [-- --update] [-- --only <pattern>]`. On Debian 12, where docs/screens comes from, each picture is
// compared with the one that is there; elsewhere fonts are drawn otherwise, and pictures are only taken, into
// artifacts/screens. axe judges each state everywhere.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ROOT } from './project.mjs';
import { violations } from './screens/accessibility.mjs';
import { Gallery } from './screens/gallery.mjs';
import { differenceOf, keep, leftOver, remove, take } from './screens/pictures.mjs';
import { main, Problem, perform, say } from './terminal.mjs';

const THEMES = ['light', 'dark'];
const LANGUAGES = ['en', 'de'];
const WIDTH = 900;
const NARROW = 420;

const { values } = parseArgs({
  options: {
    update: { type: 'boolean', default: false },
    only: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
  },
});

/** @typedef {import('./screens/gallery.mjs').State} State */
/** @typedef {{ theme: string, width: number }} Look */

/** What is wrong, picture by picture. @type {string[]} */
const faults = [];
/** @type {Set<string>} */
const names = new Set();
const isComparable = debianVersion() === '12';
const pattern = new RegExp(values.only ?? '', 'u');

await main(async () => {
  if (!values['no-build']) await build();
  // The themes side by side: a window has a desktop of its own.
  await Promise.all(THEMES.map((theme) => takeAll(theme)));
  if (values.only === undefined) judgeLeftOver();
  if (faults.length > 0) throw new Problem(`${faults.join('\n\n')}\n\n${faults.length} faults.`);
  say(`${names.size} pictures, no violation of accessibility${isComparable ? '' : '; not compared here'}.`);
});

async function build() {
  await perform('npm', ['run', 'build:gallery', '--silent', '-w', 'keyfob-ui'], { cwd: ROOT });
  await perform('cargo', ['build', '--features', 'custom-protocol', '--example', 'gallery'], { cwd: ROOT });
}

/** @param {string} theme */
async function takeAll(theme) {
  for (const width of [WIDTH, NARROW]) {
    const gallery = await Gallery.open({ theme, width });
    try {
      const states = await gallery.states();
      for (const state of states.filter(({ narrow }) => narrow || width === WIDTH)) {
        for (const language of LANGUAGES) await takeOne(gallery, state, { theme, width }, language);
      }
    } finally {
      await gallery.close();
    }
  }
}

/**
 * @param {Gallery} gallery
 * @param {State} state
 * @param {Look} look
 * @param {string} language
 */
async function takeOne(gallery, state, { theme, width }, language) {
  const name = `${state.name}${width === NARROW ? '-narrow' : ''}.${theme}.${language}`;
  if (!pattern.test(name)) return;
  names.add(name);
  try {
    await gallery.show(state, language);
    const picture = await gallery.picture();
    if (values.update) keep(name, picture);
    else if (isComparable) report(name, differenceOf(name, picture));
    else take(name, picture);
    report(name, await gallery.window.run(overflow));
    for (const { rule, element, summary } of await violations(gallery.window)) {
      report(name, `axe ${rule} at ${element}: ${summary}`);
    }
  } catch (error) {
    report(name, error instanceof Error ? error.message : String(error));
  }
}

/** Runs in the page. */
function overflow() {
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth > clientWidth
    ? `the page is ${scrollWidth} px wide, the window ${clientWidth}`
    : undefined;
}

/**
 * @param {string} name
 * @param {string | undefined} fault
 */
function report(name, fault) {
  if (!fault) return;
  faults.push(`${name}: ${fault}`);
  say(`${name}: ${fault}`);
}

function judgeLeftOver() {
  const files = leftOver(names);
  if (values.update) remove(files);
  else if (isComparable) for (const file of files) report(file, 'no state has this picture');
}

function debianVersion() {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    return /^ID=debian$/mu.test(release) ? /^VERSION_ID="(\d+)"$/mu.exec(release)?.[1] : undefined;
  } catch {
    return undefined;
  }
}
