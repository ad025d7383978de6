import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareAtLook,
  compareRuns,
  defaultAlpha,
  defaultMetrics,
  isSettled,
  lookAfter,
  overallVerdict,
} from '../../../src/measure/statistics/compare-runs.ts';
import {
  decideMetrics,
  type Metric,
  type TrialMetrics,
  verdictOf,
} from '../../../src/measure/statistics/metric-verdict.ts';
import { randomNormal, randomUnits } from '../../../src/measure/statistics/random.ts';
import { defaultLooks, planDesign } from '../../../src/measure/statistics/sequential.ts';

const throughput: Metric = { key: 'recordsPerSecond', name: 'records/s', better: 'larger', threshold: 0.02 };
const latency: Metric = { key: 'p99', name: 'response time p99', better: 'smaller', threshold: 0.05 };
const options = { metrics: [throughput, latency], alpha: 0.01, seed: 1 };

/** Trials whose metrics scatter by 1 % and 3 %; `slowdown` lowers throughput and raises latency. */
const trials = (count: number, seed: number, slowdown = 0, deviation = 0.01): TrialMetrics[] => {
  const random = randomUnits(seed);
  return Array.from({ length: count }, () => ({
    recordsPerSecond: 100_000 * (1 - slowdown) * Math.exp(deviation * randomNormal(random)),
    p99: 8 * (1 + slowdown) * Math.exp(3 * deviation * randomNormal(random)),
  }));
};
const pairs = (count: number, slowdown = 0, deviation = 0.01) => ({
  baseline: trials(count, 1, 0, deviation),
  candidate: trials(count, 2, slowdown, deviation),
  isPaired: true,
});

describe('the verdict on a metric', () => {
  const ratio = (estimate: number, low: number, high: number) => ({ estimate, low, high, confidence: 0.99 });

  test('needs significance and the threshold to be slower or faster', () => {
    expect(verdictOf(throughput, ratio(0.95, 0.93, 0.97), true)).toBe('slower');
    expect(verdictOf(latency, ratio(0.9, 0.88, 0.93), true)).toBe('faster');
    expect(verdictOf(latency, ratio(1.1, 1.02, 1.2), true)).toBe('slower');
    expect(verdictOf(latency, ratio(1.1, 0.99, 1.2), false)).toBe('undecided');
    expect(verdictOf(latency, ratio(1.04, 1.01, 1.07), true)).toBe('undecided');
  });

  test('is same when the whole interval is within the threshold, also when a small change is sure', () => {
    expect(verdictOf(throughput, ratio(1, 0.99, 1.01), false)).toBe('same');
    expect(verdictOf(throughput, ratio(0.99, 0.985, 0.995), true)).toBe('same');
    expect(verdictOf(throughput, ratio(1, -Infinity, Infinity), false)).toBe('undecided');
  });

  test('turns round when the sides are swapped', () => {
    const turned = { slower: 'faster', faster: 'slower', same: 'same', undecided: 'undecided' };
    // A threshold is a share of the baseline, and so not quite the same share of the candidate: 0.98 is not 1 / 1.02. An interval that ends
    // between the two is within it from one side and not from the other.
    const isBetween = (end: number): boolean => {
      const size = Math.abs(Math.log(end));
      return size >= Math.log(1.02) && size <= -Math.log(0.98);
    };
    fc.assert(
      fc.property(fc.constantFrom(-0.3, -0.1, 0, 0.1, 0.3), fc.nat(1000), (slowdown, seed) => {
        const sides = { baseline: trials(16, seed), candidate: trials(16, seed + 5000, slowdown), isPaired: true };
        const swapped = { ...sides, baseline: sides.candidate, candidate: sides.baseline };
        const level = (among: number): number => 0.01 / among;
        const forth = decideMetrics(sides, [throughput], level);
        const { low = 1, high = 1 } = forth[0]?.ratio ?? {};
        fc.pre(!isBetween(low) && !isBetween(high));
        const back = decideMetrics(swapped, [throughput], level);
        expect(back[0]?.verdict).toBe(turned[forth[0]?.verdict ?? 'same']);
      }),
      { numRuns: 40 },
    );
  });
});

describe('comparing runs', () => {
  test('finds what became slower, and says by how much', () => {
    const { metrics, verdict } = compareRuns(pairs(20, 0.1), options);
    expect(verdict).toBe('slower');
    expect(metrics.map((each) => each.verdict)).toEqual(['slower', 'slower']);
    expect(metrics[0]?.sentence).toMatch(
      /^slower: records\/s fell by (9|10)\.\d % \(−1\d\.\d % to −[89]\.\d % at 99\.\d % confidence; p = .*; 20 pairs\)/,
    );
    expect(metrics[1]?.ratioOfMedians.low).toBeGreaterThan(1);
  });

  test('says same of equal sides once there are trials enough, and else how many pairs it would take', () => {
    const enough = compareRuns(pairs(40), { ...options, metrics: [throughput] });
    expect(enough.verdict).toBe('same');
    expect(enough.metrics[0]?.sentence).toContain('stays within the threshold of 2.0 %');
    const few = compareRuns(pairs(10, 0, 0.04), options);
    expect(few.verdict).toBe('undecided');
    expect(few.metrics[0]?.pairsNeeded).toBeGreaterThan(30);
    expect(few.metrics[0]?.sentence).toMatch(
      /with this noise about \d+ more pairs would be needed to see a change of 2\.0 %$/,
    );
  });

  test('compares groups that are no pairs, of different sizes', () => {
    const sides = { baseline: trials(12, 1), candidate: trials(9, 2, 0.1), isPaired: false };
    const { metrics, trialCounts } = compareRuns(sides, options);
    expect(metrics.map((each) => each.verdict)).toEqual(['slower', 'slower']);
    expect(trialCounts).toEqual({ baseline: 12, candidate: 9 });
    expect(metrics[0]?.pairsNeeded).toBeNull();
  });

  test('shows drift and outliers, and leaves the trials in', () => {
    const { baseline, candidate, isPaired } = pairs(20);
    const drifting = (trial: TrialMetrics, place: number): TrialMetrics => ({
      ...trial,
      recordsPerSecond: (trial.recordsPerSecond ?? 0) * 0.98 ** place,
    });
    const sides = { baseline: baseline.map(drifting), candidate: candidate.map(drifting), isPaired };
    sides.candidate[4] = { recordsPerSecond: 9000, p99: 8 };
    const [metric] = compareRuns(sides, options).metrics;
    expect(metric?.notes).toEqual([
      'records/s of the baseline drifted: down by about 2.1 % a trial',
      expect.stringContaining('records/s of the candidate drifted: down by about'),
      'records/s of the candidate stands apart in trial 5; it counts like the others',
    ]);
    expect(metric?.verdict).not.toBe('slower');
  });

  test('refuses a metric that some trials or one side lack, and lists what nobody measured', () => {
    const gap = pairs(20);
    gap.candidate[2] = { recordsPerSecond: 1, p99: null };
    expect(() => compareRuns(gap, options)).toThrow('response time p99 is missing in trial 3 of 20 of the candidate');
    const oneSide = pairs(20);
    const lacking = { ...oneSide, baseline: oneSide.baseline.map(({ p99: _, ...others }) => others) };
    expect(() => compareRuns(lacking, options)).toThrow('missing in trial 1 of 20 of the baseline');
    expect(
      compareRuns(pairs(20), { ...options, metrics: [throughput, ...defaultMetrics.slice(1)] }).notMeasured,
    ).toHaveLength(5);
    expect(() => compareRuns({ baseline: [], candidate: [], isPaired: true }, options)).toThrow('nothing to compare');
  });

  test('refuses trials so few that nothing could be found, and says how many it takes', () => {
    expect(() => compareRuns(pairs(8), options)).toThrow(
      '8 pairs are too few: their smallest p-value is 0.0078, and 0.0050 is needed; run at least 9 pairs',
    );
    expect(() => compareRuns({ ...pairs(4), isPaired: false }, options)).toThrow('run at least 6 trials of each side');
    expect(() => compareRuns({ ...pairs(20), candidate: trials(19, 2) }, options)).toThrow(
      '20 trials of the baseline and 19',
    );
  });
});

describe('comparing at the looks of a design', () => {
  const design = planDesign({ alpha: defaultAlpha, metricCount: 2, ...defaultLooks });

  test('settles on a clear slowdown at the first look, and goes on while it is not known', () => {
    expect(lookAfter(design, 18)).toBe(0);
    expect(lookAfter(design, 19)).toBeNull();
    const clear = compareAtLook(pairs(18, 0.1), design, options);
    expect(isSettled(clear.metrics.map(({ verdict }) => verdict))).toBe(true);
    const noisy = compareAtLook(pairs(18, 0.02, 0.04), design, options);
    expect(isSettled(noisy.metrics.map(({ verdict }) => verdict))).toBe(false);
    expect(noisy.metrics[0]?.level).toBeLessThan(0.001);
    expect(() => compareAtLook(pairs(20), design, options)).toThrow(
      'the design looks at 18, 24, 30 pairs; got 20 trials',
    );
  });

  test('sums verdicts up by the worst', () => {
    expect(overallVerdict(['same', 'faster', 'undecided', 'slower'])).toBe('slower');
    expect(overallVerdict(['same', 'faster', 'undecided'])).toBe('undecided');
    expect(overallVerdict(['same', 'faster'])).toBe('faster');
    expect(overallVerdict(['same'])).toBe('same');
  });
});
