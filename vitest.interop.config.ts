import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take a minute or more, which begin first: one of them begun last would be waited for alone. */
const SLOW = [
  'three-nodes',
  'tools',
  'mixed-group',
  'secured-clients',
  'codecs-content',
  'killed-broker',
  'kafka-clients',
];

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = SLOW.indexOf(path.basename(moduleId, '.test.ts'));
      return found === -1 ? SLOW.length : found;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/interop/class-archive.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // Nodes that live for seconds: compiled quickly rather than well, one starts with two thirds of the work.
    env: { KAFKA_JVM_PERFORMANCE_OPTS: '-XX:TieredStopAtLevel=1' },
    // Much of the time goes by in waits: for groups to settle, nodes to start, sessions to time out.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
  },
});
