import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { clockResolution, createClock, takeClockOrigin } from '../../src/measure/clock.ts';

describe('clock', () => {
  test('starts at the origin and never goes back', () => {
    const nowUs = createClock(takeClockOrigin().monotonicNs);
    let previous = nowUs();
    expect(previous).toBeGreaterThan(0);
    for (let reading = 0; reading < 10_000; reading++) {
      const current = nowUs();
      expect(current).toBeGreaterThanOrEqual(previous);
      previous = current;
    }
  });

  test('agrees with the monotonic clock of the machine', () => {
    const origin = takeClockOrigin();
    const nowUs = createClock(origin.monotonicNs);
    const beforeUs = Number(process.hrtime.bigint() - BigInt(origin.monotonicNs)) / 1000;
    const readUs = nowUs();
    const afterUs = Number(process.hrtime.bigint() - BigInt(origin.monotonicNs)) / 1000;
    // The offset is known to half the width of the narrowest of five brackets, which is far below 50 us.
    expect(readUs).toBeGreaterThan(beforeUs - 50);
    expect(readUs).toBeLessThan(afterUs + 50);
  });

  test('is the same clock in every thread', async () => {
    const origin = takeClockOrigin();
    const nowUs = createClock(origin.monotonicNs);
    // A thread's readings must fall between this thread's readings before and after it ran.
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      parentPort.postMessage(Number(process.hrtime.bigint() - BigInt(workerData)) / 1000);`;
    const before = nowUs();
    const worker = new Worker(source, { eval: true, workerData: origin.monotonicNs });
    const [reading] = await once(worker, 'message');
    const after = nowUs();
    await worker.terminate();
    expect(reading).toBeGreaterThan(before - 50);
    expect(reading).toBeLessThan(after + 50);
  });

  test('knows its resolution', () => {
    const nowUs = createClock(takeClockOrigin().monotonicNs);
    expect(clockResolution(nowUs)).toBeGreaterThan(0);
    expect(clockResolution(() => 7)).toBe(0);
  });
});
