import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogRead } from '../../../src/broker/log/log-read.ts';
import { createLogResources } from '../../../src/broker/log/log-resources.ts';
import type { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import { SlabPool } from '../../../src/protocol/slab.ts';
import {
  append,
  makeBatch,
  openLog,
  readToEnd,
  segmentBytes,
  stageTogether,
  take,
  temporaryFolder,
} from './support.ts';

const SLAB_BYTES = 256 * 1024;

const readNow = (log: PartitionLog, offset: number, maxBytes: number): LogRead => {
  const read = log.read(offset, maxBytes, true);
  if (read instanceof Promise) throw new Error('the tail cache answers at once');
  return read;
};

describe('the tail cache', () => {
  test('serves the very memory that was appended', () => {
    const log = openLog(temporaryFolder(), { resources: createLogResources() });
    const batch = makeBatch(1, 5000);
    const slab = stageTogether(log, [batch]);
    log.flush();
    const read = readNow(log, 0, 1e6);
    expect(read.slices[0]?.buffer).toBe(slab.bytes.buffer);
    read.release();
  });

  test('hands out neighbours in one slab as one slice and the rest as one each', () => {
    const log = openLog(temporaryFolder(), { resources: createLogResources() });
    stageTogether(log, [makeBatch(1, 5000), makeBatch(1, 5000)], 0);
    stageTogether(log, [makeBatch(1, 5000), makeBatch(1, 5000)], 10);
    log.flush();
    const read = readNow(log, 0, 1e6);
    expect(read.slices).toHaveLength(3);
    read.release();
  });

  test('copies runs of tiny batches together instead of handing out thousands of slices', () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { resources: createLogResources() });
    stageTogether(
      log,
      Array.from({ length: 1000 }, () => makeBatch(1, 10)),
    );
    log.flush();
    const read = readNow(log, 0, 1e6);
    expect(read.slices).toHaveLength(1);
    expect(take(read).equals(segmentBytes(folder, 0))).toBe(true);
  });

  test('never pins more than its bound, counts whole slabs, and lets the oldest go first over all partitions', () => {
    const maxBytes = 4 * SLAB_BYTES;
    const resources = createLogResources({ tailCacheBytes: maxBytes });
    const logs = [openLog(temporaryFolder(), { resources }), openLog(temporaryFolder(), { resources })];
    for (let round = 0; round < 20; round++) {
      for (const log of logs) append(log, makeBatch(1, 100));
      expect(resources.tailCache.pinnedBytes).toBe(Math.min(4, 2 * round + 2) * SLAB_BYTES);
    }
    expect(resources.tailCache.batchCount).toBe(4);
    for (const log of logs) log.close();
    expect(resources.tailCache.pinnedBytes).toBe(0);
  });

  test('a slab that is in use by a reader outlives its place in the cache', () => {
    const resources = createLogResources({ tailCacheBytes: SLAB_BYTES });
    const folder = temporaryFolder();
    const log = openLog(folder, { resources });
    const slab = stageTogether(log, [makeBatch(1, 5000)]);
    log.flush();
    const read = readNow(log, 0, 1e6);
    append(log, makeBatch(1, 5000));
    expect(take(read).equals(segmentBytes(folder, 0).subarray(0, read.sizeBytes))).toBe(true);
    expect(() => slab.retain()).toThrow(/released/);
  });

  test('a slab larger than the whole cache is not kept, and the log stays readable', async () => {
    const resources = createLogResources({ tailCacheBytes: SLAB_BYTES });
    const folder = temporaryFolder();
    const log = openLog(folder, { resources });
    append(log, makeBatch(1, 100), makeBatch(1, 2 * SLAB_BYTES), makeBatch(1, 100));
    expect(resources.tailCache.pinnedBytes).toBe(SLAB_BYTES);
    expect((await readToEnd(log, 0, 1e6)).equals(segmentBytes(folder, 0))).toBe(true);
  });

  test('bounds the number of batches, too', () => {
    const resources = createLogResources({ tailCacheBatches: 10 });
    const log = openLog(temporaryFolder(), { resources });
    for (let round = 0; round < 30; round++) stageTogether(log, [makeBatch(1, 10)]);
    log.flush();
    expect(resources.tailCache.batchCount).toBe(10);
  });

  test('accounts for every slab whatever the order of appends, reads and closes', () => {
    const step = fc.record({ partition: fc.nat(2), batches: fc.integer({ min: 1, max: 4 }), isShared: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const resources = createLogResources({ tailCacheBytes: 6 * 4096 });
        const pool = new SlabPool({ slabBytes: 4096, maxFreeBytes: 0 });
        const logs = [0, 1, 2].map(() => openLog(temporaryFolder(), { resources }));
        let slab = pool.take();
        let filled = 0;
        for (const { partition, batches, isShared } of steps) {
          for (let count = 0; count < batches; count++) {
            const batch = makeBatch(1, 500);
            if (!isShared || filled + batch.length > 4096) {
              slab.release();
              slab = pool.take();
              filled = 0;
            }
            batch.copy(slab.bytes, filled);
            logs[isShared ? count % 3 : partition]?.stage(slab, filled, filled + batch.length);
            filled += batch.length;
          }
          for (const log of logs) {
            log.flush();
            if (log.highWatermark > 0) readNow(log, log.highWatermark - 1, 1e6).release();
          }
          expect(resources.tailCache.pinnedBytes).toBeLessThanOrEqual(6 * 4096);
        }
        slab.release();
        for (const log of logs) log.close();
        expect(resources.tailCache.pinnedBytes).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});
