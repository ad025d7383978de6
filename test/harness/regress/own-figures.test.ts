import { describe, expect, test } from 'vitest';
import { type OwnMetric, ownFiguresOf } from '../../../src/harness/regress/own-figures.ts';
import { runRegression } from '../../../src/harness/regress/run-regression.ts';
import { outcome, regressionPlan, simulated, watcher } from './regression-plan.ts';

describe('figures of a program', () => {
  test('say what they are; a number alone is better when it is larger', () => {
    const own = ownFiguresOf({ figures: { a: 5, b: { value: 2, better: 'smaller', threshold: 0.1, unit: 'ns' } } });
    expect(own?.metrics).toEqual([
      { key: 'a', name: 'a', unit: '', better: 'larger', threshold: 0.02, saysBetter: false },
      { key: 'b', name: 'b', unit: 'ns', better: 'smaller', threshold: 0.1, saysBetter: true },
    ]);
    expect(own?.trial.figures).toEqual({ a: 5, b: 2 });
    expect(ownFiguresOf({ figures: {} })).toBeNull();
    expect(ownFiguresOf(null)).toBeNull();
  });

  test.each([
    [{ p: 1, q: '12' }, 'its figure "q" is no number: "12"', false],
    [{ q: { value: null } }, 'its figure "q" is no number: {"value":null}', false],
    [{ q: { value: 1, better: 'lower' } }, 'figure "q": "better" must be "smaller" or "larger"; got "lower"', true],
    [{ q: { value: 1, threshold: 3 } }, 'figure "q": "threshold" must be a share above 0 and below 1', true],
    [{ q: { value: 1, unit: 5 } }, 'figure "q": "unit" must be text', true],
  ])('that are %j are refused', (figures, reason, isUsage) => {
    expect(() => ownFiguresOf({ figures })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(reason), isUsage }),
    );
  });

  const metric: OwnMetric = {
    ...{ key: 'q', name: 'q', unit: 'ns', better: 'smaller', threshold: 0.02, saysBetter: true },
  };

  test.each([
    [{ better: 'larger' }, '"better" of "q" is "smaller" in the baseline and "larger" in the candidate'],
    [{ better: 'larger', saysBetter: false }, '"larger") in the candidate'],
    [{ unit: 'us' }, '"unit" of "q" is "ns" in the baseline and "us" in the candidate'],
    [{ threshold: 0.3 }, '"threshold" of "q" is 0.02 in the baseline and 0.3 in the candidate'],
  ] as const)('are not compared when the candidate says %j', async (changes, reason) => {
    const { tools } = simulated();
    const runTrials: typeof tools.runTrials = (side) => {
      const isCandidate = side.kind === 'spillway' && side.file === 'candidate';
      const metrics = [isCandidate ? { ...metric, ...changes } : metric];
      return Promise.resolve([outcome(null, { figures: { q: 1 }, metrics })]);
    };
    // The candidate may be the first to run.
    const plan = regressionPlan({ workload: null, metrics: null });
    const refused = await runRegression({ ...plan, effort: { ...plan.effort, seed: 2 } }, watcher().observer, {
      ...tools,
      runTrials,
    }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ isUsage: true, result: { exitStatus: 2, verdict: null } });
    expect(String(refused)).toContain(reason);
  });
});
