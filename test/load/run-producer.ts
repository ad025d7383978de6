/** Runs a producer's job in this thread, through a fake driver. */
import { MessageChannel } from 'node:worker_threads';
import type {
  FromProducer,
  ProducerDone,
  ProducerJob,
  ProducerWindowMessage,
  ToWorker,
} from '../../src/load/messages.ts';
import { runProducerJob } from '../../src/load/producer-loop.ts';
import { createProgress } from '../../src/load/progress.ts';
import { type LoadShape, plainShape } from '../../src/load/shape.ts';
import { takeClockOrigin } from '../../src/measure/clock.ts';
import type { LatencySnapshot } from '../../src/measure/latency-counts.ts';
import { type FakeBehaviour, FakeProducer } from './fake-driver.ts';

/** How a job went. */
export type Run = {
  readonly messages: readonly FromProducer[];
  readonly windows: readonly ProducerWindowMessage[];
  readonly done: ProducerDone;
  readonly driver: FakeProducer;
  readonly progress: SharedArrayBuffer;
};

/** What is done when the job is ready, such as giving it orders. */
export type Orders = (send: (message: ToWorker) => void, driver: FakeProducer) => void;

/** Runs a job of 1000 records as fast as possible, but for what is said otherwise. */
export const runWith = async (
  job: Partial<ProducerJob>,
  behaviour: FakeBehaviour = {},
  orders?: Orders,
): Promise<Run> => {
  const { port1, port2 } = new MessageChannel();
  const origin = takeClockOrigin();
  const progress = createProgress(job.workers ?? 1);
  const messages: FromProducer[] = [];
  let driver: FakeProducer | null = null;
  const ended = new Promise<void>((resolve) => {
    port1.on('message', (message: FromProducer) => {
      messages.push(message);
      if (message.kind === 'ready') {
        port1.postMessage({ kind: 'start', startUs: message.openedUs });
        if (driver !== null) orders?.((order) => port1.postMessage(order), driver);
      }
      if (message.kind === 'done' || message.kind === 'refused') resolve();
    });
  });
  await runProducerJob(
    {
      kind: 'producer',
      worker: 0,
      workers: 1,
      driver: 'native',
      properties: {},
      recordCount: 1000,
      reportingIntervalMs: 5000,
      printMetrics: false,
      clockOriginNs: origin.monotonicNs,
      wallMsAtOrigin: origin.wallMs,
      progress,
      port: port2,
      topic: 't',
      payload: { kind: 'monotonic' },
      shape: plainShape,
      warmupRecords: 0,
      followed: null,
      ...job,
    },
    async (options) => {
      driver = new FakeProducer(options, behaviour);
      return driver;
    },
  );
  await ended;
  port1.close();
  const windows = messages.filter((message) => message.kind === 'window');
  const done = messages.find((message) => message.kind === 'done');
  if (done === undefined || driver === null) throw new Error('the job did not end');
  return { messages, windows, done, driver, progress };
};

/** A schedule at a constant rate, with changes. */
export const paced = (recordsPerSecond: number, changes: Partial<LoadShape> = {}): LoadShape => ({
  ...plainShape,
  pace: { kind: 'constant', recordsPerSecond },
  ...changes,
});

/** All numbers together. */
export const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
/** How many latencies were counted. */
export const samples = (snapshot: LatencySnapshot | null): number => sum([...(snapshot?.counts ?? [])]);
