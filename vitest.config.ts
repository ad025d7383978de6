import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** `.ci/run` names a file here and adds up the counts in it. */
const reportFile = process.env.VITEST_JSON;

/** Folders whose tests mostly wait for processes that they start. */
const SLOW = ['cli', 'harness', 'calibrate', 'drivers', 'client'];

/** Begins with the files that take long: one of them begun last would be waited for alone. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = SLOW.findIndex((folder) => moduleId.includes(`/test/${folder}/`));
      return found === -1 ? SLOW.length : found;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', 'test/browser/**'],
    // Time-outs are there for what hangs; on a machine that others use, what takes a second may take twenty.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // Files share a process: to load our modules again for each of 170 files is a third of the whole work. No test may leave
    // behind what changes another: no stubs, no environment, no listeners on the process.
    isolate: false,
    // Half as many again as there are cores, as many tests wait: for a timer, a disk, a process.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { sequencer: SlowFirst },
    ...(reportFile === undefined ? {} : { reporters: ['default', 'json'], outputFile: { json: reportFile } }),
  },
});
