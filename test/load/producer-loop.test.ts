import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runProducerJob } from '../../src/load/producer-loop.ts';
import { createProgress, readProgress } from '../../src/load/progress.ts';
import { plainShape } from '../../src/load/shape.ts';
import { takeClockOrigin } from '../../src/measure/clock.ts';
import { paced, runWith, samples, sum } from './run-producer.ts';

describe('producer loop', () => {
  test('sends each record of its share once, in order, with its own time', async () => {
    const { driver, done, windows } = await runWith({ worker: 1, workers: 3, recordCount: 1000 });
    expect(driver.seen.map((record) => record.tag)).toEqual(Array.from({ length: 333 }, (_, turn) => 1 + turn * 3));
    expect(driver.seen.every((record) => record.value === String(record.tag))).toBe(true);
    for (const [place, record] of driver.seen.entries()) {
      expect(record.sentAtUs).toBeGreaterThanOrEqual(driver.seen[place - 1]?.sentAtUs ?? 0);
    }
    expect(Math.abs((driver.seen[0]?.timestampMs ?? 0) - Date.now())).toBeLessThan(10_000);
    expect(sum(windows.map((window) => window.all.recordsSent))).toBe(333);
    expect(done.failure).toBeNull();
    expect(done.repeats).toEqual({ retries: 2, reconnects: 1 });
  });

  test('counts every record exactly over any number of producers, batches and rooms', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          recordCount: fc.integer({ min: 1, max: 500 }),
          workers: fc.integer({ min: 1, max: 4 }),
          batchRecords: fc.integer({ min: 1, max: 50 }),
          roomRecords: fc.integer({ min: 1, max: 200 }),
          throughput: fc.constantFrom(null, 1e6),
        }),
        async ({ recordCount, workers, batchRecords, roomRecords, throughput }) => {
          const runs = await Promise.all(
            Array.from({ length: workers }, (_, worker) =>
              runWith(
                { worker, workers, recordCount, shape: throughput === null ? plainShape : paced(throughput) },
                { batchRecords, roomRecords },
              ),
            ),
          );
          const tags = runs.flatMap((run) => run.driver.seen.map((record) => record.tag));
          expect(tags.toSorted((a, b) => a - b)).toEqual(Array.from({ length: recordCount }, (_, index) => index));
          const windows = runs.flatMap((run) => run.windows);
          expect(sum(windows.map((window) => window.all.recordsSent))).toBe(recordCount);
          expect(sum(windows.map((window) => samples(window.serviceTime.steady)))).toBe(recordCount);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('offers a record that found no room again with the same times', async () => {
    const { driver } = await runWith({ recordCount: 50 }, { roomRecords: 7 });
    expect(driver.refusals).toBeGreaterThan(0);
    expect(driver.seen).toHaveLength(50);
    expect(driver.seen.map((record) => record.tag)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  test('waits for the client when it is far ahead of the sockets, and still sends everything', async () => {
    const payload = { kind: 'random', sizeBytes: 100_000, seed: 0 } as const;
    const { driver, windows } = await runWith({ recordCount: 100, payload });
    expect(driver.seen).toHaveLength(100);
    expect(driver.mostBacklogBytes).toBeLessThan(1_300_000);
    expect(sum(windows.map((window) => window.all.valueBytes))).toBe(10_000_000);
  });

  test('reports no response time without a schedule', async () => {
    const { windows } = await runWith({});
    expect(windows.every((window) => window.responseTime === null)).toBe(true);
  });

  test('sends no record of a schedule before it is due, and times it from then', async () => {
    const { driver, windows, messages } = await runWith({ recordCount: 100, shape: paced(2000) });
    const ready = messages.find((message) => message.kind === 'ready');
    for (const record of driver.seen) {
      expect(record.dueAtUs).toBeCloseTo((ready?.openedUs ?? 0) + record.tag * 500, 3);
      expect(record.sentAtUs).toBeGreaterThanOrEqual(record.dueAtUs);
    }
    expect(sum(windows.map((window) => samples(window.responseTime?.steady ?? null)))).toBe(100);
    expect(sum(windows.map((window) => samples(window.sendLateness?.steady ?? null)))).toBe(100);
  });

  test('keeps warm-up records apart by their index', async () => {
    const run = await runWith({ recordCount: 1000, warmupRecords: 250 }, { batchRecords: 100 });
    expect(sum(run.windows.map((window) => samples(window.serviceTime.warmUp)))).toBe(250);
    expect(sum(run.windows.map((window) => samples(window.serviceTime.steady)))).toBe(750);
    expect(sum(run.windows.map((window) => window.steady.recordsSent))).toBe(750);
    expect(run.messages.filter((message) => message.kind === 'steady')).toHaveLength(1);
    expect(run.done.firstSteadySendUs).toBeLessThanOrEqual(run.driver.seen[250]?.sentAtUs ?? 0);
    expect(run.done.firstSteadySendUs).toBeGreaterThanOrEqual(run.driver.seen[249]?.sentAtUs ?? 0);
  });

  test('counts failed records by the name of their error and leaves them out of the latencies', async () => {
    const error = { name: 'NOT_LEADER_OR_FOLLOWER', code: 6, message: 'the leader moved' };
    const errorOf = (firstTag: number) => (firstTag % 2 === 0 ? error : null);
    const { windows, done } = await runWith({ recordCount: 1000 }, { batchRecords: 1, errorOf });
    expect(done.failures).toEqual({ NOT_LEADER_OR_FOLLOWER: { count: 500, message: 'the leader moved' } });
    expect(sum(windows.map((window) => window.all.recordsFailed))).toBe(500);
    expect(sum(windows.map((window) => samples(window.serviceTime.steady)))).toBe(500);
    expect(done.failure).toBeNull();
  });

  test('ends with the failure of a driver that gives up, and with its counts', async () => {
    const throwAt = { tag: 300, error: new Error('a record is too large') };
    const { windows, done } = await runWith({ recordCount: 1000 }, { throwAt });
    expect(done.failure).toBe('a record is too large');
    expect(sum(windows.map((window) => window.all.recordsSent))).toBe(300);
  });

  test('stops when told, and settles what it sent', async () => {
    const { driver, windows, done } = await runWith({ recordCount: 1_000_000, shape: paced(1000) }, {}, (send) =>
      setTimeout(() => send({ kind: 'stop' }), 50),
    );
    expect(driver.seen.length).toBeGreaterThan(0);
    expect(driver.seen.length).toBeLessThan(100_000);
    expect(sum(windows.map((window) => window.all.recordsSent))).toBe(driver.seen.length);
    expect(done.failure).toBeNull();
  });

  test('gives up at once when the target is gone, and counts what is pending as failed', async () => {
    const { driver, done } = await runWith({ recordCount: 10_000 }, { isSilent: true, roomRecords: 100 }, (send) =>
      setTimeout(() => send({ kind: 'abort', message: 'the broker ended' }), 20),
    );
    expect(done.failure).toBe('the broker ended');
    expect(done.failures.CLOSED?.count).toBe(driver.seen.length);
  });

  test('posts a window for each interval, also for those without records', async () => {
    const { windows } = await runWith({ recordCount: 3, shape: paced(20), reportingIntervalMs: 10 });
    expect(windows.map((window) => window.index)).toEqual(windows.map((_, place) => place));
    expect(windows.length).toBeGreaterThanOrEqual(10);
    expect(windows.some((window) => window.all.recordsSent === 0)).toBe(true);
    expect(sum(windows.map((window) => window.all.recordsSent))).toBe(3);
  });

  test('leaves its progress in shared memory', async () => {
    const { progress, done } = await runWith({ recordCount: 123 });
    expect(readProgress(progress)).toEqual({ records: 123, lastRecordUs: done.lastSettledUs });
  });

  test('is refused when the driver cannot be opened', async () => {
    const { port1, port2 } = new MessageChannel();
    const refused = new Promise((resolve) => port1.on('message', resolve));
    const origin = takeClockOrigin();
    await runProducerJob(
      {
        kind: 'producer',
        worker: 0,
        workers: 1,
        driver: 'native',
        properties: {},
        recordCount: 1,
        reportingIntervalMs: 5000,
        printMetrics: false,
        clockOriginNs: origin.monotonicNs,
        wallMsAtOrigin: origin.wallMs,
        progress: createProgress(1),
        port: port2,
        topic: 't',
        payload: { kind: 'monotonic' },
        shape: plainShape,
        warmupRecords: 0,
        followed: null,
      },
      () => Promise.reject(new Error('127.0.0.1:1 refused the connection')),
    );
    expect(await refused).toEqual({ kind: 'refused', message: '127.0.0.1:1 refused the connection' });
    port1.close();
  });
});
