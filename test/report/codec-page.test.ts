import { describe, expect, test } from 'vitest';
import { codecLines } from '../../src/report/codec-text.ts';
import { codecPart } from '../../src/report/html/codec-part.ts';
import { reportPage } from '../../src/report/html/page.ts';
import { showLines } from '../../src/report/run-text.ts';
import type { CodecComparison, CodecPaceSummary, CodecSummary } from '../../src/results/codec-result.ts';
import type { StoredRun } from '../../src/results/store.ts';

const evil = '<img src=x onerror=alert(1)>';

const pace = (cpu: number, bytes: number, hasBroker: boolean): CodecPaceSummary => {
  const figures = {
    recordsPerSecond: 123_456,
    ratio: 4.2,
    wireBytesPerRecord: bytes,
    cpuSecondsPerMillion: cpu,
    'producer.cpuSecondsPerMillion': cpu / 2,
    'consumer.cpuSecondsPerMillion': cpu / 2,
    'responseTimeMs.p50': 1,
    'responseTimeMs.p99': 2.5,
    ...(hasBroker ? { 'broker.cpuSecondsPerMillion': 1.25, logBytesPerRecord: bytes } : {}),
  };
  const ranges = Object.entries(figures).map(([name, median]) => [name, { median, least: median, most: median * 1.1 }]);
  return { trialsDone: 3, trialsFailed: 0, figures: Object.fromEntries(ranges) };
};

const codec = (name: string, cpu: number, bytes: number, hasBroker = true): CodecSummary => ({
  codec: name,
  settings: { 'compression.type': name },
  implementation: null,
  fullSpeed: pace(cpu, bytes, hasBroker),
  commonRate: pace(cpu, bytes, hasBroker),
});

const run = (hasBroker: boolean): CodecComparison => ({
  schemaVersion: 1,
  command: 'compare-codecs',
  topic: 'codecs',
  startedAt: '2026-03-01T10:20:30.456Z',
  elapsedSeconds: 12,
  target: 'a broker of our own',
  source: evil,
  rounds: 3,
  secondsPerTrial: 5,
  commonRate: 20_000,
  payload: null,
  codecs: [codec('none', 4, 400, hasBroker), codec('zstd:1', 6, 100, hasBroker)],
  recommendation: {
    codec: 'zstd:1',
    settings: { 'compression.type': 'zstd' },
    text: `Take ${evil}.`,
    rule: 'x',
    notTold: [],
  },
  notes: [evil],
  trials: [],
  isInterrupted: false,
  failure: null,
  environment: {},
  configuration: {
    plan: {},
    producer: { 'batch.size': 65536, 'linger.ms': 5, acks: 'all' },
    consumer: {},
    broker: null,
  },
  runRecord: null,
});

const stored = (of: CodecComparison): StoredRun =>
  ({ name: 'c', folder: '/c', run: { isPartial: false, ...of }, files: {} }) as unknown as StoredRun;

describe('a comparison of codecs', () => {
  test('is told in tables with a column for each role', () => {
    const lines = codecLines(run(true));
    expect(lines).toContain(
      'By role, at 20,000 records/s: CPU: seconds for a million records; net: bytes sent and received for a record; disk: bytes written for a record',
    );
    const heading = lines.find((line) => line.includes('CPU broker')) ?? '';
    expect(heading).toMatch(/^codec +CPU producer +CPU broker +CPU consumer +sum +net producer/);
    expect(lines.find((line) => line.startsWith('zstd:1') && line.includes('1.250'))).toMatch(
      /^zstd:1 +3\.000 +1\.250 +3\.000 +6\.000/,
    );
    expect(lines.at(-1)).toBe(`Take ${evil}.`);
  });

  test('says what is not visible from here', () => {
    const lines = codecLines(run(false));
    expect(lines.filter((line) => line.startsWith('none') && line.includes('not visible'))).toHaveLength(4);
  });

  test('is shown as a page whose charts have a point for each codec', async () => {
    const page = await reportPage([stored(run(true))]);
    expect(page).toContain('<h2>Recommended: zstd:1</h2>');
    expect(page).not.toContain(evil);
    const { charts } = codecPart(run(true));
    expect(charts.map(({ id, x }) => [id, x.length])).toEqual([
      ['codec-trade-off', 2],
      ['codec-cpu', 2],
      ['codec-bytes', 2],
      ['codec-rate', 2],
      ['codec-latency', 4],
    ]);
    expect(charts[0]).toMatchObject({ names: ['zstd:1', 'none'], ringed: 0, xUnit: 'bytes' });
    expect(charts[1]?.series.map(({ label }) => label)).toEqual(['producer', 'broker', 'consumer', 'together']);
  });

  test('is summed up by spillway show as its command printed it', () => {
    expect(showLines(stored(run(true))).join('\n')).toContain('By role, at full speed');
  });
});
