// @vitest-environment node
import { JSDOM } from 'jsdom';
import { build, type Rolldown } from 'vite';
import { beforeAll, expect, test, vi } from 'vitest';

const ROOT = new URL('..', import.meta.url).pathname;

type Files = Rolldown.RolldownOutput['output'];

let files: Files;

beforeAll(async () => {
  // React is another program outside production.
  vi.stubEnv('NODE_ENV', 'production');
  files = await bundled({});
}, 60_000);

async function bundled(output: Rolldown.OutputOptions): Promise<Files> {
  const options = { write: false, rolldownOptions: { output } };
  const built = await build({ root: ROOT, logLevel: 'silent', build: options });
  return (built as Rolldown.RolldownOutput).output;
}

function textOf(extension: string, among = files): string {
  const file = among.find(({ fileName }) => fileName.endsWith(extension));
  if (!file) throw new Error(`The bundle has no ${extension}.`);
  return file.type === 'chunk' ? file.code : String(file.source);
}

test('the page has no inline script or style, and no source from elsewhere', () => {
  const { document } = new JSDOM(textOf('.html')).window;
  expect(document.querySelectorAll('style, [style], script:not([src])')).toHaveLength(0);
  const sources = [...document.querySelectorAll('[src], [href]')].map(
    (element) => element.getAttribute('src') ?? element.getAttribute('href') ?? '',
  );
  expect(sources.filter((source) => !source.startsWith('/assets/'))).toEqual([]);
  expect(textOf('.css')).not.toMatch(/url\(|@import/);
});

test('the page names all the scripts that its first screen takes', () => {
  const { document } = new JSDOM(textOf('.html')).window;
  const named = [...document.querySelectorAll('script, link[rel="modulepreload"]')].map(
    (element) => element.getAttribute('src') ?? element.getAttribute('href'),
  );
  const start = files.find((file) => file.type === 'chunk' && file.name === 'start');
  const taken = start?.type === 'chunk' ? [start.fileName, ...start.imports] : [];
  expect(new Set(named)).toEqual(new Set(taken.map((file) => `/${file}`)));
  expect(taken).not.toEqual([]);
});

test('the bundle runs with Object.prototype frozen, as Tauri’s freezePrototype leaves it', {
  timeout: 60_000,
}, async () => {
  // As one script, which jsdom can run.
  const script = textOf('.js', await bundled({ format: 'iife', codeSplitting: false }));
  const dom = new JSDOM(textOf('.html'), {
    runScripts: 'outside-only',
    pretendToBeVisual: true,
    url: 'https://tauri.localhost/',
  });
  const faults: unknown[] = [];
  // jsdom has no marks, no preferences and nothing to scroll.
  Object.assign(dom.window.performance, { mark: () => undefined });
  Object.assign(dom.window, { matchMedia: () => ({ matches: false }) });
  Object.assign(dom.window.Element.prototype, { scrollIntoView: () => undefined });
  dom.window.addEventListener('error', (event) => faults.push(event.error));
  dom.window.eval('Object.freeze(Object.prototype)');
  dom.window.eval(script);
  const screen = await appearance(dom, 'main[data-screen="unavailable"]');
  expect(screen.textContent).toContain('This is not the Keyfob app');
  expect(faults).toEqual([]);
});

function appearance(dom: JSDOM, selector: string): Promise<Element> {
  return new Promise((resolve) => {
    const { document, MutationObserver } = dom.window;
    const look = () => {
      const element = document.querySelector(selector);
      if (element) resolve(element);
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
    look();
  });
}
