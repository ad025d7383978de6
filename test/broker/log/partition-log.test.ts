import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OffsetOutOfRangeError } from '../../../src/broker/log/errors.ts';
import { createLogResources } from '../../../src/broker/log/log-resources.ts';
import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchSizeBytes,
} from '../../../src/protocol/record-batch.ts';
import {
  append,
  makeBatch,
  openLog,
  readBytes,
  readToEnd,
  segmentBytes,
  stageTogether,
  take,
  temporaryFolder,
} from './support.ts';

describe('appending', () => {
  test('staged batches get consecutive offsets and are readable only after the flush', async () => {
    const log = openLog(temporaryFolder());
    stageTogether(log, [makeBatch(3, 10), makeBatch(2, 10)]);
    expect([log.nextOffset, log.highWatermark, log.stagedCount]).toEqual([5, 0, 2]);
    expect(await readBytes(log, 0, 1e6)).toHaveLength(0);
    expect(() => log.read(1, 1e6, true)).toThrow(OffsetOutOfRangeError);
    log.flush();
    expect([log.nextOffset, log.highWatermark, log.stagedCount]).toEqual([5, 5, 0]);
    const bytes = await readBytes(log, 0, 1e6);
    expect(batchBaseOffset(bytes, batchSizeBytes(bytes, 0))).toBe(3);
  });

  test('a batch is stored as it came but for base offset and leader epoch', () => {
    const folder = temporaryFolder();
    const log = openLog(folder);
    log.leaderEpoch = 7;
    const batch = makeBatch(3, 100);
    append(log, makeBatch(4, 1), batch);
    const stored = segmentBytes(folder, 0).subarray(-batch.length);
    expect([batchBaseOffset(stored, 0), batchLeaderEpoch(stored, 0)]).toEqual([4, 7]);
    expect(stored.subarray(16).equals(batch.subarray(16))).toBe(true);
    expect(stored.readInt32BE(8)).toBe(batch.readInt32BE(8));
  });

  test('a segment is closed before it would grow beyond segment.bytes', () => {
    const folder = temporaryFolder();
    const batch = makeBatch(1, 400);
    const log = openLog(folder, { settings: { segmentBytes: batch.length * 3 } });
    stageTogether(log, [batch, batch, batch, batch, batch, batch, batch]);
    log.flush();
    expect(log.segmentCount).toBe(3);
    expect([0, 3, 6].map((base) => segmentBytes(folder, base).length)).toEqual([3, 3, 1].map((n) => n * batch.length));
    expect(log.sizeBytes()).toBe(7 * batch.length);
  });

  test('a batch larger than segment.bytes gets a segment of its own', async () => {
    const log = openLog(temporaryFolder(), { settings: { segmentBytes: 500 } });
    append(log, makeBatch(1, 10), makeBatch(1, 2000), makeBatch(1, 10));
    expect(log.segmentCount).toBe(3);
    expect(batchBaseOffset(await readBytes(log, 1, 10), 0)).toBe(1);
  });

  test('a segment is closed when its batches span more than segment.ms', () => {
    const log = openLog(temporaryFolder(), { settings: { segmentMs: 1000 } });
    append(log, makeBatch(1, 10, 5000), makeBatch(1, 10, 6000), makeBatch(1, 10, 6001), makeBatch(1, 10, 7001));
    expect(log.segmentCount).toBe(2);
  });

  test('a segment is closed when its index is full', () => {
    const log = openLog(temporaryFolder(), { settings: { segmentIndexBytes: 48, indexIntervalBytes: 1 } });
    append(log, ...Array.from({ length: 12 }, (_, index) => makeBatch(1, 10, 1000 + index)));
    expect(log.segmentCount).toBeGreaterThan(2);
  });

  test('a segment is closed before an offset is too far from its base for the index', () => {
    const folder = temporaryFolder();
    const log = openLog(folder);
    const wide = makeBatch(1, 10);
    wide.writeInt32BE(0x7fff_ffff, 23);
    append(log, wide, makeBatch(1, 10));
    expect(log.segmentCount).toBe(2);
    expect(readdirSync(folder)).toContain('00000000002147483648.log');
  });
});

describe('index files', () => {
  test('hold one entry for each index.interval.bytes, byte for byte as Kafka writes them', () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: { indexIntervalBytes: 500 } });
    const batches = [1, 2, 3, 4, 5].map((index) => makeBatch(2, 150, index * 1000));
    const size = batches[0]?.length ?? 0;
    append(log, ...batches);
    log.close();
    // More than 500 bytes lie behind the entry before at the third and the fifth batch: their last offsets and positions.
    const expected = Buffer.alloc(16);
    for (const [at, value] of [5, 2 * size, 9, 4 * size].entries()) expected.writeInt32BE(value, at * 4);
    expect(segmentBytes(folder, 0, '.index').equals(expected)).toBe(true);
    const times = Buffer.alloc(24);
    for (const [at, timestampMs, offset] of [
      [0, 3001, 5],
      [12, 5001, 9],
    ] as const) {
      times.writeBigInt64BE(BigInt(timestampMs), at);
      times.writeInt32BE(offset, at + 8);
    }
    expect(segmentBytes(folder, 0, '.timeindex').equals(times)).toBe(true);
  });

  test('of a closed segment end with its largest time stamp', () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: { segmentBytes: 300 } });
    append(log, makeBatch(3, 50, 9000), makeBatch(3, 50, 9500));
    const times = segmentBytes(folder, 0, '.timeindex');
    expect(times).toHaveLength(12);
    expect([times.readBigInt64BE(0), times.readInt32BE(8)]).toEqual([9002n, 2]);
  });

  test('reach the disk in groups, not with every batch', () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: { indexIntervalBytes: 1 } });
    for (let count = 0; count < 300; count++) append(log, makeBatch(1, 10, 1000 + count));
    expect(segmentBytes(folder, 0, '.index')).toHaveLength(0);
    for (let count = 0; count < 300; count++) append(log, makeBatch(1, 10, 2000 + count));
    expect(segmentBytes(folder, 0, '.index').length).toBeGreaterThanOrEqual(512 * 8);
    log.close();
    expect(segmentBytes(folder, 0, '.index')).toHaveLength(599 * 8);
  });
});

describe('reading', () => {
  const layout = fc.record({
    batches: fc.array(fc.record({ count: fc.integer({ min: 1, max: 5 }), bytes: fc.integer({ min: 0, max: 700 }) }), {
      minLength: 1,
      maxLength: 40,
    }),
    segmentBytes: fc.integer({ min: 600, max: 8000 }),
    indexIntervalBytes: fc.integer({ min: 1, max: 3000 }),
    tailCacheBytes: fc.constantFrom(0, 4 * 256 * 1024, 64 * 1024 * 1024),
    blockingReadBytes: fc.constantFrom(0, 1e9),
    maxBytes: fc.integer({ min: 0, max: 4000 }),
    minOneBatch: fc.boolean(),
  });

  test('finds what a scan of all batches finds, from file and cache, before and after a restart', async () => {
    await fc.assert(
      fc.asyncProperty(layout, async (plan) => {
        const folder = temporaryFolder();
        const { segmentBytes, indexIntervalBytes, blockingReadBytes } = plan;
        const settings = { segmentBytes, indexIntervalBytes };
        const resources = createLogResources({ tailCacheBytes: plan.tailCacheBytes });
        const log = openLog(folder, { settings, blockingReadBytes, resources });
        append(log, ...plan.batches.map(({ count, bytes }) => makeBatch(count, bytes)));
        await expectEveryRead(log, folder, plan.maxBytes, plan.minOneBatch);
        log.close();
        const reopened = openLog(folder, { settings, blockingReadBytes });
        expect(reopened.nextOffset).toBe(log.nextOffset);
        await expectEveryRead(reopened, folder, plan.maxBytes, plan.minOneBatch);
        reopened.close();
      }),
      { numRuns: 40 },
    );
  });

  const expectEveryRead = async (
    log: ReturnType<typeof openLog>,
    folder: string,
    maxBytes: number,
    minOneBatch: boolean,
  ): Promise<void> => {
    const all = Buffer.concat(
      readdirSync(folder)
        .filter((name) => name.endsWith('.log'))
        .sort()
        .map((name) => readFileSync(join(folder, name))),
    );
    let start = 0;
    for (let offset = 0; offset < log.highWatermark; offset++) {
      if (batchLastOffset(all, start) < offset) start += batchSizeBytes(all, start);
      const got = await readBytes(log, offset, maxBytes, minOneBatch);
      const firstBytes = batchSizeBytes(all, start);
      expect(got.equals(all.subarray(start, start + got.length))).toBe(true);
      if (firstBytes <= maxBytes || minOneBatch) expect(got.length).toBeGreaterThanOrEqual(firstBytes);
      if (got.length > firstBytes || !minOneBatch) expect(got.length).toBeLessThanOrEqual(maxBytes);
      let whole = 0;
      while (whole < got.length) whole += batchSizeBytes(got, whole);
      expect(whole).toBe(got.length);
    }
  };

  test('goes on over segments until the high watermark, where it gives nothing', async () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: { segmentBytes: 2000 } });
    append(log, ...Array.from({ length: 30 }, () => makeBatch(2, 300)));
    expect((await readToEnd(log, 0, 5000)).length).toBe(log.sizeBytes());
    const atEnd = await log.read(60, 1000, true);
    expect([atEnd.sizeBytes, atEnd.slices.length]).toEqual([0, 0]);
  });

  test('an offset in mid-batch gives the whole batch', async () => {
    const log = openLog(temporaryFolder());
    append(log, makeBatch(10, 10), makeBatch(10, 10));
    expect(batchBaseOffset(await readBytes(log, 17, 10), 0)).toBe(10);
  });

  test('offsets before the log start and behind the high watermark are out of range', () => {
    const log = openLog(temporaryFolder());
    append(log, makeBatch(5, 10));
    log.logStartOffset = 2;
    for (const offset of [-1, 1, 6, Number.NaN])
      expect(() => log.read(offset, 100, true)).toThrow(OffsetOutOfRangeError);
  });

  test('a batch larger than the largest read buffer arrives whole', async () => {
    const folder = temporaryFolder();
    const log = openLog(folder);
    append(log, makeBatch(1, 10), makeBatch(2, 1_500_000), makeBatch(1, 10));
    expect((await readBytes(log, 1, 100)).length).toBeGreaterThan(3_000_000);
    expect((await readToEnd(log, 0, 1_048_576)).equals(segmentBytes(folder, 0))).toBe(true);
  });

  test('small reads come at once, large ones from the thread pool', () => {
    const log = openLog(temporaryFolder(), { blockingReadBytes: 64 * 1024 });
    append(log, makeBatch(10, 100), makeBatch(1, 200_000));
    const small = log.read(0, 500, true);
    expect(small).not.toBeInstanceOf(Promise);
    const large = log.read(0, 1_000_000, true);
    expect(large).toBeInstanceOf(Promise);
    return Promise.resolve(large).then(take);
  });

  test('a read in flight survives that its file is closed', async () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { blockingReadBytes: 0 });
    append(log, makeBatch(10, 1000));
    const expected = segmentBytes(folder, 0);
    const read = log.read(0, 1_000_000, true);
    log.delete();
    expect(take(await read).equals(expected)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('looking up by time', () => {
  const times = fc.array(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 30,
  });

  test('finds the first record at or after a time as a scan of all records does', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 300, max: 2000 }), (starts, segmentBytes) => {
        const log = openLog(temporaryFolder(), { settings: { segmentBytes, indexIntervalBytes: 100 } });
        const stamps = starts.flatMap((batch) => batch.map((start) => 1000 + start));
        for (const start of stamps) append(log, makeBatch(3, 20, start));
        const records = stamps.flatMap((start) => [start, start + 1, start + 2]);
        for (const wanted of [0, 1000, 1100, 1150, 1299, 1302, 1303]) {
          const offset = records.findIndex((timestampMs) => timestampMs >= wanted);
          const expected = offset < 0 ? null : { offset, timestampMs: records[offset], leaderEpoch: 0 };
          expect(log.offsetForTime(wanted)).toEqual(expected);
        }
        const max = Math.max(...records);
        expect(log.maxTimestamp()).toEqual({ offset: records.indexOf(max), timestampMs: max, leaderEpoch: 0 });
        log.close();
      }),
      { numRuns: 40 },
    );
  });

  test('an empty log has no time stamps', () => {
    const log = openLog(temporaryFolder());
    expect([log.offsetForTime(0), log.maxTimestamp()]).toEqual([null, null]);
  });

  test('a batch stamped by the broker answers with its first offset', () => {
    const log = openLog(temporaryFolder());
    const batch = makeBatch(3, 10, 5000);
    batch.writeInt16BE(0x08, 21);
    append(log, makeBatch(2, 10, 1000), batch);
    expect(log.offsetForTime(4000)).toEqual({ offset: 2, timestampMs: 5002, leaderEpoch: 0 });
  });
});

describe('the life of a log', () => {
  test('opening makes the folder, an empty segment and the leader epochs', () => {
    const folder = join(temporaryFolder(), 'orders-3');
    openLog(folder);
    expect(readdirSync(folder).sort()).toEqual([
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.timeindex',
      'leader-epoch-checkpoint',
    ]);
    expect(readFileSync(join(folder, 'leader-epoch-checkpoint'), 'utf8')).toBe('0\n1\n0 0\n');
  });

  test('a reopened log goes on where it ended, in the same segment and with the same index spacing', async () => {
    const folder = temporaryFolder();
    const once = openLog(join(folder, 'once'), { settings: { indexIntervalBytes: 300 } });
    const batches = Array.from({ length: 20 }, (_, index) => makeBatch(2, 60, 1000 + index));
    append(once, ...batches);
    once.close();
    const often = join(folder, 'often');
    for (const batch of batches) {
      const log = openLog(often, { settings: { indexIntervalBytes: 300 } });
      append(log, batch);
      log.close();
    }
    expect(segmentBytes(often, 0).equals(segmentBytes(join(folder, 'once'), 0))).toBe(true);
    const index = segmentBytes(often, 0, '.index');
    expect(index.equals(segmentBytes(join(folder, 'once'), 0, '.index'))).toBe(true);
    const log = openLog(often);
    expect([log.nextOffset, log.maxTimestamp()?.timestampMs]).toEqual([40, 1020]);
  });

  test('deleting removes the folder and what is left in the tail cache', () => {
    const resources = createLogResources();
    const folder = join(temporaryFolder(), `${'t'.repeat(249)}-0`);
    const log = openLog(folder, { resources });
    append(log, makeBatch(5, 100));
    expect(resources.tailCache.pinnedBytes).toBeGreaterThan(0);
    log.delete();
    expect([existsSync(folder), resources.tailCache.pinnedBytes, resources.files.openCount]).toEqual([false, 0, 0]);
  });

  test('a closed log takes and gives nothing any more', () => {
    const log = openLog(temporaryFolder());
    append(log, makeBatch(1, 10));
    log.close();
    expect(() => log.read(0, 100, true)).toThrow(/is closed/);
    expect(() => append(log, makeBatch(1, 10))).toThrow(/is closed/);
  });

  test('a missing index of a closed segment is rebuilt when it is needed', async () => {
    const folder = temporaryFolder();
    const settings = { segmentBytes: 3000, indexIntervalBytes: 300 };
    const log = openLog(folder, { settings });
    append(log, ...Array.from({ length: 20 }, (_, index) => makeBatch(2, 200, 1000 + index)));
    log.close();
    const kept = segmentBytes(folder, 0, '.index');
    const keptTimes = segmentBytes(folder, 0, '.timeindex');
    rmSync(join(folder, '00000000000000000000.index'));
    writeFileSync(join(folder, '00000000000000000000.timeindex'), 'not a time index');
    const reopened = openLog(folder, { settings });
    expect((await readToEnd(reopened, 0, 700)).length).toBe(log.sizeBytes());
    expect(segmentBytes(folder, 0, '.index').equals(kept)).toBe(true);
    expect(segmentBytes(folder, 0, '.timeindex').equals(keptTimes)).toBe(true);
  });
});
