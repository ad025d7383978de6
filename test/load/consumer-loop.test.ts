import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runConsumerJob } from '../../src/load/consumer-loop.ts';
import type {
  ConsumerDone,
  ConsumerJob,
  ConsumerWindowMessage,
  FromConsumer,
  ToWorker,
} from '../../src/load/messages.ts';
import { createProgress, readProgress } from '../../src/load/progress.ts';
import { createQuota } from '../../src/load/quota.ts';
import { takeClockOrigin } from '../../src/measure/clock.ts';
import { FakeConsumer } from './fake-driver.ts';

type Run = {
  readonly windows: readonly ConsumerWindowMessage[];
  readonly done: ConsumerDone;
  readonly records: number;
  readonly bytes: number;
  readonly progress: SharedArrayBuffer;
};

type Scenario = {
  readonly quota: SharedArrayBuffer;
  readonly records: number;
  readonly burst?: number;
  readonly job?: Partial<ConsumerJob>;
  readonly stopAfterMs?: number;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const runWith = async ({ quota, records, burst, job, stopAfterMs }: Scenario): Promise<Run> => {
  const { port1, port2 } = new MessageChannel();
  const origin = takeClockOrigin();
  const progress = createProgress(1);
  const messages: FromConsumer[] = [];
  const order = (message: ToWorker): void => port1.postMessage(message);
  const ended = new Promise<void>((resolve) => {
    port1.on('message', (message: FromConsumer) => {
      messages.push(message);
      if (message.kind === 'ready') {
        order({ kind: 'start', startUs: message.openedUs });
        if (stopAfterMs !== undefined) setTimeout(() => order({ kind: 'stop' }), stopAfterMs);
      }
      if (message.kind === 'done') resolve();
    });
  });
  await runConsumerJob(
    {
      kind: 'consumer',
      worker: 0,
      workers: 1,
      driver: 'native',
      properties: {},
      recordCount: 0,
      reportingIntervalMs: 5000,
      printMetrics: false,
      clockOriginNs: origin.monotonicNs,
      wallMsAtOrigin: origin.wallMs,
      progress,
      port: port2,
      assignments: [{ topic: 't', partitions: null }],
      quota,
      ...job,
    },
    async (options) => new FakeConsumer(options, records, burst),
  );
  await ended;
  port1.close();
  const windows = messages.filter((message) => message.kind === 'window');
  const done = messages.find((message) => message.kind === 'done');
  if (done === undefined) throw new Error('the job did not end');
  return {
    windows,
    done,
    records: sum(windows.map((window) => window.recordsConsumed)),
    bytes: sum(windows.map((window) => window.bytesConsumed)),
    progress,
  };
};

describe('consumer loop', () => {
  test('stops at exactly the number of records, and counts keys and values', async () => {
    const { records, bytes, done } = await runWith({ quota: createQuota(1234), records: 1_000_000 });
    expect(records).toBe(1234);
    expect(bytes).toBe(12_340);
    expect(done.isQuotaUsedUp).toBe(true);
    expect(done.failure).toBeNull();
    expect(done.repeats).toEqual({ retries: 2, reconnects: 1 });
    expect(done.lastRecordUs).toBeGreaterThanOrEqual(done.firstRecordUs ?? Number.NaN);
  });

  test('ends with the last record also when no other one follows', async () => {
    const { records, done } = await runWith({ quota: createQuota(500), records: 500 });
    expect(records).toBe(500);
    expect(done.isQuotaUsedUp).toBe(true);
  });

  test('reads with several consumers exactly as many records together, however they are spread', async () => {
    const shares = fc.array(fc.record({ share: fc.nat(1000), burst: fc.integer({ min: 1, max: 300 }) }), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2000 }), shares, async (recordCount, consumers) => {
        const quota = createQuota(recordCount);
        let consumed = 0;
        // One after the other: a consumer waits for what another one holds, and so each needs a thread of its own.
        for (const { share, burst } of consumers) {
          consumed += (await runWith({ quota, records: share, burst, stopAfterMs: 20 })).records;
        }
        consumed += (await runWith({ quota, records: 1_000_000 })).records;
        expect(consumed).toBe(recordCount);
      }),
      { numRuns: 20 },
    );
  });

  test('reads several topics at a time against one quota', async () => {
    const assignments = ['a', 'b', 'c'].map((topic) => ({ topic, partitions: null }));
    const { records } = await runWith({ quota: createQuota(2500), records: 1000, job: { assignments } });
    expect(records).toBe(2500);
  });

  test('stops when told and says that the quota is not used up', async () => {
    const { records, done } = await runWith({ quota: createQuota(1000), records: 400, stopAfterMs: 30 });
    expect(records).toBe(400);
    expect(done.isQuotaUsedUp).toBe(false);
  });

  test('gives back what it reserved and did not use', async () => {
    const quota = createQuota(1000);
    await runWith({ quota, records: 400, stopAfterMs: 30 });
    const { records } = await runWith({ quota, records: 1_000_000 });
    expect(records).toBe(600);
  });

  test('posts a window for each interval, also for those without records', async () => {
    const { windows, records } = await runWith({
      quota: createQuota(100),
      records: 10,
      stopAfterMs: 60,
      job: { reportingIntervalMs: 10 },
    });
    expect(windows.map((window) => window.index)).toEqual(windows.map((_, place) => place));
    expect(windows.length).toBeGreaterThanOrEqual(5);
    expect(records).toBe(10);
  });

  test('leaves its progress in shared memory', async () => {
    const { progress, done } = await runWith({ quota: createQuota(50), records: 50, stopAfterMs: 20 });
    expect(readProgress(progress)).toEqual({ records: 50, lastRecordUs: done.lastRecordUs });
  });
});
