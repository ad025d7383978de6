import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TestFailure } from '../../../src/harness/failure.ts';
import { runRegression } from '../../../src/harness/regress/run-regression.ts';
import { allMetrics } from '../../../src/harness/regress/trial-figures.ts';
import { regressionText } from '../../../src/report/regression-text.ts';
import { readRun } from '../../../src/results/read-run.ts';
import { beginRegressionRecord } from '../../../src/results/regression-record.ts';
import { parseThreshold } from '../../../src/workload/thresholds.ts';
import { faultsOf } from '../../results/schema.ts';
import { baseline, machine, outcome, regressionPlan, runnable, simulated, stored, watcher } from './regression-plan.ts';

const rates = (count: number, rate: number): readonly number[] =>
  Array.from({ length: count }, (_, place) => rate * (1 + 0.002 * ((place % 5) - 2)));

describe('pairs', () => {
  test('of sides that are equal end the same or undecided, with status 0', async () => {
    const { tools, order } = simulated({ noise: 0.005 });
    const result = await runRegression(regressionPlan(), watcher().observer, tools);
    expect(result).toMatchObject({ verdict: 'same', exitStatus: 0, failure: null, isInterrupted: false });
    expect(result.design).toMatchObject({ isPaired: true, trialsRan: 'apart', lookAt: [18, 24, 30], ended: 'settled' });
    expect(result.design.method).toContain('Lan and DeMets');
    expect(order.length).toBe(result.trials.length);
  });

  test('find a slowdown early, and say by how much', async () => {
    const { tools } = simulated({ effect: 0.9 });
    const result = await runRegression(regressionPlan(), watcher().observer, tools);
    expect(result).toMatchObject({ verdict: 'slower', exitStatus: 3 });
    expect(result.design).toMatchObject({ lookedAt: [18], ended: 'settled' });
    expect(result.sentence).toMatch(/^slower: records\/s −(9|10)\.\d %\.$/);
    expect(regressionText(result).join('\n')).toMatch(/^records\/s .* 2 % +slower$/m);
  });

  test('run in an order that is drawn, the same again for the same seed, after a warm-up that counts for nothing', async () => {
    const sidesOf = async (seed: number) => {
      const { tools, order } = simulated();
      const plan = regressionPlan();
      const result = await runRegression({ ...plan, effort: { ...plan.effort, seed } }, watcher().observer, tools);
      const warm = result.trials.filter(({ isWarmup }) => isWarmup);
      expect(warm.map(({ order: place, pair }) => [place, pair])).toEqual([
        [1, 0],
        [2, 0],
      ]);
      for (let place = 0; place < order.length; place += 2) expect(order[place]).not.toBe(order[place + 1]);
      return order.join(' ');
    };
    expect(await sidesOf(1)).toBe(await sidesOf(1));
    expect(await sidesOf(1)).not.toBe(await sidesOf(2));
  });

  test('that stay undecided pass loudly, or fail when that was asked for', async () => {
    const { tools } = simulated({ noise: 0.2 });
    const result = await runRegression(regressionPlan(), watcher().observer, tools);
    expect(result).toMatchObject({ verdict: 'undecided', exitStatus: 0 });
    expect(result.design).toMatchObject({ lookedAt: [18, 24, 30], ended: 'pairs' });
    expect(result.sentence).toContain('not "no regression"');
    const strict = regressionPlan({ undecided: 'fail' });
    expect((await runRegression(strict, watcher().observer, simulated({ noise: 0.2 }).tools)).exitStatus).toBe(3);
  });

  test('are fewer when the budget has no room for more, which is planned from the warm-up', async () => {
    const { tools } = simulated({ noise: 0.2, seconds: 6 });
    const plan = regressionPlan();
    const result = await runRegression(
      { ...plan, effort: { ...plan.effort, budgetSeconds: 200 } },
      watcher().observer,
      tools,
    );
    expect(result.design).toMatchObject({ mostPairs: 14, lookAt: [12, 14], ended: 'pairs' });
  });

  test('end with the clock when trials become slower than the first, at a look that the clock chose', async () => {
    const { tools } = simulated({ noise: 0.2 });
    let trials = 0;
    let late = 0;
    const slowing = {
      ...tools,
      runTrials: (...asked: Parameters<typeof tools.runTrials>) => {
        trials += 1;
        late += trials > 42 ? 25_000 : 0;
        return tools.runTrials(...asked);
      },
      nowMs: () => tools.nowMs() + late,
    };
    const result = await runRegression(regressionPlan(), watcher().observer, slowing);
    expect(result.design).toMatchObject({ ended: 'time', lookAt: [18, 24, 30] });
    const last = result.design.lookedAt.at(-1);
    expect(result.trials.filter(({ side, isWarmup }) => side === 'baseline' && !isWarmup).length).toBe(last);
    expect(result.metrics[0]?.level).toBeLessThanOrEqual(0.01);
  });

  test('are refused when too few fit into the budget, with what would be enough', async () => {
    const { tools } = simulated({ seconds: 60 });
    const failed = runRegression(regressionPlan(), watcher().observer, tools);
    await expect(failed).rejects.toThrow(
      /1 pairs of 2 min fit into the budget of 5 min, and 8 are needed for 1 metric .* give at least --budget 1137s/,
    );
    await expect(failed).rejects.toMatchObject({ isUsage: true });
  });

  test('end with status 1 when a side fails, and are never read as no regression', async () => {
    const { tools } = simulated();
    let runs = 0;
    const failing = {
      ...tools,
      runTrials: (...asked: Parameters<typeof tools.runTrials>) => {
        runs += 1;
        if (runs === 6) throw new TestFailure('3 records failed: NOT_LEADER');
        return tools.runTrials(...asked);
      },
    };
    const result = await runRegression(regressionPlan(), watcher().observer, failing);
    expect(result).toMatchObject({ verdict: null, exitStatus: 1, metrics: [], design: { ended: 'failed' } });
    expect(result.failure).toMatch(
      /^the (baseline|candidate) \(linger.ms=[05]\) failed: 3 records failed: NOT_LEADER$/,
    );
    expect(result.trials.length).toBe(5);
    expect(regressionText(result).at(-1)).toContain('not compared');
  });

  test('that are interrupted compare nothing, and keep what ran', async () => {
    const stop = new AbortController();
    const { tools } = simulated();
    let runs = 0;
    const stopping = {
      ...tools,
      runTrials: (...asked: Parameters<typeof tools.runTrials>) => {
        runs += 1;
        if (runs < 5) return tools.runTrials(...asked);
        stop.abort();
        return Promise.resolve(null);
      },
    };
    const result = await runRegression(regressionPlan(), watcher(stop.signal).observer, stopping);
    expect(result).toMatchObject({
      isInterrupted: true,
      exitStatus: 130,
      verdict: null,
      design: { ended: 'interrupted' },
    });
    expect(result.trials.length).toBe(4);
  });

  test.each([
    ['the baseline', 'candidate'],
    ['the candidate', 'baseline'],
  ])('are refused when a metric is missing on %s', async (missing, has) => {
    const { tools } = simulated();
    const half = {
      ...tools,
      runTrials: (side: Parameters<typeof tools.runTrials>[0]) =>
        Promise.resolve([outcome(side.kind === 'spillway' && side.file === has ? 1000 : null)]),
    };
    await expect(runRegression(regressionPlan(), watcher().observer, half)).rejects.toThrow(
      `records/s is missing on ${missing}`,
    );
  });

  test('leave out metrics that neither side measures, and say so', async () => {
    const { tools } = simulated({ noise: 0.005 });
    const result = await runRegression(regressionPlan({ metrics: allMetrics }), watcher().observer, tools);
    expect(result.metrics.map(({ key }) => key)).toEqual(['recordsPerSecond']);
    expect(result.notMeasured).toContain('response time p99');
  });

  test('show what the machine did, by control work before each of them', async () => {
    const { tools } = simulated({ noise: 0.005 });
    let times = 40;
    const slowing = { ...tools, control: () => (times *= 1.02) };
    const { control, trials } = await runRegression(regressionPlan(), watcher().observer, slowing);
    expect(control?.trials.length).toBe(trials.length / 2);
    expect(control?.notes[0]).toContain('the machine became slower');
  });

  test('compare programs by the figures that they print', async () => {
    const { tools } = simulated({ effect: 0.8 });
    const figures = { key: 'crc32c', name: 'crc32c', unit: 'ops/s', better: 'larger', threshold: 0.02 } as const;
    const printing = {
      ...tools,
      runTrials: async (...asked: Parameters<typeof tools.runTrials>) =>
        (await tools.runTrials(...asked))?.map((trial) => ({
          ...trial,
          figures: { crc32c: trial.figures.recordsPerSecond ?? null },
          metrics: [figures],
        })) ?? null,
    };
    const result = await runRegression(regressionPlan({ metrics: null, workload: null }), watcher().observer, printing);
    expect(result.metrics[0]).toMatchObject({ name: 'crc32c', unit: 'ops/s', verdict: 'slower' });
  });
});

describe('a threshold of the workload', () => {
  test('that the candidate does not meet is a no, whatever the metrics say', async () => {
    const { tools } = simulated({ noise: 0.005 });
    const withTrials = {
      ...tools,
      runTrials: async (...asked: Parameters<typeof tools.runTrials>) =>
        (await tools.runTrials(...asked))?.map((one) => ({
          ...one,
          // Only what thresholds read.
          trial: { failure: null, result: { command: 'consumer-perf-test', ...one.figures } } as never,
        })) ?? null,
    };
    const plan = regressionPlan({ thresholds: [parseThreshold('recordsPerSecond > 5000')] });
    const result = await runRegression(plan, watcher().observer, withTrials);
    expect(result).toMatchObject({ verdict: 'slower', exitStatus: 3, metrics: [{ verdict: 'same' }] });
    expect(result.sentence).toContain('the candidate does not meet recordsPerSecond > 5000 (it has 1');
  });
});

describe('a stored baseline', () => {
  const against = (file: Parameters<typeof stored>[0], changes = {}) =>
    regressionPlan({ sides: { baseline: stored(file), candidate: runnable('candidate') }, ...changes });

  test('is compared with trials that run now', async () => {
    const result = await runRegression(
      against(baseline(rates(20, 1200))),
      watcher().observer,
      simulated({ noise: 0.005 }).tools,
    );
    expect(result).toMatchObject({ verdict: 'slower', exitStatus: 3 });
    expect(result.design).toMatchObject({ isPaired: false, ended: 'pairs', mostPairs: 30 });
    expect(result.sides.baseline.stored).toMatchObject({ name: 'laptop', file: 'laptop.json' });
  });

  test('of another machine, Node or broker version is refused, unless that is allowed, and then said', async () => {
    const elsewhere = baseline(rates(20, 1000), {
      environment: { ...machine, cpuModel: 'another one', nodeVersion: 'v22.0.0', brokerVersion: 'Spillway 0.0.9' },
    });
    const { tools } = simulated({ noise: 0.002 });
    await expect(runRegression(against(elsewhere), watcher().observer, tools)).rejects.toThrow(
      /measured elsewhere: processor another one there, a processor here; Node version v22.0.0 there, v20.0.0 here; broker version/,
    );
    const allowed = against(elsewhere, { allowsDifferentEnvironment: true });
    const result = await runRegression(allowed, watcher().observer, tools);
    expect(result.exitStatus).toBe(0);
    expect(result.sentence).toContain('Compared across different environments: processor another one and a processor');
  });

  test('with too few trials is refused', async () => {
    const { tools } = simulated();
    await expect(runRegression(against(baseline([1000, 1001])), watcher().observer, tools)).rejects.toMatchObject({
      isUsage: true,
    });
  });

  test('whose trials ran together is compared with trials that run together', async () => {
    const counts: number[] = [];
    const { tools } = simulated({ noise: 0.005 });
    const counting = {
      ...tools,
      runTrials: (...asked: Parameters<typeof tools.runTrials>) => {
        counts.push(asked[1]);
        return tools.runTrials(...asked);
      },
    };
    const together = baseline(rates(20, 1000), { trialsRan: 'together' });
    const result = await runRegression(against(together), watcher().observer, counting);
    expect(result.design.trialsRan).toBe('together');
    expect(counts).toEqual([1, 30]);
  });

  test('is compared with another one without a trial, but not with one whose trials ran otherwise', async () => {
    const both = (changes = {}) =>
      regressionPlan({
        sides: { baseline: stored(baseline(rates(20, 1000))), candidate: stored(baseline(rates(20, 1001), changes)) },
      });
    const { tools, order } = simulated();
    const result = await runRegression(both(), watcher().observer, tools);
    expect(result).toMatchObject({ verdict: 'same', design: { ended: 'stored' }, control: null });
    expect(order).toEqual([]);
    await expect(runRegression(both({ trialsRan: 'together' }), watcher().observer, tools)).rejects.toThrow(
      /trials of one ran apart, those of the other together/,
    );
  });
});

/** What a comparison that is killed leaves. */
const beginPartial = (folder: string) => {
  beginRegressionRecord(folder, { startedAt: '2026-03-01T10:20:30.456Z', name: 'load', argv: ['load.yaml'] });
  return { partial: readRun(join(folder, '2026-03-01T10-20-30-regress-load.partial')) };
};

describe('a record', () => {
  test('is kept of a comparison, and none of one that was refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-regress-'));
    const kept = await runRegression(
      regressionPlan({ resultsDir: folder }),
      watcher().observer,
      simulated({ noise: 0.005 }).tools,
    );
    expect(kept.runRecord).toMatch(/-regress-load$/);
    expect(readRun(kept.runRecord ?? '')).toEqual({ isPartial: false, ...JSON.parse(JSON.stringify(kept)) });
    const schema = JSON.parse(readFileSync(new URL('../../../docs/run.schema.json', import.meta.url), 'utf8'));
    expect(faultsOf(schema, readRun(kept.runRecord ?? ''))).toEqual([]);
    const { partial } = beginPartial(folder);
    expect(faultsOf(schema, partial)).toEqual([]);
    await expect(
      runRegression(regressionPlan({ resultsDir: folder }), watcher().observer, simulated({ seconds: 60 }).tools),
    ).rejects.toThrow();
    expect(readdirSync(folder).length).toBe(2);
    rmSync(folder, { recursive: true });
  });
});
