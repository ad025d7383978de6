import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blockBytes, ioMeasureNames, longestMs } from '../../../src/harness/io-test/catalogue.ts';
import { callTimes, Findings } from '../../../src/harness/io-test/findings.ts';
import { cachedReader, coldReader, createReadTasks } from '../../../src/harness/io-test/read-tasks.ts';
import { runIoTest } from '../../../src/harness/io-test/run-io-test.ts';
import { runRound, timed } from '../../../src/harness/io-test/task.ts';
import { createWriteTasks } from '../../../src/harness/io-test/write-tasks.ts';
import { loadSystemCalls } from '../../../src/measure/system-calls.ts';

const mebibyte = 1024 * 1024;
const round = (callsPerSecond: number, callUs: readonly number[], note: string | null = null) => ({
  callsPerSecond,
  callUs: Float64Array.from(callUs),
  note,
});

describe('a round', () => {
  test('calls at least once before it is timed and once while it is, however long that takes', async () => {
    let calls = 0;
    const found = await runRound({ isAsync: false, call: () => timed(() => calls++) }, 0.0001);
    expect(calls).toBeGreaterThanOrEqual(2);
    expect(found.callUs.length).toBeGreaterThanOrEqual(1);
  });

  test('fails with the error of a call', async () => {
    const call = (): never => {
      throw new Error('no space');
    };
    await expect(runRound({ isAsync: false, call }, 1)).rejects.toThrow('no space');
  });
});

describe('findings', () => {
  test('are medians and ranges over the rounds, and times of all calls together', () => {
    const findings = new Findings(['append']);
    for (const rate of [16, 48, 32]) findings.take({ kind: 'round', name: 'append', round: round(rate, [rate, 2, 3]) });
    const [append] = findings.measures(null);
    expect(append).toMatchObject({ state: 'measured', rounds: 3, calls: 9, callUs: { max: 48 } });
    expect(append?.mebibytesPerSecond).toEqual({ median: 2, least: 1, most: 3 });
  });

  test('have no figure of what failed in a later round, and a reason for what was not come to', () => {
    const findings = new Findings(['append', 'read']);
    findings.take({ kind: 'round', name: 'append', round: round(1, [1]) });
    findings.take({ kind: 'out', name: 'append', state: 'failed', reason: 'no space' });
    const [append, read] = findings.measures('it was interrupted');
    expect(append).toMatchObject({ state: 'failed', reason: 'no space', mebibytesPerSecond: null, calls: 0 });
    expect(read).toMatchObject({ state: 'unfinished', reason: 'it was interrupted' });
  });

  test('count codecs by the mean size of their batches', () => {
    const findings = new Findings(['gzip-compress']);
    findings.take({ kind: 'prepared', by: { 'gzip-compress': 'zlib' }, batchBytes: mebibyte });
    findings.take({ kind: 'round', name: 'gzip-compress', round: round(7, [1]) });
    expect(findings.measures(null)[0]).toMatchObject({ by: 'zlib', mebibytesPerSecond: { median: 7 } });
  });

  test('have no times without calls', () => expect(callTimes([])).toBeNull());
});

test('a whole run takes a minute at most by default', () => {
  expect(longestMs(ioMeasureNames.length, 1000)).toBeLessThanOrEqual(60_000);
});

describe('tasks on files', () => {
  let folder = '';
  let data = 0;
  let log = 0;
  const dataBytes = 4 * mebibyte;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-io-tasks-'));
    writeFileSync(join(folder, 'data'), Buffer.alloc(dataBytes, 1));
    data = openSync(join(folder, 'data'), 'r+');
    log = openSync(join(folder, 'log'), 'w+');
  });
  afterEach(() => {
    for (const descriptor of [data, log]) closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });

  test('append until the file is full, begin anew, and leave nothing', () => {
    const bytes = Buffer.alloc(2 * blockBytes, 7);
    const { append } = createWriteTasks({ data, dataBytes, log, logBytes: 3 * blockBytes, bytes });
    append?.begin?.();
    const sizes = Array.from({ length: 5 }, () => {
      append?.call();
      return fstatSync(log).size / blockBytes;
    });
    expect(sizes).toEqual([1, 2, 3, 1, 2]);
    append?.end?.();
    expect(fstatSync(log).size).toBe(0);
  });

  test('write at random within the file', () => {
    const bytes = Buffer.alloc(blockBytes, 7);
    const tasks = createWriteTasks({ data, dataBytes, log, logBytes: dataBytes, bytes });
    for (let each = 0; each < 20; each++) tasks['random-write-grouped']?.call();
    expect(fstatSync(data).size).toBe(dataBytes);
  });

  test('read a part of the file again and again, and say when a cold read was none', async () => {
    const part = { position: dataBytes / 2, sizeBytes: dataBytes / 2 };
    const cached = cachedReader(data, part);
    const tasks = createReadTasks(cached, null);
    expect(tasks['read-cold']).toBeNull();
    tasks['random-read']?.begin?.();
    for (let each = 0; each < 100; each++) tasks['random-read']?.call();
    expect(tasks['random-read']?.end?.() ?? null).toBeNull();
    // Told to be cold though the page cache has it all.
    const pretended = createReadTasks(cached, cached)['read-cold'];
    pretended?.begin?.();
    for (let each = 0; each < 10; each++) pretended?.call();
    const says = (): string | null => pretended?.end?.() ?? null;
    if (process.platform === 'linux') expect(says).toThrow('a cold read could not be had');
  });

  test('go round the page cache without koffi where the file system can', () => {
    const file = { descriptor: data, path: join(folder, 'data'), part: { position: 0, sizeBytes: dataBytes } };
    const cold = coldReader(file, null);
    if (cold === null) return;
    const task = createReadTasks(cold.reader, cold.reader)['read-cold'];
    task?.begin?.();
    for (let each = 0; each < 5; each++) task?.call();
    expect(cold.by).toContain('O_DIRECT');
    closeSync(cold.reader.descriptor);
  });

  test('have the page cache drop a part that is on the disk', async () => {
    const calls = await loadSystemCalls();
    if (calls === null) return;
    expect(() => calls.dropFromCache(data, 0, dataBytes)).not.toThrow();
    expect(() => calls.dropFromCache(-1, 0, dataBytes)).toThrow('posix_fadvise failed');
  });
});

describe('a run is refused before it starts', () => {
  const observer = { onNotice: () => {}, onWarning: () => {}, stop: new AbortController().signal };
  const plan = { dataDir: tmpdir(), sizeBytes: 8 * mebibyte, timeMs: 10, measures: ['append'] };

  test('where nothing can be written', async () => {
    const run = runIoTest({ ...plan, dataDir: join(tmpdir(), 'spillway', 'is', 'not', 'there') }, null, observer);
    await expect(run).rejects.toMatchObject({ name: 'TestFailure', isUsage: true });
  });

  test('where the room is too little', async () => {
    const run = runIoTest({ ...plan, sizeBytes: 2 ** 50 }, null, observer);
    await expect(run).rejects.toThrow(/free, and two files of --size .* give a smaller --size/);
  });
});
