import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'package',
    environment: 'jsdom',
    include: ['test/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
});
