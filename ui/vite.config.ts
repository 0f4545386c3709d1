import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, type Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// Our own package is taken from its sources, so nothing has to be built before the window can be.
const conditions = ['keyfob-source', ...defaultClientConditions];

/** What the short script asks for is fetched beside it, and not after it. */
const preloadStart: Plugin = {
  name: 'preload-start',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle = {} }) {
      const files = Object.values(bundle);
      const start = files.find((file) => file.type === 'chunk' && file.name === 'start');
      if (start?.type !== 'chunk') return [];
      return [start.fileName, ...start.imports]
        .filter((file) => !html.includes(file))
        .map((file) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: '', href: `/${file}` },
          injectTo: 'head',
        }));
    },
  },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), preloadStart],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  build: {
    target: 'safari16.4',
    // Every asset is a file: the window's content security policy knows no inline sources.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What the first screen needs, in one file beside the one that asks: each file more delays it.
        codeSplitting: {
          groups: [
            { name: 'main', test: /src\/main\.ts$/u, priority: 2 },
            { name: 'start', test: /src\/start\.tsx$/u, priority: 1 },
          ],
        },
      },
    },
  },
  test: {
    name: 'ui',
    root: import.meta.dirname,
    environment: 'jsdom',
    include: ['test/**/*.test.{ts,tsx}'],
    setupFiles: ['test/setup.ts'],
    restoreMocks: true,
    testTimeout: 20_000,
  },
});
