import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import type { ConsumerDriver, ProducerDriverOptions, RecordSink } from '../../src/drivers/driver.ts';
import { runE2eJob } from '../../src/load/e2e-loop.ts';
import type { E2eDone, E2eJob, E2eSample, E2eWindowMessage, FromE2e } from '../../src/load/e2e-messages.ts';
import type { ToWorker } from '../../src/load/messages.ts';
import { createProgress, readProgress } from '../../src/load/progress.ts';
import { takeClockOrigin } from '../../src/measure/clock.ts';
import { addSnapshot, createTotal } from '../../src/measure/histogram.ts';
import type { LatencySnapshot } from '../../src/measure/latency-counts.ts';
import { FakeConsumer, FakeProducer } from './fake-driver.ts';

/** How often a record comes back, by its index: 1 for a broker that works. */
type Copies = (index: number) => number;

/** Hands every record that is sent to the consumer in a later turn. */
class Loopback extends FakeProducer {
  mostInFlight = 0;
  #inFlight = 0;
  readonly #onRecord: () => RecordSink;
  readonly #copies: Copies;

  constructor(options: ProducerDriverOptions, onRecord: () => RecordSink, copies: Copies) {
    super(options);
    this.#onRecord = onRecord;
    this.#copies = copies;
  }

  override send(...record: Parameters<FakeProducer['send']>): boolean {
    const [, timestampMs, , value, , , tag] = record;
    const bytes = Buffer.from(value);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.#inFlight);
    setImmediate(() => {
      this.#inFlight--;
      for (let copy = 0; copy < this.#copies(tag); copy++)
        this.#onRecord()(bytes, 0, tag, timestampMs, -1, -1, 0, bytes.length);
    });
    return super.send(...record);
  }
}

type Run = {
  readonly done: E2eDone;
  readonly windows: readonly E2eWindowMessage[];
  readonly samples: readonly E2eSample[];
  readonly producer: Loopback;
  readonly progress: SharedArrayBuffer;
};

const runWith = async (job: Partial<E2eJob>, copies: Copies = () => 1, stopAfterRecords?: number): Promise<Run> => {
  const { port1, port2 } = new MessageChannel();
  const origin = takeClockOrigin();
  const progress = createProgress(1);
  const messages: FromE2e[] = [];
  const order = (message: ToWorker): void => port1.postMessage(message);
  const ended = new Promise<void>((resolve) => {
    port1.on('message', (message: FromE2e) => {
      messages.push(message);
      if (message.kind === 'ready') order({ kind: 'start', startUs: message.openedUs });
      if (message.kind === 'done') resolve();
    });
  });
  let onRecord: RecordSink = () => true;
  let producer: Loopback | null = null;
  await runE2eJob(
    {
      kind: 'e2e',
      worker: 0,
      workers: 1,
      driver: 'native',
      properties: {},
      consumerProperties: {},
      recordCount: 50,
      reportingIntervalMs: 5000,
      printMetrics: false,
      clockOriginNs: origin.monotonicNs,
      wallMsAtOrigin: origin.wallMs,
      progress,
      port: port2,
      topic: 't',
      records: { valueBytes: 20, keyBytes: 0, headerCount: 0, headerKeyBytes: 0, headerValueBytes: 0 },
      mark: 1,
      durationMs: null,
      warmupRecords: 0,
      warmupMs: 0,
      timeoutMs: 60_000,
      ...job,
    },
    async (options) => {
      producer = new Loopback(
        options,
        () => onRecord,
        (index) => {
          if (index === stopAfterRecords) order({ kind: 'stop' });
          return copies(index);
        },
      );
      return producer;
    },
    async (options): Promise<ConsumerDriver> => {
      onRecord = options.onRecord;
      return new FakeConsumer(options, 0);
    },
  );
  await ended;
  port1.close();
  const done = messages.find((message) => message.kind === 'done');
  if (done === undefined || producer === null) throw new Error('the job did not end');
  return {
    done,
    windows: messages.filter((message) => message.kind === 'window'),
    samples: messages.filter((message) => message.kind === 'sample'),
    producer,
    progress,
  };
};

const received = ({ windows }: Run): number => windows.reduce((sum, window) => sum + window.recordsReceived, 0);

const timed = (snapshots: readonly (LatencySnapshot | null)[]): number => {
  const total = createTotal();
  for (const one of snapshots) addSnapshot(total, one);
  return total.totalCount;
};

describe('an end-to-end test without a schedule', () => {
  test('has one record on its way at a time', async () => {
    const run = await runWith({ recordCount: 2001 });
    expect(run.producer.mostInFlight).toBe(1);
    expect(received(run)).toBe(2001);
    expect(run.done).toMatchObject({ failure: null, recordsLost: 0, recordsDuplicated: 0, recordsForeign: 0 });
    expect(run.samples.map(({ index }) => index)).toEqual([0, 1000, 2000]);
    expect(timed(run.windows.map(({ endToEndServiceTime }) => endToEndServiceTime))).toBe(2001);
    expect(timed(run.windows.map(({ endToEndResponseTime }) => endToEndResponseTime))).toBe(0);
    expect(readProgress(run.progress).records).toBe(2001);
  });

  test('times no warm-up record and counts it', async () => {
    const run = await runWith({ warmupRecords: 20 });
    expect(received(run)).toBe(50);
    expect(timed(run.windows.map(({ endToEndServiceTime }) => endToEndServiceTime))).toBe(30);
    expect(timed(run.windows.map(({ ackTime }) => ackTime))).toBe(30);
    expect(run.samples).toEqual([]);
  });

  test('times no record that was sent in the time of the warm-up', async () => {
    const run = await runWith({ warmupMs: 60_000 });
    expect(received(run)).toBe(50);
    expect(timed(run.windows.map(({ endToEndServiceTime }) => endToEndServiceTime))).toBe(0);
  });

  test('sends nothing more when its duration is over', async () => {
    const run = await runWith({ recordCount: 1e9, durationMs: 20 });
    expect(run.done).toMatchObject({ failure: null, recordsLost: 0 });
    expect(received(run)).toBe(run.producer.seen.length);
  });

  test('ends with the time-out when a record is lost', async () => {
    const run = await runWith({ timeoutMs: 60 }, (index) => (index === 10 ? 0 : 1));
    expect(run.done.failure).toMatch(/no record came for 60 ms \(--timeout\)/);
    expect(run.done.recordsLost).toBe(1);
    expect(received(run)).toBe(10);
  });

  test('counts records that come twice', async () => {
    const run = await runWith({}, (index) => (index % 10 === 0 ? 2 : 1));
    expect(run.done).toMatchObject({ failure: null, recordsDuplicated: 5, recordsLost: 0 });
    expect(received(run)).toBe(50);
  });

  test('stops when it is told to, and waits for what is on its way', async () => {
    const run = await runWith({ recordCount: 1e9 }, undefined, 20);
    expect(run.done).toMatchObject({ failure: null, recordsLost: 0 });
    expect(received(run)).toBe(run.producer.seen.length);
    expect(run.producer.seen.length).toBeGreaterThan(20);
  });
});
