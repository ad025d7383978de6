import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { batchSizeBytes } from '../../../src/protocol/record-batch.ts';
import { append, makeBatch, openLog, readToEnd, segmentBytes, temporaryFolder } from './support.ts';

const SETTINGS = { segmentBytes: 2200, indexIntervalBytes: 300 };

/** A closed log of three segments of five batches of two records each, and where each batch of the last one begins. */
const makeLog = (): { folder: string; size: number; last: string } => {
  const folder = temporaryFolder();
  const log = openLog(folder, { settings: SETTINGS });
  const batch = makeBatch(2, 160);
  for (let count = 0; count < 15; count++) append(log, makeBatch(2, 160, 1000 + count));
  log.close();
  expect(readdirSync(folder).filter((name) => name.endsWith('.log'))).toHaveLength(3);
  return { folder, size: batch.length, last: join(folder, '00000000000000000020.log') };
};

const recover = (folder: string, recoverScope: 'last' | 'all' = 'all') =>
  openLog(folder, { settings: SETTINGS, isCleanStart: false, recover: recoverScope });

describe('after an unclean stop', () => {
  test('an intact log keeps every batch and gets the same indexes', () => {
    const { folder } = makeLog();
    const names = readdirSync(folder).filter((name) => /index$/.test(name));
    const before = names.map((name) => [name, statSync(join(folder, name)).size]);
    for (const name of names) writeFileSync(join(folder, name), 'half an index');
    const log = recover(folder);
    expect([log.logStartOffset, log.nextOffset, log.recovery]).toEqual([
      0,
      30,
      { recoveredSegments: 3, truncatedBytes: 0, removedSegments: 0, cut: null },
    ]);
    log.close();
    expect(names.map((name) => [name, statSync(join(folder, name)).size])).toEqual(before);
  });

  test('a last batch cut at any byte is removed and the batches before it stay', () => {
    const { folder, size, last } = makeLog();
    const whole = segmentBytes(folder, 20);
    for (const kept of [0, 1, 11, 12, 16, 17, 21, 22, 60, 61, 62, size - 1]) {
      writeFileSync(last, whole.subarray(0, 3 * size + kept));
      const log = recover(folder, 'last');
      expect([log.nextOffset, log.recovery.truncatedBytes]).toEqual([26, kept]);
      expect(segmentBytes(folder, 20).equals(whole.subarray(0, 3 * size))).toBe(true);
      log.close();
      expect(statSync(last).size).toBe(3 * size);
    }
  });

  test('a flipped bit anywhere in the last batch removes it, but for what the CRC does not cover', () => {
    const { folder, size, last } = makeLog();
    const whole = segmentBytes(folder, 20);
    for (let at = 8; at < size; at += at < 61 ? 1 : 37) {
      if (at >= 12 && at < 16) continue;
      const broken = Buffer.from(whole);
      broken[4 * size + at] = (broken[4 * size + at] ?? 0) ^ 0x10;
      writeFileSync(last, broken);
      const log = recover(folder, 'last');
      expect([at, log.nextOffset, log.sizeBytes()]).toEqual([at, 28, 14 * size]);
      log.close();
    }
  });

  test('everything behind the first broken batch goes, later segments too', async () => {
    const { folder, size } = makeLog();
    const middle = segmentBytes(folder, 10);
    middle[2 * size + 100] = (middle[2 * size + 100] ?? 0) ^ 1;
    writeFileSync(join(folder, '00000000000000000010.log'), middle);
    const log = recover(folder);
    expect([log.nextOffset, log.segmentCount, log.recovery.removedSegments]).toEqual([14, 2, 1]);
    expect(readdirSync(folder).filter((name) => name.startsWith('00000000000000000020'))).toEqual([]);
    append(log, makeBatch(2, 160));
    expect((await readToEnd(log, 0, 5000)).length).toBe(8 * size);
  });

  test('only the last segment is walked when the kernel kept every write', () => {
    const { folder } = makeLog();
    const log = recover(folder, 'last');
    expect([log.nextOffset, log.recovery.recoveredSegments]).toEqual([30, 1]);
  });

  test('appends go on behind the last whole batch', async () => {
    const { folder, size, last } = makeLog();
    truncateSync(last, 4 * size + 30);
    const log = recover(folder);
    append(log, makeBatch(2, 160, 9000));
    const all = await readToEnd(log, 0, 3000);
    expect([all.length, batchSizeBytes(all, 14 * size), log.nextOffset]).toEqual([15 * size, size, 30]);
    expect(log.maxTimestamp()).toEqual({ offset: 29, timestampMs: 9001, leaderEpoch: 0 });
  });

  test('a log whose only segment holds nothing whole becomes empty', () => {
    const folder = temporaryFolder();
    openLog(folder).close();
    writeFileSync(join(folder, '00000000000000000000.log'), Buffer.alloc(5000, 0xff));
    const log = recover(folder);
    expect([log.nextOffset, log.sizeBytes(), log.recovery.truncatedBytes]).toEqual([0, 0, 5000]);
  });

  test('zeros behind the last batch, as a file system may leave them after a power cut, are cut off', () => {
    const { folder, last } = makeLog();
    const whole = segmentBytes(folder, 20);
    writeFileSync(last, Buffer.concat([whole, Buffer.alloc(8192)]));
    expect([recover(folder).nextOffset, statSync(last).size]).toEqual([30, whole.length]);
  });

  test('a batch larger than the buffer that recovery reads with is kept', () => {
    const folder = temporaryFolder();
    const log = openLog(folder);
    append(log, makeBatch(1, 10), makeBatch(2, 3_000_000), makeBatch(1, 10));
    log.close();
    expect(recover(folder).nextOffset).toBe(4);
  });
});

describe('after a clean stop', () => {
  test('a last segment whose file does not fit its index is recovered all the same', () => {
    const { folder, size, last } = makeLog();
    truncateSync(last, 2 * size + 70);
    const log = openLog(folder, { settings: SETTINGS });
    expect([log.nextOffset, log.recovery.truncatedBytes]).toEqual([24, 70]);
  });

  test('index files without a log and leftovers of a deletion are removed', () => {
    const { folder } = makeLog();
    for (const name of ['00000000000000000077.index', '00000000000000000000.log.deleted', 'x.swap'])
      writeFileSync(join(folder, name), 'x');
    openLog(folder, { settings: SETTINGS });
    expect(readdirSync(folder).filter((name) => /77|deleted|swap/.test(name))).toEqual([]);
  });

  test('a folder without segments is an empty log', () => {
    const { folder } = makeLog();
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    expect(openLog(folder, { settings: SETTINGS }).nextOffset).toBe(0);
  });
});
