import { defineConfig } from 'vitest/config';

/** `.ci/run` names a file here and adds up the counts in it. */
const reportFile = process.env.VITEST_JSON;

export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    // Most of the time goes by in waits and in starts of Java machines: two files at once, on two cores.
    maxWorkers: 2,
    ...(reportFile === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: reportFile } }),
  },
});
