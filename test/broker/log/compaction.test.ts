import { cpSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planCleaning } from '../../../src/broker/log/cleaning-plan.ts';
import { cleanLog } from '../../../src/broker/log/log-cleaner.ts';
import type { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import { openBatch, recodeBatch } from '../../../src/protocol/compressed-batch.ts';
import { codecNumber } from '../../../src/protocol/compression/codec.ts';
import {
  batchBaseOffset,
  batchBaseTimestamp,
  batchCodec,
  batchLastOffset,
  batchRecordCount,
  batchSizeBytes,
  isWholeBatch,
  sealBatch,
  walkRecords,
} from '../../../src/protocol/record-batch.ts';
import { append, keyedBatch, makeBatch, openLog, readToEnd, temporaryFolder } from './support.ts';

const NOW = 1_700_000_100_000;
const SETTINGS = {
  isCompacted: true,
  isDeleted: false,
  segmentBytes: 400,
  minCleanableDirtyRatio: 0,
  fileDeleteDelayMs: 0,
};

const clean = async (log: PartitionLog, nowMs = NOW): Promise<void> => {
  const plan = planCleaning(log, nowMs);
  if (plan === null) throw new Error('there is nothing to clean');
  await cleanLog(log, plan, nowMs);
};

type Entry = {
  readonly offset: number;
  readonly key: string;
  readonly value: string | null;
  readonly timestampMs: number;
};

/** All records of a log from its start, whatever segment they stand in. */
const entriesOf = async (log: PartitionLog): Promise<Entry[]> => {
  const bytes = await readToEnd(log, log.logStartOffset, 1e6);
  const entries: Entry[] = [];
  for (let at = 0; at < bytes.length; at += batchSizeBytes(bytes, at)) {
    expect(isWholeBatch(bytes, at, bytes.length - at)).toBe(true);
    if (batchCodec(bytes, at) !== 0) continue;
    walkRecords(bytes, at, 0, (offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
      const value = valueStart < 0 ? null : bytes.toString('utf8', valueStart, valueEnd);
      entries.push({ offset, key: bytes.toString('utf8', keyStart, keyEnd), value, timestampMs });
      return true;
    });
  }
  return entries;
};

const short = (entries: readonly Entry[]): string[] =>
  entries.map(({ offset, key, value }) => `${offset} ${key}=${value}`);

/** A batch in a segment of its own behind everything: the active segment is never cleaned. */
const roll = (log: PartitionLog): void => append(log, keyedBatch([['last', 'x'.repeat(500)]]));

describe('compaction', () => {
  test('keeps the last value of each key, at its offset, and does not touch the active segment', async () => {
    const log = openLog(temporaryFolder(), { settings: SETTINGS });
    append(
      log,
      keyedBatch([
        ['a', '1'],
        ['b', '1'],
      ]),
      keyedBatch([
        ['a', '2'],
        ['c', '1'],
      ]),
      keyedBatch([['b', '2']]),
    );
    append(log, keyedBatch([['a', 'x'.repeat(400)]]), keyedBatch([['c', 'y'.repeat(400)]]));
    await clean(log);
    expect(short(await entriesOf(log)).map((text) => text.slice(0, 5))).toEqual(['3 c=1', '4 b=2', '5 a=x', '6 c=y']);
    expect([log.nextOffset, log.logStartOffset, log.cleanedOffset]).toEqual([7, 0, 6]);
    expect(planCleaning(log, NOW)).toBeNull();
  });

  test('keeps what any history leaves as the last value, over any number of cleanings and restarts', async () => {
    const record = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(fc.string({ maxLength: 3 })));
    const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(batches, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(300, 600, 5000),
        async (rounds, segmentBytes) => {
          const folder = temporaryFolder();
          const settings = { ...SETTINGS, segmentBytes };
          const written = new Map<string, string>();
          let log = openLog(folder, { settings });
          let cleanedOffset = 0;
          for (const round of rounds) {
            for (const batch of round) append(log, keyedBatch(batch));
            const before = await entriesOf(log);
            for (const { offset, key, value } of before) written.set(`${key}`, `${offset} ${value}`);
            if (planCleaning(log, NOW) !== null) await clean(log);
            const after = await entriesOf(log);
            const offsets = new Set(short(before));
            for (const entry of short(after)) expect(offsets.has(entry)).toBe(true);
            const last = new Map(after.map(({ offset, key, value }) => [key, `${offset} ${value}`]));
            expect(last).toEqual(written);
            cleanedOffset = log.cleanedOffset;
            const heads = after.filter(({ offset }) => offset < cleanedOffset).map(({ key }) => key);
            expect(new Set(heads).size).toBe(heads.length);
            log.close();
            log = openLog(folder, { settings, known: { cleanedOffset } });
            expect(await entriesOf(log)).toEqual(after);
          }
          log.close();
        },
      ),
      { numRuns: 12 },
    );
  });

  test('keeps tombstones for delete.retention.ms from their first cleaning on, with their time stamps', async () => {
    const log = openLog(temporaryFolder(), { settings: { ...SETTINGS, deleteRetentionMs: 1000 } });
    append(
      log,
      keyedBatch(
        [
          ['a', '1'],
          ['b', '1'],
        ],
        5000,
      ),
      keyedBatch(
        [
          ['a', null],
          ['d', '1'],
        ],
        6000,
      ),
    );
    roll(log);
    await clean(log);
    expect(short(await entriesOf(log)).slice(0, 3)).toEqual(['1 b=1', '2 a=null', '3 d=1']);
    expect((await entriesOf(log))[1]?.timestampMs).toBe(6000);
    const stored = await readToEnd(log, 2, 1e6);
    expect([stored.readInt16BE(21) & 0x40, batchBaseTimestamp(stored, 0)]).toEqual([0x40, NOW + 1000]);
    roll(log);
    await clean(log, NOW + 999);
    expect(short(await entriesOf(log))).toContain('2 a=null');
    roll(log);
    await clean(log, NOW + 1000);
    expect(short(await entriesOf(log)).slice(0, 2)).toEqual(['1 b=1', '3 d=1']);
    expect(log.offsetForTime(5500)).toEqual({ offset: 3, timestampMs: 6000, leaderEpoch: 0 });
  });

  test('merges small segments up to segment.bytes and leaves their names to the first', async () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: { ...SETTINGS, segmentBytes: 200 } });
    for (let index = 0; index < 20; index++) append(log, keyedBatch([[`key-${index}`, 'v'.repeat(60)]]));
    expect(log.segmentCount).toBe(20);
    log.reconfigure({ ...log.config, segmentBytes: 1500 });
    const before = await entriesOf(log);
    await clean(log);
    expect(log.segmentCount).toBeLessThan(6);
    expect(await entriesOf(log)).toEqual(before);
    expect(readdirSync(folder).filter((name) => /cleaned|swap/.test(name))).toEqual([]);
  });

  test('drops records without a key, and batches that became empty', async () => {
    const log = openLog(temporaryFolder(), { settings: SETTINGS });
    append(log, makeBatch(3, 20), keyedBatch([['a', '1']]));
    roll(log);
    await clean(log);
    expect(short(await entriesOf(log))[0]).toBe('3 a=1');
  });

  test("keeps the header of a producer's last batch when all its records are superseded", async () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: SETTINGS });
    const by = (baseSequence: number) => ({ producerId: 9, producerEpoch: 0, baseSequence });
    append(
      log,
      keyedBatch([['a', '1']], 1000, by(0)),
      keyedBatch(
        [
          ['a', '2'],
          ['a', '3'],
        ],
        1000,
        by(1),
      ),
    );
    append(log, keyedBatch([['a', '4']], 2000));
    roll(log);
    await clean(log);
    const stored = await readToEnd(log, 0, 1e6);
    expect([batchBaseOffset(stored, 0), batchLastOffset(stored, 0), batchRecordCount(stored, 0)]).toEqual([1, 2, 0]);
    expect(short(await entriesOf(log))[0]).toBe('3 a=4');
    log.close();
    const reopened = openLog(folder, { settings: SETTINGS, isCleanStart: false });
    expect(reopened.producers.states.get(9)?.batches.at(-1)?.lastSequence).toBe(2);
  });

  test('opens and closes gzip batches, and leaves alone what it cannot open', async () => {
    const log = openLog(temporaryFolder(), { settings: SETTINGS });
    const compressed = (codec: number, batch: Buffer, records: Buffer): Buffer => {
      const result = Buffer.concat([batch.subarray(0, 61), records]);
      result.writeInt32BE(result.length - 12, 8);
      result.writeInt16BE(codec, 21);
      sealBatch(result, 0, result.length);
      return result;
    };
    const gzip = (batch: Buffer) => compressed(1, batch, gzipSync(batch.subarray(61)));
    append(
      log,
      gzip(
        keyedBatch([
          ['a', '1'],
          ['b', '1'],
        ]),
      ),
      compressed(2, keyedBatch([['a', '2']]), Buffer.from('snappy?')),
    );
    append(
      log,
      gzip(
        keyedBatch([
          ['b', '2'],
          ['c', '1'],
        ]),
      ),
      keyedBatch([['c', '2']]),
    );
    append(log, gzip(Buffer.concat([keyedBatch([['x', '1']])])));
    roll(log);
    await clean(log);
    const stored = await readToEnd(log, 0, 1e6);
    const batches: string[] = [];
    for (let at = 0; at < stored.length; at += batchSizeBytes(stored, at))
      batches.push(
        `${batchCodec(stored, at)}: ${batchBaseOffset(stored, at)}-${batchLastOffset(stored, at)} ${batchRecordCount(stored, at)}`,
      );
    expect(batches.slice(0, 5)).toEqual(['1: 0-1 1', '2: 2-2 1', '1: 3-4 1', '0: 5-5 1', '1: 6-6 1']);
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])('compacts batches of %s, and keeps their codec', async (name) => {
    const codec = codecNumber(name) ?? -1;
    const log = openLog(temporaryFolder(), { settings: SETTINGS });
    const pairs = (value: string): [string, string][] =>
      Array.from({ length: 30 }, (_, index) => [`key-${index}`, `${value}-`.repeat(10)]);
    append(log, recodeBatch(keyedBatch([...pairs('old'), ['only', 'here'.repeat(20)]]), 0, codec));
    append(log, recodeBatch(keyedBatch(pairs('new')), 0, codec));
    append(log, keyedBatch([['x', '1']]));
    roll(log);
    await clean(log);
    const stored = await readToEnd(log, 0, 1e6);
    expect(batchRecordCount(stored, 0)).toBe(1);
    const second = batchSizeBytes(stored, 0);
    expect([batchCodec(stored, second), batchRecordCount(stored, second)]).toEqual([codec, 30]);
    const open = openBatch(stored, second);
    const values: string[] = [];
    walkRecords(open.bytes, open.at, 0, (_offset, _timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
      values.push(open.bytes.toString('utf8', valueStart, valueEnd));
      return true;
    });
    expect(values).toEqual(pairs('new').map(([, value]) => value));
  });

  test('waits for min.cleanable.dirty.ratio, min.compaction.lag.ms and open transactions', async () => {
    const log = openLog(temporaryFolder(), { settings: { ...SETTINGS, minCleanableDirtyRatio: 0.5 } });
    for (let index = 0; index < 8; index++) append(log, keyedBatch([[`k${index}`, 'v'.repeat(300)]], NOW - 1000));
    expect(planCleaning(log, NOW)).toMatchObject({ firstDirtyOffset: 0, endOffset: 7, dirtyRatio: 1 });
    await clean(log);
    append(log, keyedBatch([['a', 'v'.repeat(300)]], NOW));
    expect(planCleaning(log, NOW)).toBeNull();
    log.reconfigure({ ...log.config, maxCompactionLagMs: 900 });
    expect(planCleaning(log, NOW)).toMatchObject({ firstDirtyOffset: 7, isOverdue: true });
    log.reconfigure({ ...log.config, minCompactionLagMs: 2000 });
    expect(planCleaning(log, NOW)).toBeNull();
    log.reconfigure({
      ...log.config,
      minCompactionLagMs: 0,
      maxCompactionLagMs: Number.POSITIVE_INFINITY,
      minCleanableDirtyRatio: 0,
    });
    append(
      log,
      keyedBatch([['t', 'v'.repeat(300)]], NOW, { producerId: 3, producerEpoch: 0, baseSequence: 0, attributes: 0x10 }),
    );
    append(log, keyedBatch([['u', 'v'.repeat(300)]], NOW), keyedBatch([['w', 'v'.repeat(300)]], NOW));
    expect(planCleaning(log, NOW)?.endOffset).toBe(9);
  });

  test('gives up when the log is closed meanwhile, and loses nothing', async () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: SETTINGS });
    append(log, keyedBatch([['a', '1']]), keyedBatch([['a', '2']]));
    roll(log);
    const before = await entriesOf(log);
    const plan = planCleaning(log, NOW);
    const cleaning = plan === null ? null : cleanLog(log, plan, NOW);
    log.close();
    expect(await cleaning).toBeNull();
    expect(await entriesOf(openLog(folder, { settings: SETTINGS }))).toEqual(before);
  });

  test('reads that began before a segment was replaced go on in what replaced it', async () => {
    const log = openLog(temporaryFolder(), { settings: SETTINGS, blockingReadBytes: 0 });
    for (let index = 0; index < 12; index++)
      append(
        log,
        keyedBatch([
          ['a', `${index}`],
          [`b${index}`, 'v'.repeat(50)],
        ]),
      );
    roll(log);
    const reads = Array.from({ length: 24 }, (_, offset) => log.read(offset, 1, true));
    await clean(log);
    for (const [offset, read] of reads.entries()) {
      const { slices, release } = await read;
      const [bytes = Buffer.alloc(0)] = slices;
      expect(batchLastOffset(bytes, 0)).toBeGreaterThanOrEqual(offset);
      release();
    }
  });
});

describe('a stop in the middle of replacing segments', () => {
  test('at any rename loses no last value, and nothing temporary is left', async () => {
    for (let allowed = 0; allowed < 40; allowed++) {
      const folder = temporaryFolder();
      let left = Number.POSITIVE_INFINITY;
      let isStopped = false;
      const log = openLog(folder, {
        settings: { ...SETTINGS, segmentBytes: 250 },
        rename: (from, to) => {
          if (left-- <= 0) isStopped = true;
          // A killed process renames nothing any more; the error only ends the cleaning.
          if (isStopped) throw Object.assign(new Error('stopped'), { code: 'EIO' });
          renameSync(from, to);
        },
      });
      for (let index = 0; index < 12; index++)
        append(
          log,
          keyedBatch([
            ['a', `${index}`],
            [`b${index % 5}`, 'v'.repeat(40)],
          ]),
        );
      log.reconfigure({ ...log.config, segmentBytes: 900 });
      const before = await entriesOf(log);
      const last = new Map(before.map(({ offset, key, value }) => [key, `${offset} ${value}`]));
      left = allowed;
      await clean(log).catch(() => {});
      const copy = join(temporaryFolder(), 'copy-0');
      cpSync(folder, copy, { recursive: true });
      const recovered = openLog(copy, { settings: SETTINGS, isCleanStart: false });
      const after = await entriesOf(recovered);
      expect(new Map(after.map(({ offset, key, value }) => [key, `${offset} ${value}`]))).toEqual(last);
      expect(recovered.nextOffset).toBe(log.nextOffset);
      expect(readdirSync(copy).filter((name) => /cleaned|swap|deleted/.test(name))).toEqual([]);
      expect(readdirSync(copy).filter((name) => name.endsWith('.log'))).toHaveLength(recovered.segmentCount);
      if (!isStopped) return;
    }
    throw new Error('the cleaning never came to its end');
  });
});
