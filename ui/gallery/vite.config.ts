import { dirname } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/** Tauri's own boundary can't be replaced in its window, so the pages are given another, under a name of its own. */
const anotherBoundary: Plugin = {
  name: 'another-boundary',
  transform: (code) => code.replaceAll('__TAURI_INTERNALS__', '__GALLERY_INTERNALS__'),
};

export default defineConfig({
  // The app's own, where Tailwind looks which classes are used.
  root: dirname(import.meta.dirname),
  plugins: [react(), tailwindcss(), anotherBoundary],
  resolve: { conditions: ['keyfob-source', ...defaultClientConditions] },
  clearScreen: false,
  build: {
    outDir: 'gallery/dist',
    rolldownOptions: { input: 'gallery/index.html' },
    target: 'safari16.4',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // A failure in the window is read in a script's output.
    minify: false,
  },
});
