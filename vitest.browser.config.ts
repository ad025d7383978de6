import { defineConfig } from 'vitest/config';

/** Reports in a real Chromium: playwright-core drives the one that the system has (CHROMIUM names another). */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    // Time-outs are there for what hangs: other suites may run beside this one.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    maxWorkers: 1,
  },
});
