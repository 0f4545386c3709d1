import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['keyfob-source', ...defaultClientConditions] },
  clearScreen: false,
  build: {
    target: 'safari16.4',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // A failure in the window is read in a test's output.
    minify: false,
  },
});
