import { readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FileCache, LogFile } from '../../../src/broker/log/file-cache.ts';
import { createLogResources } from '../../../src/broker/log/log-resources.ts';
import { append, makeBatch, openLog, readToEnd, segmentBytes, temporaryFolder } from './support.ts';

const makeFiles = (count: number, onEvicted?: (index: number) => void): LogFile[] => {
  const folder = temporaryFolder();
  return Array.from({ length: count }, (_, index) => {
    const path = join(folder, String(index));
    writeFileSync(path, String(index));
    return new LogFile(path, () => onEvicted?.(index));
  });
};

const content = (descriptor: number): string => {
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, 0);
  return byte.toString();
};

describe('the file cache', () => {
  test('keeps no more than its bound open and closes what was not used for longest', () => {
    const evicted: number[] = [];
    const files = makeFiles(5, (index) => evicted.push(index));
    const cache = new FileCache({ maxOpenFiles: 3 });
    for (const index of [0, 1, 2, 0, 3, 4, 1]) {
      const file = files[index];
      if (file !== undefined) expect(content(cache.use(file))).toBe(String(index));
      expect(cache.openCount).toBeLessThanOrEqual(3);
    }
    expect(evicted).toEqual([1, 2, 0]);
    for (const file of files) cache.close(file);
    expect(cache.openCount).toBe(0);
  });

  test('never closes a pinned file, and closes it at its last unpin if asked meanwhile', () => {
    const [first, second] = makeFiles(2);
    if (first === undefined || second === undefined) throw new Error('two files');
    const cache = new FileCache({ maxOpenFiles: 1 });
    const descriptor = cache.pin(first);
    cache.use(second);
    cache.close(first);
    expect(content(descriptor)).toBe('0');
    cache.unpin(first);
    expect([first.descriptor, cache.openCount]).toEqual([-1, 1]);
    cache.close(second);
  });

  test('a log with more segments than open files reads and writes all of them', async () => {
    const folder = temporaryFolder();
    const resources = createLogResources({ tailCacheBytes: 0, maxOpenFiles: 2 });
    const log = openLog(folder, { resources, settings: { segmentBytes: 1000, indexIntervalBytes: 100 } });
    for (let count = 0; count < 30; count++) {
      append(log, makeBatch(2, 100, 1000 + count));
      expect((await readToEnd(log, 0, 500)).length).toBe(log.sizeBytes());
    }
    expect(log.segmentCount).toBeGreaterThan(5);
    expect(log.maxTimestamp()?.timestampMs).toBe(1030);
    expect(resources.files.openCount).toBeLessThanOrEqual(2);
    expect(segmentBytes(folder, 0).length).toBeGreaterThan(0);
  });
});
