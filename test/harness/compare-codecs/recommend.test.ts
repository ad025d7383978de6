import { describe, expect, test } from 'vitest';
import { recommend } from '../../../src/harness/compare-codecs/recommend.ts';
import type { CodecSummary } from '../../../src/results/codec-result.ts';

const range = (median: number, spread: number) => ({ median, least: median - spread, most: median + spread });

type Made = { readonly p99?: number; readonly spread?: number; readonly failed?: number; readonly done?: number };

/** A codec with so many seconds of CPU for a million records and bytes on the wire for each. */
const codec = (name: string, cpu: number, bytes: number, made: Made = {}): CodecSummary => ({
  codec: name,
  settings: { 'compression.type': name },
  implementation: null,
  fullSpeed: { trialsDone: 0, trialsFailed: 0, figures: {} },
  commonRate: {
    trialsDone: made.done ?? 3,
    trialsFailed: made.failed ?? 0,
    figures: {
      cost: range(cpu * bytes, made.spread ?? 1),
      cpuSecondsPerMillion: range(cpu, 0),
      wireBytesPerRecord: range(bytes, 0),
      'responseTimeMs.p99': range(made.p99 ?? 5, 0),
    },
  },
});

const none = codec('none', 4, 400);
const lz4 = codec('lz4', 5, 160);
const zstd = codec('zstd', 6, 100);

describe('the recommendation', () => {
  test('is the least product of CPU and bytes, with its reasons in two sentences', () => {
    const found = recommend([none, lz4, zstd], 20_000);
    expect(found).toMatchObject({ codec: 'zstd', settings: { 'compression.type': 'zstd' }, notTold: [] });
    expect(found?.text).toBe(
      'Take zstd: at 20,000 records/s a record takes 100 bytes on the wire in place of 400 with none (75 % fewer bytes, 1.50 times the CPU: 6.00 s for a million records in place of 4.00), and 99 % of the records are acknowledged within 5.00 ms (none: 5.00 ms). Where CPU is short, none takes 33 % less of it; nothing takes fewer bytes; its range overlaps with that of no other.',
    );
  });

  test('is no codec where none saves what it costs', () => {
    const found = recommend([none, codec('gzip', 20, 390)], 1000);
    expect(found?.codec).toBe('none');
    expect(found?.text).toContain('gzip, costs more than it saves (3 % fewer bytes, 5.00 times the CPU)');
  });

  test('passes over codecs whose tail is long, and over those with a failed trial', () => {
    const slow = recommend([none, lz4, codec('zstd', 6, 100, { p99: 21 })], 1000);
    expect(slow?.codec).toBe('lz4');
    expect(slow?.text).toContain('zstd costs less and is passed over, since 99 % take up to 21.0 ms');
    expect(recommend([none, lz4, codec('zstd', 6, 100, { p99: 20 })], 1000)?.codec).toBe('zstd');
    expect(recommend([none, lz4, codec('zstd', 6, 100, { failed: 1 })], 1000)?.codec).toBe('lz4');
  });

  test('names the codecs that the trials do not tell from it', () => {
    const found = recommend([none, codec('lz4', 5, 125, { spread: 40 }), zstd], 1000);
    expect(found?.notTold).toEqual(['lz4']);
    expect(found?.text).toMatch(/these rounds do not tell it from lz4, whose ranges overlap with its own\.$/);
  });

  test('does not claim to be sure after one round', () => {
    expect(recommend([none, codec('zstd', 6, 100, { done: 1 })], 1000)?.text).toMatch(/one round does not tell\.$/);
  });

  test('is none without a codec that went through its trials', () => {
    expect(recommend([codec('zstd', 6, 100, { failed: 3, done: 0 })], 1000)).toBeNull();
    expect(recommend([], null)).toBeNull();
  });
});
