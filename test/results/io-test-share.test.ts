import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isLoopback } from '../../src/harness/machine-share.ts';
import { machineShareText } from '../../src/report/machine-share-text.ts';
import { beginIoTestRecord, ioTestsOf } from '../../src/results/io-test-record.ts';
import { sharesOf } from '../../src/results/io-test-share.ts';
import type { ConsumerResult, ProducerResult } from '../../src/results/result.ts';
import { madeEnvironment, madeIoTest, madeMeasure } from './io-test-made.ts';

const storage = { fileSystem: 'ext4', device: '/dev/vda', isMemory: false, freeBytes: 1 };
const here = { isLocal: true, storage };
const elsewhere = { isLocal: false, storage: null };

/** The fields that count here. */
const produced = {
  command: 'producer-perf-test',
  elapsedSeconds: 2,
  mebibytesPerSecond: 90,
  compression: { codec: 'lz4', bytesBefore: 400 * 2 ** 20, bytesAfter: 200 * 2 ** 20 },
} as unknown as ProducerResult;
const consumed = { command: 'consumer-perf-test', mebibytesPerSecond: 50 } as unknown as ConsumerResult;

const limits = madeIoTest([
  madeMeasure('append', [900, 950, 1000]),
  madeMeasure('read', [1, 2, 5000], { group: 'read' }),
  madeMeasure('socket-memory', [1, 2, 2000], { group: 'socket' }),
  madeMeasure('socket-read', [1, 2, 500], { group: 'socket' }),
  madeMeasure('crc32c', [1, 2, 10_000], { group: 'bytes' }),
  madeMeasure('lz4-compress', [1, 2, 400], { group: 'codec' }),
]);

const sharesByName = (shares: ReturnType<typeof sharesOf>) =>
  Object.fromEntries(shares.map(({ name, share }) => [name, share]));

describe('the share of a limit', () => {
  test('is what went out by the best round, and of a codec what went into it', () => {
    expect(sharesByName(sharesOf(produced, here, [limits]))).toEqual({
      append: 0.1,
      'socket-memory': 0.05,
      crc32c: 0.01,
      'lz4-compress': 0.5,
    });
  });

  test('of a consumer is that of what it read', () => {
    expect(sharesByName(sharesOf(consumed, here, [limits]))).toEqual({
      read: 0.01,
      'socket-read': 0.1,
      crc32c: 0.005,
    });
  });

  test('says nothing of disk and loopback when the cluster is elsewhere', () => {
    expect(Object.keys(sharesByName(sharesOf(produced, elsewhere, [limits])))).toEqual(['crc32c', 'lz4-compress']);
  });

  test('leaves out a disk that is another one', () => {
    const other = { isLocal: true, storage: { ...storage, device: '/dev/vdb' } };
    expect(Object.keys(sharesByName(sharesOf(produced, other, [limits])))).not.toContain('append');
  });

  test('takes each limit from the latest io-test that has it', () => {
    const later = madeIoTest([madeMeasure('append', [1, 2, 200])], { startedAt: '2026-04-01T00:00:00.000Z' });
    const shares = sharesOf(produced, here, [later, limits]);
    expect(sharesByName(shares)).toMatchObject({ append: 0.5, crc32c: 0.01 });
    expect(machineShareText(shares)).toBe(
      "of this machine's limits (io-test of 2026-04-01): sequential append 50 % of 200 MiB/s, loopback 5 % of 2,000 MiB/s on 2026-03-01, CRC-32C 1 % of 10,000 MiB/s on 2026-03-01, lz4 in one thread 50 % of 400 MiB/s on 2026-03-01",
    );
  });

  test('is no line without limits', () => {
    expect(machineShareText(undefined)).toBeNull();
    expect(machineShareText([])).toBeNull();
  });
});

describe('records of io-test', () => {
  let resultsDir = '';
  beforeEach(() => {
    resultsDir = mkdtempSync(join(tmpdir(), 'spillway-io-records-'));
  });
  afterEach(() => rmSync(resultsDir, { recursive: true }));

  const keep = (startedAt: string, changes: Parameters<typeof madeIoTest>[1] = {}) => {
    const result = madeIoTest([madeMeasure('append', [1, 2, 3])], { ...changes, startedAt });
    const { schemaVersion, command, plan } = result;
    return beginIoTestRecord(resultsDir, { schemaVersion, command, startedAt, plan }).finish(result);
  };

  test('are found, the latest first, without those of other machines and those that cannot be read', () => {
    keep('2026-03-01T10:20:30.456Z');
    keep('2026-03-02T10:20:30.456Z', { environment: { ...madeEnvironment, cpuCount: 64 } });
    keep('2026-03-03T10:20:30.456Z');
    mkdirSync(join(resultsDir, '2026-03-04T10-20-30-io-test'));
    writeFileSync(join(resultsDir, '2026-03-04T10-20-30-io-test', 'run.json'), '{"schemaVersion":1,"command":"io-te');
    const days = ioTestsOf(resultsDir, madeEnvironment).map(({ startedAt }) => startedAt.slice(0, 10));
    expect(days).toEqual(['2026-03-03', '2026-03-01']);
  });

  test('are none where there is no folder', () => {
    expect(ioTestsOf(join(resultsDir, 'missing'), madeEnvironment)).toEqual([]);
  });

  test('of one second have a folder each', () => {
    const folders = [keep('2026-03-01T10:20:30.456Z'), keep('2026-03-01T10:20:30.456Z')].map((one) => one.runRecord);
    expect(new Set(folders).size).toBe(2);
    expect(ioTestsOf(resultsDir, madeEnvironment)).toHaveLength(2);
  });
});

test.each([
  ['localhost:9092', true],
  ['127.0.0.1:9092,[::1]:9093', true],
  ['127.0.0.1:9092,kafka:9092', false],
  ['localhost.example.com:9092', false],
])('%s is this machine: %s', (servers, isHere) => expect(isLoopback(servers)).toBe(isHere));
