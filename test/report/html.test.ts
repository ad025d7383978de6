import { describe, expect, test } from 'vitest';
import { figuresOf } from '../../src/report/figures.ts';
import { stallsOf, throughputOverlay } from '../../src/report/html/chart.ts';
import { html, jsonForScript } from '../../src/report/html/markup.ts';
import { reportPage } from '../../src/report/html/page.ts';
import { latency, producerRun, stored } from './stored.ts';

const evil = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'&\u2028\u0000`;

/** Elements that are opened and not closed, or the other way; scripts and styles are left out, as a parser does. */
const unbalanced = (page: string): readonly string[] => {
  const withoutText = page.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '');
  const open: string[] = [];
  const faults: string[] = [];
  for (const [, slash, name = ''] of withoutText.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (['meta', 'img', 'br'].includes(name)) continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) faults.push(name);
  }
  return [...faults, ...open];
};

describe('templates of HTML', () => {
  test('escape what is put into them, but for HTML', () => {
    expect(html`<p title="${'"'}">${'<b>&'}${html`<i>${1}</i>`}${null}</p>`.html).toBe(
      '<p title="&quot;">&lt;b&gt;&amp;<i>1</i></p>',
    );
  });

  test('hold JSON that ends no script', () => {
    const { html: text } = jsonForScript({ evil });
    expect(text).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(text)).toEqual({ evil });
  });
});

describe('the page of a run', async () => {
  const page = await reportPage([stored(producerRun())]);

  test('is whole and in order', () => {
    expect(unbalanced(page)).toEqual([]);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(page).toMatch(/^<!DOCTYPE html>\n<html lang="en">/);
  });

  test('asks for nothing from anywhere', () => {
    expect(
      [...page.matchAll(/\b(?:src|href|action|poster)\s*=\s*"([^"]*)"/g)].map(([, url]) => url?.slice(0, 5)),
    ).toSatisfy((urls: readonly string[]) => urls.every((url) => url === 'data:' || url.startsWith('#')));
    expect(page).not.toMatch(/@import|url\(|<link|<iframe/);
    expect(page).toContain('default-src &#39;none&#39;');
  });

  test('shows figures and verdict without scripts', () => {
    const text = page.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ');
    for (const part of [
      'The target was the limit',
      'Service time',
      '8.000',
      'Figures of all 10 intervals',
      'stall',
      'a processor',
    ])
      expect(text).toContain(part);
  });

  test('holds its raw data as links', () => {
    const encoded = /download="run\.json" href="data:[^,]+,([^"]+)"/.exec(page)?.[1] ?? '';
    expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toMatchObject({ topic: 'orders', isPartial: false });
  });

  test('escapes names, messages and settings of whoever made the run', async () => {
    const run = producerRun({
      topic: evil,
      failure: evil,
      driver: evil,
      errors: { [evil]: { count: 1, message: evil } },
      environment: { [evil]: evil },
      configuration: { plan: { [evil]: [evil] }, client: { [evil]: evil }, topic: {}, broker: { a: evil } },
      metrics: { [evil]: 1 },
    });
    for (const made of [
      await reportPage([stored(run, evil)]),
      await reportPage([stored(run, evil), stored({ ...run, recordsPerSecond: 7 }, `${evil}2`)]),
    ]) {
      expect(made).not.toContain('<img');
      expect(made).not.toContain('alert(1)</script>');
      expect(made.split('<script').length).toBe((await reportPage([stored(producerRun())])).split('<script').length);
      expect(unbalanced(made)).toEqual([]);
    }
  });

  test('says plainly that a run did not end', async () => {
    const partial = {
      schemaVersion: 1,
      isPartial: true,
      command: 'producer-perf-test',
      topic: 't',
      startedAt: 'x',
      plan: {},
    } as const;
    expect(await reportPage([{ name: 'a', folder: '/a', files: {}, run: partial }])).toContain(
      'This record is partial',
    );
  });

  test('shades intervals far under the median rate', () => {
    expect(stallsOf(figuresOf(producerRun()).windows).map(({ startSeconds }) => startSeconds)).toEqual([3]);
  });

  test('shades no interval of the warm-up', () => {
    const run = producerRun();
    const warmedUp = figuresOf({ ...run, steadyState: { ...run, elapsedSeconds: run.elapsedSeconds - 4 } });
    expect(stallsOf(warmedUp.windows)).toEqual([]);
  });

  test('draws the last interval of each run to its end, over the runs that are longer', () => {
    const runs = [2, 4].map((windows) => ({ label: `${windows}`, figures: figuresOf(producerRun({}, windows)) }));
    const { x, series } = throughputOverlay('throughput', runs);
    const drawnTo = series.map(({ values }) => x[values.findLastIndex((value) => value !== null)]);
    expect(drawnTo).toEqual(runs.map(({ figures }) => figures.windows.at(-1)?.endSeconds));
  });
});

describe('the page of several runs', () => {
  test('names runs by the settings that differ, and marks the best', async () => {
    const of = (codec: string, p50: number) =>
      producerRun({
        serviceTimeMs: latency(p50),
        configuration: { plan: {}, client: { acks: 'all', 'compression.type': codec }, topic: {}, broker: null },
      });
    const page = await reportPage([stored(of('lz4', 2), 'one'), stored(of('zstd', 1), 'two')]);
    expect(page).toContain('compression.type=lz4');
    expect(page).toContain('<b>4.000</b><small class="range">−50.0 %</small>');
    expect(unbalanced(page)).toEqual([]);
  });

  test('of 500 stays under 5 MB', async () => {
    const runs = Array.from({ length: 500 }, (_, index) =>
      stored(producerRun({ recordsPerSecond: index }, 30), `run-${index}`),
    );
    const page = await reportPage(runs);
    expect(Buffer.byteLength(page)).toBeLessThan(5e6);
    expect(page).toContain('more files are too large for a page');
  });
});

describe('the page of a kind of run that is not known', async () => {
  const run = {
    isPartial: false,
    schemaVersion: 1,
    command: 'weigh',
    startedAt: '2026-03-01T10:20:30.456Z',
    failure: evil,
    recommendation: [`Take lz4: ${'it costs little. '.repeat(5)}`],
    measures: [
      { name: 'append', mebibytesPerSecond: { median: 12.5, least: 1, most: 20 }, reason: null },
      { name: evil, mebibytesPerSecond: null, reason: 'not there' },
    ],
    environment: { cpuModel: 'a processor' },
  };
  const page = await reportPage([{ name: 'a', folder: '/a', files: {}, run: run as never }]);

  test('says what went wrong and what came of it, and has a table for each list', () => {
    const text = page.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ');
    for (const part of ['Not everything went well', 'Take lz4', 'mebibytes per second, median', '12.5', 'not there'])
      expect(text).toContain(part);
    expect(unbalanced(page)).toEqual([]);
    expect(page).not.toContain('<img');
  });
});
