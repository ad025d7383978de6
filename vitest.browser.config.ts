import { defineConfig } from 'vitest/config';

/** Reports in a real Chromium: playwright-core drives the one that the system has (CHROMIUM names another). */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
