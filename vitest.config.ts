import { defineConfig } from 'vitest/config';

/** `.ci/run` names a file here and adds up the counts in it. */
const reportFile = process.env.VITEST_JSON;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/browser/**'],
    testTimeout: 20_000,
    pool: 'forks',
    // By default one core is left free, which on two makes the suite take twice as long.
    maxWorkers: '100%',
    ...(reportFile === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: reportFile } }),
  },
});
