import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['ui/vite.config.ts', 'crates/tauri-plugin-keyfob/vitest.config.ts'],
  },
});
