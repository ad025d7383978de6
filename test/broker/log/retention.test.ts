import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OffsetOutOfRangeError } from '../../../src/broker/log/errors.ts';
import { createLogResources } from '../../../src/broker/log/log-resources.ts';
import { append, ManualClock, makeBatch, openLog, readBytes, readToEnd, take, temporaryFolder } from './support.ts';

const BATCH = makeBatch(2, 100);
/** Two batches a segment. */
const SETTINGS = { segmentBytes: 2 * BATCH.length, retentionMs: -1, fileDeleteDelayMs: 1000 };

const logFiles = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.log'));

describe('retention', () => {
  test('by time deletes the segments whose newest record is too old', () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: { ...SETTINGS, retentionMs: 1000 } });
    for (const timestampMs of [5000, 5100, 9000, 5200, 5300, 5400, 9900]) append(log, makeBatch(2, 100, timestampMs));
    expect(log.deleteExpired(6101)).toBe(0);
    expect(log.deleteExpired(6102)).toBe(1);
    expect([log.logStartOffset, log.segmentCount]).toEqual([4, 3]);
    // The second segment's first batch is young: it keeps the third one, which is old, as well.
    expect(log.deleteExpired(9500)).toBe(0);
    expect(() => log.read(3, 100, true)).toThrow(OffsetOutOfRangeError);
  });

  test('by time rolls an active segment that is too old itself, and leaves an empty one alone', () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: { ...SETTINGS, retentionMs: 1000 } });
    append(log, makeBatch(2, 100, 5000), makeBatch(2, 100, 5000), makeBatch(2, 100, 5000));
    expect(log.deleteExpired(7000)).toBe(2);
    expect([log.logStartOffset, log.nextOffset, log.sizeBytes(), logFiles(folder)]).toEqual([
      6,
      6,
      0,
      ['00000000000000000006.log'],
    ]);
    expect(log.deleteExpired(99_000)).toBe(0);
    append(log, makeBatch(2, 100, 7000));
    expect(log.nextOffset).toBe(8);
  });

  test('by time goes by the time of the last write where batches have no time stamps', () => {
    const log = openLog(temporaryFolder(), { settings: { ...SETTINGS, retentionMs: 1000 } });
    const batch = makeBatch(2, 100);
    batch.writeBigInt64BE(-1n, 35);
    append(log, batch, batch, batch);
    expect(log.deleteExpired(Date.now())).toBe(0);
    expect(log.deleteExpired(Date.now() + 10_000)).toBe(2);
  });

  test('by size deletes the oldest segments while the log is large enough without them', () => {
    const settings = { ...SETTINGS, retentionBytes: 5 * BATCH.length };
    const log = openLog(temporaryFolder(), { settings });
    append(log, ...Array.from({ length: 8 }, () => makeBatch(2, 100)));
    expect(log.deleteExpired(0)).toBe(1);
    expect([log.sizeBytes(), log.logStartOffset]).toEqual([6 * BATCH.length, 4]);
    append(log, makeBatch(2, 100));
    expect(log.deleteExpired(0)).toBe(1);
  });

  test('does nothing to a log that is only compacted', () => {
    const settings = { ...SETTINGS, retentionBytes: 1, retentionMs: 1, isDeleted: false, isCompacted: true };
    const log = openLog(temporaryFolder(), { settings });
    append(log, ...Array.from({ length: 8 }, () => makeBatch(2, 100, 1000)));
    expect(log.deleteExpired(1e9)).toBe(0);
  });

  test('obeys settings that were changed while the log is open', () => {
    const log = openLog(temporaryFolder(), { settings: SETTINGS });
    append(log, ...Array.from({ length: 8 }, () => makeBatch(2, 100)));
    expect(log.deleteExpired(2e12)).toBe(0);
    log.reconfigure({ ...log.config, retentionBytes: 3 * BATCH.length, segmentBytes: 4 * BATCH.length });
    expect(log.deleteExpired(2e12)).toBe(2);
    append(log, makeBatch(2, 100), makeBatch(2, 100));
    expect(log.segmentCount).toBe(2);
  });

  test('renames files and removes them after file.delete.delay.ms', () => {
    const folder = temporaryFolder();
    const clock = new ManualClock();
    const log = openLog(folder, { settings: { ...SETTINGS, retentionBytes: BATCH.length }, clock });
    append(log, ...Array.from({ length: 4 }, () => makeBatch(2, 100)));
    log.deleteExpired(0);
    expect(logFiles(folder)).toEqual(['00000000000000000004.log']);
    const deleted = ['.index', '.log', '.timeindex'].map((kind) => `00000000000000000000${kind}.deleted`);
    expect(readdirSync(folder).filter((name) => name.endsWith('.deleted'))).toEqual(deleted);
    clock.pass(999);
    expect(existsSync(join(folder, deleted[1] ?? ''))).toBe(true);
    clock.pass(1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.deleted'))).toEqual([]);
  });

  test('lets reads in flight come to their end', async () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: { ...SETTINGS, retentionBytes: 0 }, blockingReadBytes: 0 });
    append(log, makeBatch(2, 100, 1000), makeBatch(2, 100, 2000), makeBatch(2, 100, 3000));
    const read = log.read(0, 1e6, true);
    expect(log.deleteExpired(0)).toBe(2);
    expect(take(await read)).toHaveLength(2 * BATCH.length);
  });

  test('leaves nothing behind when the log is closed before the delay is over', () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: { ...SETTINGS, retentionBytes: 0 } });
    append(log, makeBatch(2, 100));
    log.deleteExpired(0);
    log.close();
    expect(readdirSync(folder).filter((name) => name.endsWith('.deleted'))).toEqual([]);
  });
});

describe('the start of a log', () => {
  const filled = (folder: string) => {
    const resources = createLogResources();
    const log = openLog(folder, { settings: SETTINGS, resources });
    append(log, ...Array.from({ length: 7 }, (_, index) => makeBatch(2, 100, 1000 * (index + 1))));
    return log;
  };

  test('moves up, deletes whole segments and hides what is before it, in the tail cache too', async () => {
    const folder = temporaryFolder();
    const log = filled(folder);
    expect(log.advanceLogStartOffset(9)).toBe(9);
    expect([log.segmentCount, logFiles(folder)[0]]).toEqual([2, '00000000000000000008.log']);
    expect(() => log.read(8, 100, true)).toThrow(OffsetOutOfRangeError);
    expect(await readBytes(log, 9, 1)).toHaveLength(BATCH.length);
    expect(log.offsetForTime(0)).toEqual({ offset: 9, timestampMs: 5001, leaderEpoch: 0 });
    expect(log.advanceLogStartOffset(3)).toBe(9);
  });

  test('may be the high watermark, but not behind it', () => {
    const log = filled(temporaryFolder());
    expect(() => log.advanceLogStartOffset(15)).toThrow(OffsetOutOfRangeError);
    expect(() => log.advanceLogStartOffset(Number.NaN)).toThrow(OffsetOutOfRangeError);
    expect(log.advanceLogStartOffset(14)).toBe(14);
    expect([log.maxTimestamp(), log.offsetForTime(0), log.segmentCount]).toEqual([null, null, 1]);
    append(log, makeBatch(2, 100, 500));
    expect(log.maxTimestamp()).toEqual({ offset: 15, timestampMs: 501, leaderEpoch: 0 });
  });

  test('is what the checkpoint says after a restart', async () => {
    const folder = temporaryFolder();
    filled(folder).close();
    const log = openLog(folder, { settings: SETTINGS, known: { logStartOffset: 5 } });
    expect([log.logStartOffset, log.segmentCount, log.deleteExpired(0), log.segmentCount]).toEqual([5, 4, 1, 3]);
    expect((await readToEnd(log, 5, 1e6)).length).toBe(5 * BATCH.length);
  });

  test('behind all that is left begins an empty log there', () => {
    const folder = temporaryFolder();
    filled(folder).close();
    const log = openLog(folder, { settings: SETTINGS, known: { logStartOffset: 100 } });
    expect([log.logStartOffset, log.nextOffset, logFiles(folder)]).toEqual([100, 100, ['00000000000000000100.log']]);
  });
});
