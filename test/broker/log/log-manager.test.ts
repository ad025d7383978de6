import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readOffsets, writeOffsets } from '../../../src/broker/log/checkpoints.ts';
import { LogManager } from '../../../src/broker/log/log-manager.ts';
import type { PartitionLogOptions } from '../../../src/broker/log/log-options.ts';
import type { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import { append, keyedBatch, ManualClock, makeBatch, openLog, readToEnd, temporaryFolder } from './support.ts';

const BATCH = makeBatch(2, 100);
const COMPACTED = { isCompacted: true, isDeleted: false, segmentBytes: 300, minCleanableDirtyRatio: 0.5 };

const manage = (directory: string, clock = new ManualClock()) => {
  const lines: string[] = [];
  const manager = new LogManager({
    directory,
    retentionCheckIntervalMs: 5000,
    isCleanerEnabled: true,
    cleanerBackoffMs: 1000,
    say: (_kind, line) => lines.push(line),
    clock,
  });
  const logs: PartitionLog[] = [];
  const open = (
    name: string,
    settings: NonNullable<Parameters<typeof openLog>[1]>['settings'] = {},
    more: Partial<PartitionLogOptions> = {},
  ): PartitionLog => {
    const path = join(directory, name);
    const log = openLog(path, { settings, known: manager.takeKnown(path), listener: manager.listener, clock, ...more });
    logs.push(log);
    return log;
  };
  const close = async (): Promise<void> => {
    manager.stop();
    for (const log of logs) log.close();
    await manager.close();
  };
  return { manager, clock, lines, logs, open, close };
};

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('the log manager', () => {
  test('looks for old segments every log.retention.check.interval.ms', async () => {
    const { manager, clock, logs, open, close } = manage(temporaryFolder());
    const log = open('t-0', { segmentBytes: 2 * BATCH.length, retentionMs: 60_000 });
    append(log, ...Array.from({ length: 4 }, () => makeBatch(2, 100, clock.now)));
    manager.start(() => logs);
    clock.pass(5000);
    await settle();
    expect(log.segmentCount).toBe(2);
    clock.pass(60_000);
    await expect.poll(() => log.logStartOffset).toBe(8);
    await close();
  });

  test('compacts the dirtiest log, one after the other, then rests', async () => {
    const { manager, clock, logs, open, close } = manage(temporaryFolder());
    const [first, second] = [open('a-0', COMPACTED), open('b-0', COMPACTED)];
    for (const log of logs) for (let count = 0; count < 6; count++) append(log, keyedBatch([['k', 'v'.repeat(200)]]));
    first.cleanedOffset = 2;
    manager.start(() => logs);
    clock.pass(1000);
    await expect.poll(() => second.cleanedOffset).toBe(5);
    expect(first.cleanedOffset).toBe(2);
    await expect.poll(() => clock.waitingCount).toBeGreaterThan(1);
    clock.pass(0);
    await expect.poll(() => first.cleanedOffset).toBe(5);
    await close();
  });

  test('leaves a log alone that it cannot compact, and says where it is broken', async () => {
    const folder = temporaryFolder();
    const { manager, logs, lines, open, close } = manage(folder);
    const log = open('a-0', COMPACTED);
    for (let count = 0; count < 4; count++) append(log, keyedBatch([['k', 'v'.repeat(200)]]));
    const path = join(folder, 'a-0', '00000000000000000001.log');
    const bytes = readFileSync(path);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    manager.start(() => logs);
    expect([await manager.cleanDirtiest(), await manager.cleanDirtiest()]).toEqual([true, false]);
    expect(lines).toEqual([expect.stringContaining(`${path} holds no whole record batch at byte 0`)]);
    await close();
  });

  test('keeps starts, cleaned offsets and high watermarks of all logs in the checkpoint files of Kafka', async () => {
    const folder = temporaryFolder();
    const { manager, logs, open, close } = manage(folder);
    const log = open('some-topic-12', { segmentBytes: 2 * BATCH.length });
    append(log, ...Array.from({ length: 5 }, () => makeBatch(2, 100)));
    const compacted = open('c-0', COMPACTED);
    for (let count = 0; count < 4; count++) append(compacted, keyedBatch([['k', 'v'.repeat(200)]]));
    manager.start(() => logs);
    log.advanceLogStartOffset(5);
    await manager.cleanDirtiest();
    await expect.poll(() => readOffsets(folder, 'logStart').get('some-topic-12')).toBe(5);
    await expect.poll(() => readOffsets(folder, 'cleaned').get('c-0')).toBe(3);
    await close();
    const text = (name: string) => readFileSync(join(folder, name), 'utf8');
    expect(text('log-start-offset-checkpoint')).toBe('0\n1\nsome-topic 12 5\n');
    expect(text('cleaner-offset-checkpoint')).toBe('0\n1\nc 0 3\n');
    expect(text('replication-offset-checkpoint')).toBe('0\n2\nsome-topic 12 10\nc 0 4\n');
    expect(text('recovery-point-offset-checkpoint')).toBe('0\n0\n');
    const next = manage(folder);
    expect(next.open('some-topic-12').logStartOffset).toBe(5);
    expect([next.open('c-0', COMPACTED).cleanedOffset, next.manager.takeKnown('c-0').cleanedOffset]).toEqual([
      3,
      undefined,
    ]);
  });

  test('forgets a topic that was deleted', async () => {
    const folder = temporaryFolder();
    const { manager, logs, open, close } = manage(folder);
    const log = open('t-0');
    append(log, makeBatch(2, 100));
    manager.start(() => logs);
    log.advanceLogStartOffset(1);
    await expect.poll(() => readOffsets(folder, 'logStart').size).toBe(1);
    logs.pop();
    log.delete();
    await expect.poll(() => readOffsets(folder, 'logStart').size).toBe(0);
    await close();
  });
});

describe('flushing to the device', () => {
  test('by flush.messages moves the recovery point with the append', () => {
    const log = openLog(temporaryFolder(), { settings: { flushMessages: 4, segmentBytes: 2 * BATCH.length } });
    const points = Array.from({ length: 6 }, () => {
      append(log, makeBatch(2, 100));
      return log.recoveryPoint;
    });
    expect(points).toEqual([0, 4, 4, 8, 8, 12]);
  });

  test('by flush.ms moves it in the background, and not at all when neither is set', async () => {
    const clock = new ManualClock();
    const log = openLog(temporaryFolder(), { settings: { flushMs: 1000 }, clock });
    append(log, makeBatch(2, 100));
    clock.pass(999);
    expect(log.recoveryPoint).toBe(0);
    append(log, makeBatch(2, 100));
    clock.pass(1);
    await expect.poll(() => log.recoveryPoint).toBe(4);
    log.reconfigure({ ...log.config, flushMs: Number.POSITIVE_INFINITY });
    append(log, makeBatch(2, 100));
    expect([clock.waitingCount, log.recoveryPoint]).toEqual([0, 4]);
  });

  test('spares what is before the recovery point from being looked through after an unclean stop', async () => {
    const folder = temporaryFolder();
    const settings = { segmentBytes: 2 * BATCH.length };
    const log = openLog(folder, { settings });
    append(log, ...Array.from({ length: 7 }, () => makeBatch(2, 100)));
    log.close();
    const reopened = openLog(folder, { settings, isCleanStart: false, known: { recoveryPoint: 9 } });
    expect(reopened.recovery.recoveredSegments).toBe(2);
    expect((await readToEnd(reopened, 0, 1e6)).length).toBe(7 * BATCH.length);
  });
});

test('a checkpoint file that is broken counts as none', () => {
  const folder = temporaryFolder();
  writeOffsets(folder, 'logStart', [['a.b_c-d-3', 7]]);
  expect(readOffsets(folder, 'logStart')).toEqual(new Map([['a.b_c-d-3', 7]]));
  for (const text of ['', '1\n1\na 0 7\n', '0\n2\na 0 7\n', '0\n1\na 0 seven\n', 'nonsense']) {
    writeFileSync(join(folder, 'log-start-offset-checkpoint'), text);
    expect(readOffsets(folder, 'logStart').size).toBe(0);
  }
});
