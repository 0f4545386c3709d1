import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      'ui/vite.config.ts',
      'crates/tauri-plugin-keyfob/vitest.config.ts',
      'examples/recipes/vite.config.ts',
    ],
    coverage: {
      provider: 'v8',
      include: ['crates/tauri-plugin-keyfob/guest-js/**'],
      exclude: ['**/bindings.ts'],
      reporter: ['text', 'json-summary'],
      reportsDirectory: 'target/coverage',
      thresholds: { branches: 95 },
    },
  },
});
