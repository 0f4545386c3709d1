import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const conditions = ['keyfob-source', ...defaultClientConditions];

export default defineConfig({
  plugins: [svelte()],
  // Svelte and Solid have another build for servers, which Node would get.
  resolve: { conditions },
  test: {
    name: 'recipes',
    root: import.meta.dirname,
    environment: 'jsdom',
    include: ['test/**/*.test.ts'],
    server: { deps: { inline: ['svelte', 'solid-js'] } },
  },
});
