import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LogWriteError } from '../../../src/broker/log/errors.ts';
import type { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import type { WriteVector } from '../../../src/broker/log/vectored-write.ts';
import { append, makeBatch, openLog, readToEnd, segmentBytes, stageTogether, temporaryFolder } from './support.ts';

/** A write call that takes `budgetBytes` in all, at most `stepBytes` at a time, and then fails as a full disk does. */
const limitedWrite = (budget: { bytes: number }, stepBytes = Number.POSITIVE_INFINITY): WriteVector => {
  return (descriptor, buffers, position) => {
    if (budget.bytes <= 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const length = Math.min(budget.bytes, stepBytes);
    const taken = writevSync(descriptor, [Buffer.concat(buffers).subarray(0, length)], position);
    budget.bytes -= taken;
    return taken;
  };
};

const flushError = (log: PartitionLog): LogWriteError => {
  try {
    log.flush();
  } catch (error) {
    if (error instanceof LogWriteError) return error;
    throw error;
  }
  throw new Error('the flush should have failed');
};

describe('a flush', () => {
  test('goes on where the system took only a part of the bytes', async () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { write: limitedWrite({ bytes: 1e9 }, 97) });
    const batches = [makeBatch(2, 100), makeBatch(1, 10), makeBatch(3, 300)];
    stageTogether(log, batches);
    log.flush();
    expect((await readToEnd(log, 0, 1e6)).length).toBe(batches.reduce((sum, batch) => sum + batch.length, 0));
    expect(openLog(folder, { isCleanStart: false }).nextOffset).toBe(6);
  });

  test('that the disk refuses in the middle leaves the log and its memory as they were', async () => {
    const folder = temporaryFolder();
    const budget = { bytes: 1e9 };
    const log = openLog(folder, { write: limitedWrite(budget) });
    append(log, makeBatch(2, 100), makeBatch(2, 100));
    const before = segmentBytes(folder, 0);
    budget.bytes = 500;
    const slab = stageTogether(log, [makeBatch(2, 200), makeBatch(2, 200)]);
    const error = flushError(log);
    expect([error.code, error.path]).toEqual(['ENOSPC', join(folder, '00000000000000000000.log')]);
    expect(error.message).toMatch(/no space left on the device \(ENOSPC\); nothing of this write was kept/);
    expect(segmentBytes(folder, 0).equals(before)).toBe(true);
    expect([log.nextOffset, log.highWatermark, log.stagedCount]).toEqual([4, 4, 0]);
    expect(() => slab.retain()).toThrow(/released/);
    budget.bytes = 1e9;
    append(log, makeBatch(2, 100));
    expect((await readToEnd(log, 0, 1e6)).length).toBe(1.5 * before.length);
  });

  test('that fails after a roll removes the new segments and opens the old one again', async () => {
    const folder = temporaryFolder();
    const budget = { bytes: 1e9 };
    const settings = { segmentBytes: 1000, indexIntervalBytes: 100 };
    const log = openLog(folder, { settings, write: limitedWrite(budget) });
    append(log, makeBatch(2, 100));
    const before = segmentBytes(folder, 0);
    budget.bytes = 2500;
    stageTogether(
      log,
      Array.from({ length: 20 }, (_, index) => makeBatch(2, 100, 1000 + index)),
    );
    expect(flushError(log).code).toBe('ENOSPC');
    expect([log.segmentCount, log.sizeBytes(), log.nextOffset]).toEqual([1, before.length, 2]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.log'))).toEqual(['00000000000000000000.log']);
    budget.bytes = 1e9;
    append(log, makeBatch(2, 100), makeBatch(2, 100));
    expect(segmentBytes(folder, 0).subarray(0, before.length).equals(before)).toBe(true);
    log.close();
    const reopened = openLog(folder, { settings });
    expect([reopened.nextOffset, (await readToEnd(reopened, 0, 300)).length]).toEqual([6, 3 * before.length]);
  });

  test('with nothing staged writes nothing', () => {
    const log = openLog(temporaryFolder(), { write: limitedWrite({ bytes: 0 }) });
    expect(() => log.flush()).not.toThrow();
  });
});

/** Lowers this process's limit on file sizes for the length of a test; false where that cannot be done. */
const limitFileSize = (bytes: number): boolean => {
  const ignore = (): void => {};
  try {
    execFileSync('prlimit', [`--pid=${process.pid}`, `--fsize=${bytes}:`], { stdio: 'ignore' });
  } catch {
    return false;
  }
  // Without a listener the signal that comes with EFBIG would end the process.
  process.on('SIGXFSZ', ignore);
  onTestFinished(() => {
    execFileSync('prlimit', [`--pid=${process.pid}`, '--fsize=unlimited:'], { stdio: 'ignore' });
    process.off('SIGXFSZ', ignore);
  });
  return true;
};

test('a real limit on the file size is reported and leaves no half batch behind', async (context) => {
  const folder = join(temporaryFolder(), 'limited-0');
  mkdirSync(folder);
  const log = openLog(folder);
  append(log, makeBatch(1, 50_000));
  const size = log.sizeBytes();
  if (!limitFileSize(2 * size + 1000)) return context.skip('prlimit is not there');
  stageTogether(log, [makeBatch(1, 50_000), makeBatch(1, 50_000)]);
  expect(flushError(log).code).toBe('EFBIG');
  expect([statSync(join(folder, '00000000000000000000.log')).size, log.nextOffset]).toEqual([size, 1]);
  append(log, makeBatch(1, 50_000));
  expect((await readToEnd(log, 0, 1e6)).length).toBe(2 * size);
});
