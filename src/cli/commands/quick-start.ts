import type { EmbeddedBroker } from '../../harness/embedded-broker.ts';
import type { TestObserver } from '../../harness/observer.ts';
import { type ConsumerPlan, type ProducerPlan, plainShape, type Target } from '../../harness/plan.ts';
import {
  consumerFailureText,
  consumerText,
  count,
  interruptionText,
  producerFailureText,
  producerText,
  progressText,
  repeatsText,
} from '../../report/text.ts';
import type { ConsumerResult, ProducerResult } from '../../results/result.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { sayEnding } from '../ending.ts';
import { type FlagTable, helpText, readFlags } from '../flags.ts';
import { keepReport } from '../keep-report.ts';
import { resultsDirFlag } from '../record-flags.ts';

const RECORD_COUNT = 1_000_000;
const RECORD_BYTES = 100;
const TOPIC = 'quick-start';

const flagTable: FlagTable = {
  'results-dir': resultsDirFlag,
};

/** `spillway quick-start`, which `npm start` runs: a million records to a broker of our own and back, in words a newcomer knows. */
export const command: CommandModule = {
  help: () =>
    helpText(flagTable, {
      usage: `spillway quick-start\n\nSends ${count(RECORD_COUNT)} records of ${RECORD_BYTES} bytes to a broker of our own and reads them back.`,
      examples: [],
      epilogue: 'Exit status: 0 all records sent and read; 1 failed or fewer records; 129, 130 or 143 interrupted.',
    }),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const resultsDir = readFlags('quick-start', flagTable, argv).value('results-dir') ?? 'results';
  const { startEmbeddedBroker } = await import('../../harness/embedded-broker.ts');
  const target = { kind: 'embedded', dataDir: null, brokerConfig: {} } as const;
  const broker = await startEmbeddedBroker(target, (line) => console.note(`warning: ${line}`), {
    stop: interrupt.signal,
  });
  try {
    console.result(
      `${count(RECORD_COUNT)} records of ${RECORD_BYTES} bytes, to a Kafka broker of our own on ${broker.bootstrapServers} and back.`,
    );
    const status = await runBoth(broker, target, resultsDir, { argv, console, interrupt });
    return interrupt.exitStatus ?? status;
  } finally {
    await broker.close();
  }
}

async function runBoth(
  broker: EmbeddedBroker,
  target: Target,
  resultsDir: string,
  { argv, console, interrupt }: CommandRun,
): Promise<number> {
  const observer: TestObserver = {
    onProgress: ({ done, total, recordsPerSecond }) => console.progress(progressText(done, total, recordsPerSecond)),
    onNotice: (line) => console.note(line),
    onWarning: (line) => console.note(`warning: ${line}`),
    stop: interrupt.signal,
  };
  const { runProducerTest } = await import('../../harness/producer-test.ts');
  const produced = await runProducerTest(producerPlan(target, resultsDir, argv), observer, broker);
  for (const line of ['', ...producerText(produced)]) console.result(line);
  const sendFailure = producerFailureText(produced, RECORD_COUNT);
  const sendInterruption = interruptionText(produced.isInterrupted, produced.recordsSent, RECORD_COUNT);
  const sendStatus = sayEnding({ console, interrupt }, sendInterruption, sendFailure, repeatsText(produced));
  if (sendStatus !== null) return sendStatus;
  const { runConsumerTest } = await import('../../harness/consumer-test.ts');
  const consumed = await runConsumerTest(consumerPlan(target, resultsDir, argv), observer, broker);
  for (const line of ['', ...consumerText(consumed), '', ...closingLines(produced, consumed)]) console.result(line);
  for (const { runRecord } of [produced, consumed]) await keepReport(runRecord, console);
  const readFailure = consumerFailureText(consumed, RECORD_COUNT, 'no record came for 10 s');
  const readInterruption = interruptionText(consumed.isInterrupted, consumed.recordsConsumed, RECORD_COUNT);
  return sayEnding({ console, interrupt }, readInterruption, readFailure, repeatsText(consumed)) ?? 0;
}

function closingLines(produced: ProducerResult, consumed: ConsumerResult): readonly string[] {
  const records = [produced.runRecord, consumed.runRecord].filter((path) => path !== null);
  return [
    ...(records.length === 0
      ? []
      : [`Run records, with every figure and the machine they were made on: ${records.map(shownPath).join(' and ')}`]),
    'Next: npx spillway producer-perf-test --help',
  ];
}

type Common = Omit<
  ProducerPlan,
  'command' | 'producers' | 'payload' | 'throughput' | 'warmupRecords' | 'shape' | 'properties'
>;

const common = (target: Target, resultsDir: string, argv: readonly string[]): Common => ({
  target,
  topic: TOPIC,
  partitionCount: null,
  topicConfig: {},
  recordCount: RECORD_COUNT,
  driver: 'native',
  reportingIntervalMs: 1000,
  printMetrics: false,
  resultsDir,
  argv,
});

const producerPlan = (target: Target, resultsDir: string, argv: readonly string[]): ProducerPlan => ({
  command: 'producer-perf-test',
  ...common(target, resultsDir, argv),
  properties: { 'client.id': 'perf-producer-client' },
  producers: 1,
  payload: { kind: 'random', sizeBytes: RECORD_BYTES, seed: 0 },
  throughput: null,
  warmupRecords: 0,
  shape: plainShape,
});

const consumerPlan = (target: Target, resultsDir: string, argv: readonly string[]): ConsumerPlan => ({
  command: 'consumer-perf-test',
  ...common(target, resultsDir, argv),
  properties: { 'client.id': 'perf-consumer-client' },
  consumers: 1,
  include: null,
  groupId: null,
  consumerGroups: 1,
  readPartitions: null,
  throughput: null,
  durationMs: null,
  fromLatest: false,
  timeoutMs: 10_000,
  fill: null,
});
