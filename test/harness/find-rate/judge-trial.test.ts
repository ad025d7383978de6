import { describe, expect, test } from 'vitest';
import { limitedBy } from '../../../src/harness/find-rate/find-rate.ts';
import { judgeTrial } from '../../../src/harness/find-rate/judge-trial.ts';
import { parseLimit } from '../../../src/harness/find-rate/limit.ts';
import type { RateTrial } from '../../../src/results/find-rate-result.ts';
import type { ProducerResult } from '../../../src/results/result.ts';

const limits = [parseLimit('p99 < 10 ms', 'producer-perf-test')];
const asked = { rate: 1000, seconds: 10, limits };

/** A trial of ten seconds at 1,000 records/s. */
const resultWith = (own: object): ProducerResult =>
  ({
    command: 'producer-perf-test',
    recordsSent: 10_000,
    recordsFailed: 0,
    recordsUnsent: 0,
    elapsedSeconds: 10.004,
    failure: null,
    steadyState: null,
    responseTimeMs: { p99: 4 },
    verdict: { kind: 'pace-held', sentence: 'the schedule was kept' },
    ...own,
  }) as ProducerResult;

describe('a trial', () => {
  test.each([
    ['holds when all is within its limits', {}, 'held'],
    ['does not hold above a limit', { responseTimeMs: { p99: 10 } }, 'latency'],
    ['is judged without its warm-up', { steadyState: { responseTimeMs: { p99: 12 } } }, 'latency'],
    ['does not hold when nothing was measured', { responseTimeMs: null }, 'latency'],
    ['does not hold when the rate was not reached', { recordsSent: 9800 }, 'rate'],
    ['does not hold when records came too late to be sent', { recordsUnsent: 1 }, 'rate'],
    ['does not hold when it took longer than it may', { elapsedSeconds: 10.5 }, 'rate'],
    ['does not hold when records failed', { recordsFailed: 1 }, 'failed'],
    ['does not hold when the test failed', { failure: 'the broker ended' }, 'failed'],
    [
      'does not hold by the generator when that was the limit',
      { responseTimeMs: { p99: 30 }, verdict: { kind: 'generator-limited', sentence: '' } },
      'generator',
    ],
    [
      'holds though the generator was late, as its lateness counts',
      { verdict: { kind: 'generator-limited', sentence: '' } },
      'held',
    ],
    ['holds though the machine was full', { verdict: { kind: 'machine-limited', sentence: '' } }, 'held'],
    [
      'does not hold for want of processors',
      { responseTimeMs: { p99: 30 }, verdict: { kind: 'machine-limited', sentence: '' } },
      'machine',
    ],
  ])('%s', (_, own, outcome) => {
    const judged = judgeTrial(resultWith(own), null, asked);
    expect(judged.outcome).toBe(outcome);
    expect(judged.isHeld).toBe(outcome === 'held');
  });
});

test('a trial does not hold a limit of times from the send when the generator was late', () => {
  const result = resultWith({
    serviceTimeMs: { p99: 4 },
    verdict: { kind: 'generator-limited', sentence: 'too busy' },
  });
  const fromSend = { ...asked, limits: [parseLimit('serviceTimeMs.p99 < 10 ms', 'producer-perf-test')] };
  expect(judgeTrial(result, null, fromSend)).toMatchObject({ outcome: 'generator', isHeld: false, reason: 'too busy' });
});

describe('a limit', () => {
  test.each([
    ['p99 < 10 ms', { figure: 'responseTimeMs.p99', boundMs: 10, isInclusive: false }],
    ['p99.9<=1.5s', { figure: 'responseTimeMs.p999', boundMs: 1500, isInclusive: true }],
    ['serviceTimeMs.mean < 900 us', { figure: 'serviceTimeMs.mean', boundMs: 0.9 }],
  ])('is read from %j', (text, limit) => {
    expect(parseLimit(text, 'producer-perf-test')).toMatchObject(limit);
  });

  test('is of the time until records are received in an end-to-end test', () => {
    expect(parseLimit('max < 1 s', 'e2e-latency').figure).toBe('endToEndResponseTimeMs.max');
  });

  test.each([
    'p99 < 10',
    'p99 > 10 ms',
    'p99 < 10 sec',
    'p98 < 10 ms',
    'recordsPerSecond < 1 ms',
    'p99 < 0 ms',
    '',
    'ackTimeMs.p99 < 1 ms',
  ])('is refused as %j', (text) => {
    expect(() => parseLimit(text, 'producer-perf-test')).toThrow(/--limit/);
  });
});

test('what most of the failed trials near the edge say was the limit', () => {
  const trial = (rate: number, outcome: RateTrial['outcome']): RateTrial => ({
    rate,
    phase: 'bisect',
    startedAt: '',
    isHeld: outcome === 'held',
    outcome,
    reason: '',
    figures: {},
    achievedRate: rate,
    result: resultWith({}),
  });
  const edge = { median: 1000, least: 950, most: 1050 };
  const trials = [trial(900, 'held'), trial(1040, 'latency'), trial(1040, 'generator'), trial(1060, 'generator')];
  expect(limitedBy(trials, edge)).toBe('generator');
  expect(limitedBy([...trials, trial(1045, 'rate'), trial(1045, 'rate')], edge)).toBe('target');
  // Far above the edge everything is too slow.
  expect(limitedBy([trial(1040, 'latency'), trial(9000, 'generator'), trial(9000, 'generator')], edge)).toBe('target');
});
