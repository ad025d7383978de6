import { describe, expect, test } from 'vitest';
import { sideBySideText } from '../../src/report/side-by-side-text.ts';
import type { SideBySideResult, SideBySideTrial } from '../../src/results/side-by-side-result.ts';

const trial = (tool: string, round: number, more: Partial<SideBySideTrial>): SideBySideTrial => ({
  ...{ caseName: 'produce-100', tool, round, topic: 't', records: 1000, recordsPerSecond: 900, mebibytesPerSecond: 1 },
  ...{ outsideRecordsPerSecond: 1000, wallSeconds: 1, cpuUsPerRecord: 2, peakRssBytes: 100 << 20 },
  ...{ brokerCpuUsPerRecord: null, latencyMs: null, secondsToFirstRecord: 0.5, failure: null },
  ...more,
});

const result = (trials: readonly SideBySideTrial[]): SideBySideResult => ({
  ...{ schemaVersion: 1, command: 'side-by-side', startedAt: '2026-02-03T04:05:06.789Z', target: 'kafka:9092' },
  ...{ rounds: 3, seconds: 20, versions: { java: 'Kafka 4.1.0', mine: null } },
  environment: { cpuModel: 'A CPU', availableParallelism: 2, kernel: '6' },
  cases: [{ name: 'produce-100', title: 'Producers', kind: 'producer', recordBytes: 100, properties: {} }],
  trials,
  targets: [
    { ...{ caseName: 'produce-100', title: 'rate', figure: 'rate' }, tool: 'ours', other: 'java', bound: 4 },
    { ...{ caseName: 'produce-100', title: 'memory', figure: 'peakRss' }, tool: 'ours', other: 'java', bound: 1 / 3 },
    { ...{ caseName: 'produce-100', title: 'other', figure: 'rate' }, tool: 'ours', other: 'franz-go', bound: 2 },
  ],
  absent: [{ tool: 'rdkafka', caseName: null, reason: 'no such program' }],
  notes: ['a note'],
  isInterrupted: false,
});

/** The cells of the table row that begins with a word. */
const row = (text: string, word: string): readonly string[] =>
  (text.split('\n').find((line) => line.includes(`| ${word} `)) ?? '').split('|').map((cell) => cell.trim());

describe('what side-by-side found', () => {
  const text = sideBySideText(
    result([
      trial('ours', 1, { outsideRecordsPerSecond: 5000 }),
      trial('java', 1, { outsideRecordsPerSecond: 1000 }),
      trial('ours', 2, { outsideRecordsPerSecond: 2000 }),
      trial('java', 2, { outsideRecordsPerSecond: 1000 }),
      trial('ours', 3, { outsideRecordsPerSecond: 9000 }),
      trial('java', 3, { outsideRecordsPerSecond: 2000, failure: 'it broke' }),
    ]),
  );

  test('stands in a row for each generator: the median, and between what it was', () => {
    expect(row(text, 'ours').slice(1, 4)).toEqual(['ours', '5 (2 to 9)', '1 (1 to 1)']);
    expect(row(text, 'ours').at(-2)).toBe('0.50 (0.50 to 0.50)');
    expect(row(text, 'java')[6]).toBe('100 (100 to 100)');
    expect(row(text, 'java')[7]).toBe('–');
  });

  test('is held against what is aimed at, round by round', () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| produce-100'));
    expect(
      rows.map((line) =>
        line
          .split('|')
          .slice(2, -1)
          .map((cell) => cell.trim()),
      ),
    ).toEqual([
      ['rate', 'at least 4 times', '3.50 (2.00 to 5.00) times', 'missed'],
      ['memory', 'at most 0.33 times', '1.00 (1.00 to 1.00) times', 'missed'],
      ['other', 'at least 2 times', '–', 'not measured'],
    ]);
  });

  test('names what is not here, what failed, and what a generator does otherwise', () => {
    expect(text).toContain('- rdkafka is not here: no such program');
    expect(text).toContain('- produce-100, round 3: java failed: it broke');
    expect(text).toContain('- a note.');
    expect(text).toContain('java: Kafka 4.1.0\n');
  });

  test('tells a generator that failed before the rounds from one that is not here, and from one that cannot do a case', () => {
    const failed = result([trial('mine', 0, { failure: 'it ended with status 7' })]);
    const cannot = { tool: 'rdkafka', caseName: 'produce-100', reason: 'it has no such property' };
    const shown = sideBySideText({ ...failed, absent: [cannot] });
    expect(shown).toContain('- produce-100, sizing run: mine failed: it ended with status 7');
    expect(shown).toContain('- rdkafka takes no part in produce-100: it has no such property');
  });

  test('says so when nothing went well', () => {
    expect(sideBySideText(result([]))).toContain('No trial went well.');
  });
});
