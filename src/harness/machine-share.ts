/** Holds a test's result against what io-test found of this machine before. */
import { tmpdir } from 'node:os';
import { storageOf } from '../measure/storage.ts';
import { ioTestsOf } from '../results/io-test-record.ts';
import { sharesOf, type TestPlace } from '../results/io-test-share.ts';
import type { ConsumerResult, ProducerResult } from '../results/result.ts';
import type { TestPlan } from './plan.ts';

/** Whether all servers of a list are this machine's loopback interface, by their names. */
export const isLoopback = (bootstrapServers: string): boolean =>
  bootstrapServers
    .split(',')
    .every((server) =>
      /^(?:[A-Za-z0-9_]+:\/\/)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(server.trim()),
    );

const placeOf = ({ target }: TestPlan): TestPlace =>
  target.kind === 'embedded'
    ? { isLocal: true, storage: storageOf(target.dataDir ?? tmpdir()) }
    : { isLocal: isLoopback(target.bootstrapServers), storage: null };

/**
 * A result with what share of this machine's limits it reached; the very result where the results directory holds no io-test of
 * this machine. Reads a few small files, after the test.
 */
export const withMachineShare = <Result extends ProducerResult | ConsumerResult>(
  plan: TestPlan,
  result: Result,
): Result => {
  if (plan.resultsDir === null) return result;
  const tests = ioTestsOf(plan.resultsDir, result.environment);
  const machineShare = tests.length === 0 ? [] : sharesOf(result, placeOf(plan), tests);
  return machineShare.length === 0 ? result : { ...result, machineShare };
};
