import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import type { ConsumerDriverOptions, ProducerDriverOptions, RecordSink } from '../../src/drivers/driver.ts';
import { runE2eConsumerJob } from '../../src/load/e2e-consumer-loop.ts';
import type {
  E2eConsumerJob,
  E2eDone,
  E2eProducerJob,
  E2eWindowMessage,
  FromE2e,
} from '../../src/load/e2e-messages.ts';
import { runE2eProducerJob } from '../../src/load/e2e-producer-loop.ts';
import { createIndexSet, MissingSearch } from '../../src/load/index-set.ts';
import type { ToWorker } from '../../src/load/messages.ts';
import { createPositions } from '../../src/load/positions.ts';
import { createProgress, readProgress } from '../../src/load/progress.ts';
import type { StampedSpec } from '../../src/load/stamped-records.ts';
import { type ClockOrigin, createClock, takeClockOrigin } from '../../src/measure/clock.ts';
import { addSnapshot, createTotal, summarise } from '../../src/measure/histogram.ts';
import type { LatencySnapshot } from '../../src/measure/latency-counts.ts';
import { type FakeBehaviour, FakeConsumer, FakeProducer } from './fake-driver.ts';

/** A consumer that hands over what its queue holds, from the moment it is told to read. */
class QueueConsumer extends FakeConsumer {
  readonly queue: (() => void)[] = [];
  #isStopped = false;

  override async run(): Promise<void> {
    while (!this.#isStopped) {
      for (const handOver of this.queue.splice(0)) handOver();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  override stop(): void {
    this.#isStopped = true;
  }
}

/** A topic with as many partitions as a test has consumers; each record comes so many times. */
class FakeTopic {
  readonly readers: { readonly sink: RecordSink; readonly consumer: QueueConsumer }[] = [];
  copies: (tag: number) => number = () => 1;
  behaviour: FakeBehaviour = {};
  change: (value: Buffer, tag: number) => void = () => {};
  /** Records that come once more, behind so many others. */
  readonly laterBy = new Map<number, number>();
  readonly #kept: { readonly value: Buffer; readonly timestampMs: number; readonly tag: number; behind: number }[] = [];

  producer(options: ProducerDriverOptions): FakeProducer {
    const producer = new FakeProducer(options, this.behaviour);
    const send = producer.send.bind(producer);
    producer.send = (...record) => {
      const isTaken = send(...record);
      const [, timestampMs, , value, , , tag] = record;
      const copies = isTaken ? this.copies(tag) : 0;
      for (let copy = 0; copy < copies; copy++) {
        const bytes = Buffer.from(value);
        this.change(bytes, tag);
        this.add(bytes, timestampMs, tag);
      }
      for (const kept of this.#kept.splice(0)) {
        if (--kept.behind > 0) this.#kept.push(kept);
        else this.add(kept.value, kept.timestampMs, kept.tag);
      }
      const behind = isTaken ? this.laterBy.get(tag) : undefined;
      if (behind !== undefined) this.#kept.push({ value: Buffer.from(value), timestampMs, tag, behind });
      return isTaken;
    };
    return producer;
  }

  consumer(options: ConsumerDriverOptions): FakeConsumer {
    const consumer = new QueueConsumer(options, 0);
    this.readers.push({ sink: options.onRecord, consumer });
    return consumer;
  }

  add(value: Buffer, timestampMs: number, tag: number): void {
    const reader = this.readers[tag % this.readers.length];
    reader?.consumer.queue.push(() => reader.sink(value, 0, tag, timestampMs, -1, -1, 0, value.length));
  }

  /** Resolves when everything was handed over. */
  async drained(): Promise<void> {
    while (this.readers.some(({ consumer }) => consumer.queue.length > 0))
      await new Promise((resolve) => setImmediate(resolve));
  }
}

type Worker = {
  readonly ended: Promise<readonly FromE2e[]>;
  readonly ready: Promise<void>;
  order(order: ToWorker): void;
};

const launch = (job: (port: MessagePort) => Promise<void>): Worker => {
  const { port1, port2 } = new MessageChannel();
  const messages: FromE2e[] = [];
  let onReady = (): void => {};
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  const ended = new Promise<readonly FromE2e[]>((resolve) => {
    port1.on('message', (message: FromE2e) => {
      messages.push(message);
      if (message.kind === 'ready') onReady();
      if (message.kind !== 'done') return;
      port1.close();
      resolve(messages);
    });
  });
  void job(port2);
  return { ready, ended, order: (order) => port1.postMessage(order) };
};

type MessagePort = MessageChannel['port1'];

type Options = {
  readonly topic?: FakeTopic;
  readonly producers?: number;
  readonly consumers?: number;
  readonly isChecked?: boolean;
  readonly job?: Partial<E2eProducerJob>;
};

const common = (origin: ClockOrigin) => ({
  driver: 'native' as const,
  properties: {},
  recordCount: 500,
  reportingIntervalMs: 5000,
  printMetrics: false,
  clockOriginNs: origin.monotonicNs,
  wallMsAtOrigin: origin.wallMs,
  topic: 't',
  warmupRecords: 0,
  warmupMs: 0,
  durationMs: null,
});

const records = { valueBytes: 30, keyBytes: 0, headerCount: 0, headerKeyBytes: 0, headerValueBytes: 0 };

const stampedFor = (producers: number): StampedSpec => ({
  payload: { kind: 'random', sizeBytes: 30, seed: 0 },
  keys: null,
  keyBytes: 0,
  isTimed: true,
  mark: 1,
  producers,
});

/** Runs producers and consumers side by side, as the harness does with threads. */
const runWith = async ({
  topic = new FakeTopic(),
  producers = 1,
  consumers = 1,
  isChecked = false,
  job = {},
}: Options) => {
  const origin = takeClockOrigin();
  const [acknowledged, received] = [createIndexSet(10_000), createIndexSet(10_000)];
  const [settled, receipts] = [createProgress(producers), createProgress(consumers)];
  const consumerJobs = Array.from({ length: consumers }, (_, worker) =>
    launch((port) =>
      runE2eConsumerJob(
        {
          ...common(origin),
          ...('warmupMs' in job ? { warmupMs: job.warmupMs ?? 0 } : {}),
          ...('warmupRecords' in job ? { warmupRecords: job.warmupRecords ?? 0 } : {}),
          kind: 'e2e-consumer',
          worker,
          workers: consumers,
          partitions: [worker],
          stamped: stampedFor(producers),
          hasSchedule: job.pace !== null,
          progress: receipts,
          received,
          backlogRecords: 0,
          checks: isChecked ? { partitionCount: 1, positions: createPositions([{ topic: 't', partitions: 1 }]) } : null,
          port,
        } satisfies E2eConsumerJob,
        async (options) => topic.consumer(options),
      ),
    ),
  );
  const producerJobs = Array.from({ length: producers }, (_, worker) =>
    launch((port) =>
      runE2eProducerJob(
        {
          ...common(origin),
          records,
          stamped: stampedFor(producers),
          pace: { kind: 'constant', recordsPerSecond: 1e5 },
          ...job,
          kind: 'e2e-producer',
          worker,
          workers: producers,
          progress: settled,
          acknowledged,
          port,
        },
        async (options) => topic.producer(options),
      ),
    ),
  );
  const all = [...consumerJobs, ...producerJobs];
  await Promise.all(all.map(({ ready }) => ready));
  const startUs = createClock(origin.monotonicNs)();
  for (const { order } of all) order({ kind: 'start', startUs });
  const sent = (await Promise.all(producerJobs.map(({ ended }) => ended))).flat();
  await topic.drained();
  for (const { order } of consumerJobs) order({ kind: 'stop' });
  const got = (await Promise.all(consumerJobs.map(({ ended }) => ended))).flat();
  const windows = [...sent, ...got].filter((message): message is E2eWindowMessage => message.kind === 'window');
  const dones = [...sent, ...got].filter((message): message is E2eDone => message.kind === 'done');
  return { windows, dones, missing: new MissingSearch(acknowledged, received).count(), receipts, settled };
};

type Run = Awaited<ReturnType<typeof runWith>>;

const total = ({ windows }: Run, count: 'recordsSent' | 'recordsFailed' | 'recordsReceived'): number =>
  windows.reduce((sum, window) => sum + window[count], 0);

const times = ({ windows }: Run, of: (window: E2eWindowMessage) => LatencySnapshot | null) => {
  const histogram = createTotal();
  for (const window of windows) addSnapshot(histogram, of(window));
  return summarise(histogram);
};

describe('producers and consumers of an end-to-end test', () => {
  test.each([
    [1, 1],
    [3, 2],
  ])('send and receive each record once between them: %i and %i', async (producers, consumers) => {
    const run = await runWith({ producers, consumers });
    expect(run.dones.map(({ failure }) => failure)).toEqual(run.dones.map(() => null));
    expect([total(run, 'recordsSent'), total(run, 'recordsReceived'), run.missing]).toEqual([500, 500, 0]);
    expect(run.dones.map((done) => done.recordsDuplicated + done.recordsForeign + done.recordsChanged)).toEqual(
      run.dones.map(() => 0),
    );
    for (const of of [
      (window: E2eWindowMessage) => window.ackTime,
      (window: E2eWindowMessage) => window.ackResponseTime,
      (window: E2eWindowMessage) => window.endToEndServiceTime,
      (window: E2eWindowMessage) => window.endToEndResponseTime,
      (window: E2eWindowMessage) => window.sendLateness,
    ])
      expect(times(run, of)?.count).toBe(500);
    expect([readProgress(run.settled).records, readProgress(run.receipts).records]).toEqual([500, 500]);
  });

  test('time records from when they were due, and from when they were sent', async () => {
    const run = await runWith({ job: { recordCount: 50, pace: { kind: 'constant', recordsPerSecond: 1e9 } } });
    const lateness = times(run, (window) => window.sendLateness);
    const service = times(run, (window) => window.endToEndServiceTime);
    const response = times(run, (window) => window.endToEndResponseTime);
    expect(response?.mean).toBeCloseTo((service?.mean ?? 0) + (lateness?.mean ?? 0), 0);
  });

  test('know exactly what was lost and what came twice', async () => {
    const topic = new FakeTopic();
    topic.copies = (tag) => (tag % 100 === 7 ? 0 : tag % 50 === 8 ? 2 : 1);
    const run = await runWith({ topic, producers: 2, consumers: 2 });
    expect(run.missing).toBe(5);
    expect(run.dones.reduce((sum, done) => sum + done.recordsDuplicated, 0)).toBe(10);
    expect(total(run, 'recordsReceived')).toBe(495);
  });

  test('keep examples of what came twice, late or changed where they are to check it', async () => {
    const topic = new FakeTopic();
    topic.copies = (tag) => {
      // Record 10 comes behind record 11, record 20 twice, and record 30 with another letter.
      if (tag === 10) return 0;
      return tag === 20 ? 2 : 1;
    };
    topic.change = (value, tag) => {
      if (tag === 30) value[0] = (value[0] ?? 0) ^ 1;
    };
    topic.laterBy.set(10, 1);
    const run = await runWith({ topic, isChecked: true });
    const checks = run.dones.find((done) => done.checks !== null)?.checks;
    const at = { producer: 0, partition: 0 };
    expect(checks?.repeated).toEqual({ count: 1, examples: [{ ...at, sequence: 20, offset: 20, detail: null }] });
    expect(checks?.outOfOrder).toEqual({
      count: 1,
      examples: [{ ...at, sequence: 10, offset: 10, detail: 'after 11' }],
    });
    expect(checks?.corrupt).toEqual({
      count: 1,
      examples: [{ ...at, sequence: 30, offset: 30, detail: 'its value differs' }],
    });
    // It came, if not as it was sent.
    expect([run.missing, total(run, 'recordsReceived')]).toEqual([0, 499]);
  });

  test('send as fast as possible without a schedule, and time from the send', async () => {
    const run = await runWith({ producers: 2, job: { pace: null } });
    expect([total(run, 'recordsSent'), total(run, 'recordsReceived'), run.missing]).toEqual([500, 500, 0]);
    expect(times(run, (window) => window.endToEndServiceTime)?.count).toBe(500);
    expect(times(run, (window) => window.endToEndResponseTime)).toBeNull();
  });

  test('take no record for lost whose sending failed', async () => {
    const topic = new FakeTopic();
    topic.copies = () => 0;
    topic.behaviour = { errorOf: () => ({ name: 'REQUEST_TIMED_OUT', code: 7, message: 'too late' }) };
    const run = await runWith({ topic });
    expect([total(run, 'recordsFailed'), total(run, 'recordsSent'), run.missing]).toEqual([500, 0, 0]);
    expect(run.dones[0]?.failures).toEqual({ REQUEST_TIMED_OUT: { count: 500, message: 'too late' } });
  });

  test('leave records of others out, and count them', async () => {
    const topic = new FakeTopic();
    const stranger = Buffer.from('a value that none of ours is');
    topic.copies = (tag) => {
      if (tag === 3) topic.add(stranger, 0, 0);
      return 1;
    };
    const run = await runWith({ topic });
    expect(run.dones.reduce((sum, done) => sum + done.recordsForeign, 0)).toBe(1);
    expect(total(run, 'recordsReceived')).toBe(500);
  });

  test.each([
    ['a number of records', { warmupRecords: 100 }],
    ['a time', { warmupMs: 1 }],
  ])('time no record of a warm-up of %s, the same ones on both sides', async (_, warmup) => {
    const run = await runWith({ producers: 2, job: warmup });
    expect(total(run, 'recordsReceived')).toBe(500);
    expect(times(run, (window) => window.ackTime)?.count).toBe(400);
    expect(times(run, (window) => window.endToEndServiceTime)?.count).toBe(400);
    expect(times(run, (window) => window.endToEndResponseTime)?.count).toBe(400);
  });

  test('end with their duration: what is due later is not sent', async () => {
    const run = await runWith({ producers: 2, job: { recordCount: Number.POSITIVE_INFINITY, durationMs: 2 } });
    expect(total(run, 'recordsSent')).toBe(200);
  });

  test('wait for room in buffer.memory, and the record keeps its times', async () => {
    const topic = new FakeTopic();
    topic.behaviour = { roomRecords: 10, batchRecords: 10 };
    const run = await runWith({ topic, job: { recordCount: 100, pace: { kind: 'constant', recordsPerSecond: 1e9 } } });
    expect(total(run, 'recordsReceived')).toBe(100);
    expect(run.dones[0]?.sender?.blocked.count).toBeGreaterThan(0);
  });
});
