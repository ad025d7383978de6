import { expect, test } from 'vitest';
import { runRegression } from '../../../src/harness/regress/run-regression.ts';
import { TrialLimits } from '../../../src/harness/regress/trial-limits.ts';
import { runTrialsOf } from '../../../src/harness/regress/trial-runner.ts';
import { baseline, outcome, regressionPlan, runnable, simulated, stored, watcher } from './regression-plan.ts';

test('a side that hangs is ended, and fails with its name and the limit', async () => {
  const { tools } = simulated();
  const command = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
  const runTrials: typeof tools.runTrials = (side, count, stop) =>
    side.kind === 'spillway' && side.file === 'candidate'
      ? runTrialsOf({ kind: 'figures', command }, count, stop)
      : Promise.resolve([outcome(1)]);
  const plan = regressionPlan({ trialTimeoutSeconds: 0.3 });
  const result = await runRegression(plan, watcher().observer, { ...tools, runTrials });
  expect(result).toMatchObject({ exitStatus: 1, verdict: null, isInterrupted: false });
  expect(result.failure).toMatch(
    /^the candidate .* failed: a trial took longer than the limit of 1 s .*--trial-timeout/,
  );
});

test('a trial has the budget unless another limit is given, and a minute at least', () => {
  expect(new TrialLimits(300, null).secondsFor(1)).toBe(300);
  expect(new TrialLimits(5, null).secondsFor(1)).toBe(60);
  expect(new TrialLimits(300, 20).secondsFor(3)).toBe(60);
});

test('memory is left out, and said, beside a baseline whose trials shared a process', async () => {
  const { tools } = simulated({ noise: 0.002 });
  const runTrials: typeof tools.runTrials = async (side, count, stop) =>
    (await tools.runTrials(side, count, stop))?.map((trial) => ({
      ...trial,
      figures: { ...trial.figures, peakMemoryBytes: count === 1 ? 5 : null },
    })) ?? null;
  const metrics = [
    ...(regressionPlan().metrics ?? []),
    { key: 'peakMemoryBytes', name: 'memory', unit: 'bytes', better: 'smaller', threshold: 0.05 } as const,
  ];
  const rates = Array.from({ length: 20 }, (_, place) => 1000 + (place % 5));
  const sides = { baseline: stored(baseline(rates, { trialsRan: 'together' })), candidate: runnable('candidate') };
  const { observer, notices } = watcher();
  const result = await runRegression(regressionPlan({ sides, metrics }), observer, { ...tools, runTrials });
  expect(result).toMatchObject({ exitStatus: 0, notMeasured: ['memory'] });
  expect(notices.join('\n')).toContain('memory is left out: trials of the baseline ran together');
});

test('a program that printed figures and did not end well is told so', async () => {
  const command = [process.execPath, '-e', `console.log('{"figures":{"a":1}}'); process.exit(7)`];
  await expect(runTrialsOf({ kind: 'figures', command }, 1, new AbortController().signal)).rejects.toThrow(
    'it printed its figures, but it ended with status 7',
  );
});
