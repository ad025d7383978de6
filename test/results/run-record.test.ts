import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunRecordError, readRun } from '../../src/results/read-run.ts';
import type { ConsumerResult } from '../../src/results/result.ts';
import { beginRunRecord } from '../../src/results/run-record.ts';

const run = {
  command: 'consumer-perf-test',
  topic: 't',
  startedAt: '2026-03-01T10:20:30.456Z',
  plan: { recordCount: 5 },
};

const result: ConsumerResult = {
  schemaVersion: 1,
  command: 'consumer-perf-test',
  topic: 't',
  startedAt: run.startedAt,
  driver: 'native',
  driverNotes: [],
  elapsedSeconds: 1,
  recordsPerSecond: 5,
  mebibytesPerSecond: 0,
  failure: null,
  isInterrupted: false,
  generator: { cpuSeconds: 0, peakRssBytes: 1, maxEventLoopDelayMs: 0 },
  brokerCpuSeconds: null,
  environment: {},
  configuration: { plan: run.plan, client: {}, topic: {}, broker: null },
  metrics: null,
  runRecord: null,
  recordsConsumed: 5,
  bytesConsumed: 50,
  startedAtMs: 0,
  endedAtMs: 1000,
  rebalanceTimeMs: 1,
  fetchTimeMs: 999,
  recordsRedelivered: 0,
  isTimedOut: false,
  isDurationOver: false,
  groups: [],
  consumers: [],
  lag: null,
  fetchesRetried: 0,
  reconnects: 0,
  serviceTimeMs: null,
  responseTimeMs: null,
  windows: [],
};

describe('run record', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-results-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const none = { serviceTime: null, responseTime: null };

  test('is kept in a folder named by date, command and topic', () => {
    const kept = beginRunRecord(join(folder, 'deep', 'results'), run).finish(result, none);
    expect(kept.runRecord).toBe(join(folder, 'deep', 'results', '2026-03-01T10-20-30-consumer-perf-test-t'));
    expect(readRun(kept.runRecord ?? '')).toEqual({ isPartial: false, ...kept });
  });

  test('says that it is partial until it is finished', () => {
    const record = beginRunRecord(folder, run);
    expect(readdirSync(folder)).toEqual(['2026-03-01T10-20-30-consumer-perf-test-t.partial']);
    const partial = readRun(join(folder, '2026-03-01T10-20-30-consumer-perf-test-t.partial'));
    expect(partial).toEqual({ schemaVersion: 1, isPartial: true, ...run });
    record.finish(result, none);
    expect(readdirSync(folder)).toEqual(['2026-03-01T10-20-30-consumer-perf-test-t']);
  });

  test('never meets another run of the same second', () => {
    const records = [1, 2, 3].map(() => beginRunRecord(folder, run));
    const folders = records.map((record) => record.finish(result, none).runRecord);
    folders.push(beginRunRecord(folder, run).finish(result, none).runRecord);
    expect(new Set(folders).size).toBe(4);
    for (const one of folders) expect(readRun(one ?? '')).toMatchObject({ isPartial: false, runRecord: one });
  });

  test('holds the percentile distributions that there are', () => {
    const { runRecord } = beginRunRecord(folder, run).finish(result, { serviceTime: 'a', responseTime: null });
    expect(readFileSync(join(runRecord ?? '', 'service-time.hgrm'), 'utf8')).toBe('a');
    expect(existsSync(join(runRecord ?? '', 'response-time.hgrm'))).toBe(false);
  });

  test('leaves nothing of a test that could not be run', () => {
    beginRunRecord(folder, run).discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves nothing when it cannot be written to its end', () => {
    const record = beginRunRecord(folder, run);
    mkdirSync(join(folder, readdirSync(folder)[0] ?? '', 'service-time.hgrm'));
    expect(() => record.finish(result, { serviceTime: 'a', responseTime: null })).toThrow(/EISDIR/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('takes a topic pattern into its name without its special characters', () => {
    const { runRecord } = beginRunRecord(folder, { ...run, topic: '../a|b.*' }).finish(result, none);
    expect(readdirSync(folder)).toEqual(['2026-03-01T10-20-30-consumer-perf-test-.._a_b._']);
    expect(runRecord?.startsWith(folder)).toBe(true);
  });

  test('cannot begin where a file stands instead of a folder', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => beginRunRecord(join(folder, 'file'), run)).toThrow();
  });

  test.skipIf(process.getuid?.() === 0)('cannot begin in a folder that is not writable', () => {
    chmodSync(folder, 0o500);
    expect(() => beginRunRecord(folder, run)).toThrow(/EACCES/);
    chmodSync(folder, 0o700);
  });
});

describe('reading a run record', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-results-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const readText = (text: string): unknown => {
    writeFileSync(join(folder, 'run.json'), text);
    return readRun(folder);
  };

  test('refuses a newer schema and says what to do', () => {
    expect(() => readText('{"schemaVersion":2,"isPartial":false}')).toThrow(
      /schema version 2; this spillway reads up to 1: update spillway/,
    );
  });

  test('refuses what is missing, cut off or something else', () => {
    expect(() => readRun(join(folder, 'nowhere'))).toThrow(RunRecordError);
    expect(() => readText('{"schemaVersion":1,')).toThrow(/is not JSON/);
    expect(() => readText('[]')).toThrow(/is no run record/);
    expect(() => readText('null')).toThrow(/is no run record/);
    expect(() => readText('{"schemaVersion":"1","isPartial":false}')).toThrow(/has no schema version/);
  });
});
