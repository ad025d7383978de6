import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createQuota, holdQuota } from '../../src/load/quota.ts';

describe('quota', () => {
  test('is given out exactly once, however it is taken and given back', () => {
    const steps = fc.array(fc.record({ holder: fc.nat(3), limit: fc.integer({ min: 1, max: 50 }), use: fc.nat(50) }), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(fc.nat(1000), steps, (recordCount, taken) => {
        const shared = createQuota(recordCount);
        const holders = Array.from({ length: 4 }, () => holdQuota(shared));
        let consumed = 0;
        for (const step of taken) {
          const holder = holders[step.holder];
          const part = holder?.reserve(step.limit) ?? 0;
          expect(part).toBeLessThanOrEqual(step.limit);
          const used = Math.min(part, step.use);
          consumed += used;
          holder?.settle(part - used);
        }
        expect(consumed).toBeLessThanOrEqual(recordCount);
        let part = holders[0]?.reserve(77) ?? 0;
        while (part > 0) {
          consumed += part;
          part = holders[0]?.reserve(77) ?? 0;
        }
        expect(consumed).toBe(recordCount);
      }),
    );
  });

  test('is consumed exactly by threads that race for it', async () => {
    const recordCount = 200_000;
    const shared = createQuota(recordCount);
    const racer = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.module).then(({ holdQuota }) => {
        const holder = holdQuota(workerData.shared);
        let consumed = 0;
        for (let part = holder.reserve(7); part > 0; part = holder.reserve(7)) {
          const unused = part > 3 ? 2 : 0;
          holder.settle(unused);
          consumed += part - unused;
        }
        parentPort.postMessage(consumed);
      });`;
    const module = new URL('../../dist/load/quota.js', import.meta.url).href;
    const workers = [1, 2].map(() => new Worker(racer, { eval: true, workerData: { shared, module } }));
    const others = workers.map((worker) => once(worker, 'message'));
    const own = holdQuota(shared);
    let consumed = 0;
    for (let part = own.reserve(5); part > 0; part = own.reserve(5)) {
      consumed += part;
      own.settle(0);
      // Until both threads are up this one takes little, so that there is a race.
      if (consumed < 50_000) await new Promise((resolve) => setImmediate(resolve));
    }
    for (const [count] of await Promise.all(others)) consumed += Number(count);
    expect(consumed).toBe(recordCount);
  });
});
