import { defineConfig } from 'vitest/config';

/** `.ci/run` names a file here and adds up the counts in it. */
const reportFile = process.env.VITEST_JSON;

export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    pool: 'forks',
    ...(reportFile === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: reportFile } }),
  },
});
