import { describe, expect, test } from 'vitest';
import { csvText } from '../../src/report/csv.ts';
import { reportPage } from '../../src/report/html/page.ts';
import { markdownText } from '../../src/report/markdown.ts';
import { readDistribution } from '../../src/report/percentile-text.ts';
import { listLines, showLines } from '../../src/report/run-text.ts';
import { latency, producerRun, stored } from './stored.ts';

describe('reports as text', () => {
  test('CSV quotes what needs it, and begins no formula', () => {
    const text = csvText([{ name: '=1+1', run: producerRun({ failure: 'a "b", c' }) }]);
    const [head, row] = text.split('\r\n');
    expect(head).toMatch(/^run,command,topic,.*,p99Ms,p999Ms,p9999Ms,maxMs,verdict,failure$/);
    expect(row).toMatch(
      /^'=1\+1,producer-perf-test,orders,native,.*,serviceTimeMs,2,2,4,6,8,10,12,14,target-limited,"a ""b"", c"$/,
    );
  });

  test('Markdown has a table of latencies, and one that compares several runs', () => {
    const one = stored(producerRun({ failure: 'a | <b>' }), 'one');
    expect(markdownText([one])).toContain('| Service time (send to acknowledged) | 2.000 | 2.000 | 4.000 |');
    expect(markdownText([one])).toContain('a \\| \\<b\\>');
    expect(markdownText([one, { ...one, name: 'two' }])).toContain(
      '| two | 1,000 | 1.00 | 2.000 | 8.000 | 10.00 | 14.00 | 0 |',
    );
  });

  test('a list says of each run its rate, its latency and how it ended', () => {
    const { name, folder, run } = stored(producerRun());
    const partial = { schemaVersion: 1, isPartial: true, command: 'c', topic: 't', startedAt: 'x', plan: {} } as const;
    const lines = listLines([
      { name, folder, run, problem: null },
      { name: 'b', folder: '/b', run: null, problem: 'cut off' },
      { name: 'c', folder: '/c', run: partial, problem: null },
    ]);
    expect(lines).toEqual([
      '   run    records/s  p99 ms  state',
      '1  a-run      1,000   8.000  target-limited',
      '–  b              –       –  cannot be read',
      '2  c              –       –  partial',
    ]);
  });

  test('what another program did not tell is a dash', async () => {
    const untold = { recordsPerSecond: null, mebibytesPerSecond: null, elapsedSeconds: null, recordsFailed: null };
    const times = { ...latency(2), count: null, p90: null, p9999: null };
    const run = producerRun({ ...untold, serviceTimeMs: times, verdict: null } as never, 0);
    const told = stored(run);
    expect(listLines([{ ...told, problem: null }])[1]).toMatch(/–/);
    expect(showLines(told).join('\n')).toMatch(/rate +– records\/s, – MiB\/s/);
    expect(markdownText([told, { ...told, name: 'two' }])).toContain('| two | – | – |');
    expect(csvText([{ name: 'a', run }])).toContain('a,producer-perf-test');
    expect(await reportPage([told])).toContain('–');
    expect(await reportPage([told, { ...told, name: 'two' }])).toContain('Comparison');
  });

  const weighed = {
    name: 'w',
    folder: '/w',
    files: {},
    run: {
      isPartial: false,
      schemaVersion: 1,
      command: 'weigh',
      startedAt: '2026-03-01T10:20:30.456Z',
      failure: 'a \u001b b',
      total: 2500,
      measures: [{ name: 'x|y', rate: { median: 12.345, least: 1 } }],
    } as never,
  };

  test('a run of a kind that is not known is told by what its document holds', () => {
    const lines = showLines(weighed);
    expect(lines).toContain('total       2,500');
    expect(lines).toContain('problem     a ? b');
    expect(lines).toContain('x|y   12.35         1');
    expect(markdownText([weighed])).toContain('| x\\|y | 12.35 | 1 |');
    expect(listLines([{ ...weighed, problem: null }])[1]).toBe('1  w            –       –  problems');
  });

  test('a summary keeps control characters from the terminal', () => {
    const lines = showLines(stored(producerRun({ topic: 'a\u001b[31mb', failure: 'x\ny' })));
    expect(lines.join('\n')).not.toContain('\u001b');
    expect(lines).toContain('problem  x y');
  });

  test('points of a distribution are read', () => {
    expect(readDistribution(stored(producerRun()).files['service-time.hgrm'] ?? '')).toEqual([
      { ms: 1, part: 0 },
      { ms: 2, part: 0.5 },
      { ms: 14, part: 1 },
    ]);
  });
});
