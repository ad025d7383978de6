import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OpenConsumers, runConsumerJob } from '../../src/load/consumer-loop.ts';
import type {
  ConsumerDone,
  ConsumerJob,
  ConsumerWindowMessage,
  FromConsumer,
} from '../../src/load/consumer-messages.ts';
import type { ToWorker } from '../../src/load/messages.ts';
import { createPositions, positionAt } from '../../src/load/positions.ts';
import { createProgress, readProgress } from '../../src/load/progress.ts';
import { createQuota } from '../../src/load/quota.ts';
import { createRateShare } from '../../src/load/rate-share.ts';
import { takeClockOrigin } from '../../src/measure/clock.ts';
import { FakeConsumer } from './fake-driver.ts';

type Run = {
  readonly windows: readonly ConsumerWindowMessage[];
  readonly done: ConsumerDone;
  readonly messages: readonly FromConsumer[];
  readonly records: number;
  readonly bytes: number;
  readonly progress: SharedArrayBuffer;
};

type Scenario = {
  readonly quota: SharedArrayBuffer;
  readonly records: number;
  readonly burst?: number;
  readonly job?: Partial<ConsumerJob>;
  /** Stops it when all was handed over, and not before this time. */
  readonly stopAfterMs?: number;
  readonly groupMember?: OpenConsumers['groupMember'];
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const runWith = async ({ quota, records, burst, job, stopAfterMs, groupMember }: Scenario): Promise<Run> => {
  const { port1, port2 } = new MessageChannel();
  const origin = takeClockOrigin();
  const progress = createProgress(1);
  const messages: FromConsumer[] = [];
  const order = (message: ToWorker): void => port1.postMessage(message);
  const readers: FakeConsumer[] = [];
  /** However slow the machine is. */
  const stopWhenRead = (): void => {
    const isRead = readers.every(({ handedOver }) => handedOver >= records);
    if (isRead || messages.at(-1)?.kind === 'done') order({ kind: 'stop' });
    else setTimeout(stopWhenRead, 5);
  };
  const ended = new Promise<void>((resolve) => {
    port1.on('message', (message: FromConsumer) => {
      messages.push(message);
      if (message.kind === 'ready') {
        order({ kind: 'start', startUs: message.openedUs });
        if (stopAfterMs !== undefined) setTimeout(stopWhenRead, stopAfterMs);
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
      reading: { kind: 'assigned', assignments: [{ topic: 't', partitions: null }] },
      throughput: null,
      rateShare: createRateShare(),
      positions: createPositions([{ topic: 't', partitions: 2 }]),
      quota,
      ...job,
    },
    {
      consumer: async (options) => {
        const reader = new FakeConsumer(options, records, burst);
        readers.push(reader);
        return reader;
      },
      groupMember: groupMember ?? (() => Promise.reject(new Error('no group'))),
    },
  );
  await ended;
  port1.close();
  const windows = messages.filter((message) => message.kind === 'window');
  const done = messages.find((message) => message.kind === 'done');
  if (done === undefined) throw new Error('the job did not end');
  return {
    windows,
    done,
    messages,
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
    const reading = { kind: 'assigned', assignments } as const;
    const { records } = await runWith({ quota: createQuota(2500), records: 1000, job: { reading } });
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

  test('leaves in shared memory how far it has read', async () => {
    const positions = createPositions([{ topic: 't', partitions: 2 }]);
    await runWith({ quota: createQuota(50), records: 50, stopAfterMs: 20, job: { positions } });
    expect(positionAt(positions, 't', 0)).toBe(50);
    expect(positionAt(positions, 't', 1)).toBeNull();
    expect(positionAt(positions, 'other', 0)).toBeNull();
  });

  test('counts records apart that a consumer of its group has read before, and not against the quota', async () => {
    const positions = createPositions([{ topic: 't', partitions: 1 }]);
    await runWith({ quota: createQuota(40), records: 1000, job: { positions } });
    // The next one begins at offset 0 again: nothing was committed.
    const { records, done } = await runWith({ quota: createQuota(60), records: 1000, job: { positions } });
    expect(records).toBe(60);
    expect(done).toMatchObject({
      recordsConsumed: 60,
      bytesConsumed: 600,
      recordsRedelivered: 40,
      isQuotaUsedUp: true,
    });
  });

  test('takes no record before it is due at its rate, however many came at once', async () => {
    const quota = createQuota(100);
    const run = await runWith({ quota, records: 1_000_000, burst: 1_000_000, job: { throughput: 1000 } });
    expect(run.records).toBe(100);
    // Due times count from the start, however late the first record is taken: the last one is due after 99 ms.
    const startUs = run.messages.find((message) => message.kind === 'ready')?.openedUs ?? Number.NaN;
    expect((run.done.lastRecordUs ?? 0) - startUs).toBeGreaterThan(98_000);
    expect(run.done.isQuotaUsedUp).toBe(true);
  });
});

describe('a consumer of a group', () => {
  const reading = { kind: 'group', groupId: 'g', topics: ['t'], pattern: null } as const;

  test('tells what rebalances brought, and what it is and was', async () => {
    const groupMember: OpenConsumers['groupMember'] = async (options) => {
      const reader = new FakeConsumer(
        { ...options, topic: 't', partitions: null, onRecord: options.listen('t') },
        1_000_000,
      );
      return Object.assign(reader, {
        rebalanceTimeMs: 0,
        memberId: 'me',
        assignor: 'range',
        run() {
          options.onRebalance([{ topic: 't', partitions: [0] }], []);
          return FakeConsumer.prototype.run.call(reader);
        },
      });
    };
    const { messages, done, records } = await runWith({
      quota: createQuota(30),
      records: 0,
      groupMember,
      job: { reading },
    });
    expect(records).toBe(30);
    expect(done).toMatchObject({ memberId: 'me', assignor: 'range' });
    expect(messages.find(({ kind }) => kind === 'rebalance')).toMatchObject({
      partitions: [{ topic: 't', partitions: [0] }],
      withoutPartitionsUs: expect.any(Number),
    });
  });

  test('is asked for topics that whole names match', async () => {
    let pattern: unknown;
    const groupMember: OpenConsumers['groupMember'] = ({ topics }) => {
      pattern = topics;
      return Promise.reject(new Error('enough'));
    };
    const job = { reading: { ...reading, pattern: 'a|b' } };
    await expect(
      Promise.race([runWith({ quota: createQuota(1), records: 0, groupMember, job }), refused()]),
    ).resolves.toBe('refused');
    expect(['a', 'ab', 'b'].filter((name) => pattern instanceof RegExp && pattern.test(name))).toEqual(['a', 'b']);
  });
});

/** A job that is refused posts no end. */
const refused = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve('refused'), 50));
