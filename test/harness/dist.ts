import { pathToFileURL } from 'node:url';
import type { TestObserver } from '../../src/harness/observer.ts';
import type { ConsumerPlan, ProducerPlan } from '../../src/harness/plan.ts';
import type { PaceSpec } from '../../src/load/pace.ts';
import { plainShape } from '../../src/load/shape.ts';

/** Where the built files are: `dist/`, or another build's when SPILLWAY_MAIN names its command line. */
const { SPILLWAY_MAIN } = process.env;
const mainFile =
  SPILLWAY_MAIN === undefined ? new URL('../../dist/cli/main.js', import.meta.url) : pathToFileURL(SPILLWAY_MAIN);

/** The built harness: tests start processes and threads, and those run from built files. */
export const loadHarness = async () => {
  const load = (file: string): Promise<unknown> => import(new URL(`../harness/${file}.js`, mainFile).href);
  const [producer, consumer, broker] = await Promise.all([
    load('producer-test') as Promise<typeof import('../../src/harness/producer-test.ts')>,
    load('consumer-test') as Promise<typeof import('../../src/harness/consumer-test.ts')>,
    load('embedded-broker') as Promise<typeof import('../../src/harness/embedded-broker.ts')>,
  ]);
  return { ...producer, ...consumer, ...broker };
};

/** What a test's observer was told. */
export type Told = { readonly notices: string[]; readonly warnings: string[] };

/** An observer that remembers lines, with whatever else a test listens to. */
export const listener = (told: Told, more: Partial<TestObserver> = {}): TestObserver => ({
  onNotice: (line) => told.notices.push(line),
  onWarning: (line) => told.warnings.push(line),
  stop: new AbortController().signal,
  ...more,
});

/** Evenly spaced records at a rate; as fast as possible without one. */
const paceOf = (recordsPerSecond: number | null): PaceSpec | null =>
  recordsPerSecond === null ? null : { kind: 'constant', recordsPerSecond };

/** A small plan against a broker of our own; nothing is recorded. */
export const producerPlan = (changes: Partial<ProducerPlan> = {}): ProducerPlan => ({
  command: 'producer-perf-test',
  target: { kind: 'embedded', dataDir: null, brokerConfig: {} },
  topic: 't',
  partitionCount: null,
  topicConfig: {},
  recordCount: 1000,
  properties: { 'linger.ms': '0' },
  driver: 'native',
  reportingIntervalMs: 5000,
  printMetrics: false,
  resultsDir: null,
  argv: [],
  producers: 1,
  payload: { kind: 'random', sizeBytes: 100, seed: 0 },
  throughput: null,
  warmupRecords: 0,
  shape: { ...plainShape, pace: paceOf(changes.throughput ?? null) },
  ...changes,
});

/** A small plan that fills a broker of our own and reads it. */
export const consumerPlan = (changes: Partial<ConsumerPlan> = {}): ConsumerPlan => ({
  command: 'consumer-perf-test',
  target: { kind: 'embedded', dataDir: null, brokerConfig: {} },
  topic: 't',
  partitionCount: null,
  topicConfig: {},
  recordCount: 1000,
  properties: {},
  driver: 'native',
  reportingIntervalMs: 5000,
  printMetrics: false,
  resultsDir: null,
  argv: [],
  consumers: 1,
  include: null,
  groupId: 'g',
  consumerGroups: 1,
  readPartitions: null,
  throughput: null,
  durationMs: null,
  fromLatest: false,
  timeoutMs: 10_000,
  fill: { recordSizeBytes: 100 },
  ...changes,
});
