import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { baselineOfRun, baselineOfSide } from '../../../src/harness/regress/make-baseline.ts';
import { runRegression } from '../../../src/harness/regress/run-regression.ts';
import { figuresOfResult } from '../../../src/harness/regress/trial-figures.ts';
import { identityDifference, identityOf } from '../../../src/harness/regress/workload-identity.ts';
import { baselineNames, findBaseline, readBaseline, saveBaseline } from '../../../src/results/baseline-store.ts';
import type { WorkloadRun } from '../../../src/results/workload-run.ts';
import { baseline, identity, regressionPlan, simulated, watcher } from './regression-plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'spillway-baselines-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a baseline file', () => {
  test('is read as it was saved, with six digits, one trial a line', () => {
    const path = saveBaseline(folder, baseline([1000.123456, 1001]), false);
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('"startedAt"'))).toEqual([
      '    {"startedAt":"","figures":{"recordsPerSecond":1000.12},"quantilesMs":null},',
      '    {"startedAt":"","figures":{"recordsPerSecond":1001},"quantilesMs":null}',
    ]);
    expect(readBaseline(findBaseline(folder, 'laptop')).workload).toEqual(identity);
    expect(baselineNames(folder)).toEqual(['laptop']);
  });

  test('is replaced only when that was asked for', () => {
    saveBaseline(folder, baseline([1], { name: 'twice' }), false);
    expect(() => saveBaseline(folder, baseline([1], { name: 'twice' }), false)).toThrow(/is there already.*--force/);
    saveBaseline(folder, baseline([2], { name: 'twice' }), true);
    expect(readBaseline(findBaseline(folder, 'twice')).trials[0]?.figures).toEqual({ recordsPerSecond: 2 });
  });

  test.each([
    ['{', 'is not JSON'],
    ['{"kind":"else"}', 'is no baseline'],
    ['{"kind":"spillway-baseline","schemaVersion":2}', 'has schema version 2, and this spillway compares version 1'],
    [JSON.stringify({ ...baseline([]) }), 'holds no trial'],
    [JSON.stringify({ ...baseline([1]), trials: [{ figures: { recordsPerSecond: 'x' } }] }), 'was changed'],
    [JSON.stringify({ ...baseline([1]), environment: null }), 'lacks a part'],
  ])('that is %s is refused', (text, reason) => {
    const path = join(folder, 'odd.json');
    writeFileSync(path, text);
    expect(() => readBaseline(path)).toThrow(reason);
  });

  test('whose figures were changed by hand is refused, however it is laid out', () => {
    const path = saveBaseline(folder, baseline([1000, 1001], { name: 'kept' }), false);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, JSON.stringify(JSON.parse(text)));
    expect(readBaseline(path).trials).toHaveLength(2);
    writeFileSync(path, text.replace('1001', '901'));
    expect(() => readBaseline(path)).toThrow('was changed after it was saved');
  });

  test('that is not there is refused with the nearest name', () => {
    expect(() => findBaseline(folder, 'laptob')).toThrow(/did you mean laptop\?/);
    expect(() => findBaseline(folder, '../else.json')).toThrow('there is no baseline file ../else.json');
  });
});

describe('a baseline is made of', () => {
  const naming = { name: 'kept', source: 'a run' };

  test('a side of a comparison, with the settings of that side and without its warm-up', async () => {
    const result = await runRegression(regressionPlan(), watcher().observer, simulated({ noise: 0.005 }).tools);
    const sides = { ...result.sides, candidate: { ...result.sides.candidate, overrides: { 'client.linger.ms': '5' } } };
    const made = baselineOfSide({ ...result, sides }, 'candidate', naming);
    expect(made.trials.length).toBe(18);
    expect(made).toMatchObject({ trialsRan: 'apart', environment: { target: 'a broker of our own' } });
    expect(made.workload?.settings).toEqual({ records: '1000', 'client.linger.ms': '5' });
    expect(made.metrics.map(({ key }) => key)).toEqual(['recordsPerSecond']);
  });

  const run = (trials: number, changes: object = {}) => {
    const result = { command: 'producer-perf-test', recordsPerSecond: 10, environment: { nodeVersion: 'v20.0.0' } };
    const one = { step: 0, attempt: 1, startedAt: '', failure: null, isRepeated: false, result, ...changes };
    // Of a record, only what a baseline is made of.
    return {
      workload: 'load',
      plan: { records: 1000 },
      environment: {},
      steps: [{}],
      trials: Array.from({ length: trials }, (_, trial) => ({ ...one, trial })),
    } as unknown as WorkloadRun;
  };

  test('a run of a workload, whose trials ran together', () => {
    const made = baselineOfRun(run(10), null, naming);
    expect(made).toMatchObject({ trialsRan: 'together', workload: identity, environment: { nodeVersion: 'v20.0.0' } });
    expect(made.trials[0]?.figures.peakMemoryBytes).toBeNull();
  });

  test('enough trials that went well, of one step', () => {
    expect(() => baselineOfRun(run(3), null, naming)).toThrow(/^3 trials are too few for a baseline: with at least 5/);
    expect(() => baselineOfRun(run(10, { failure: 'lost' }), null, naming)).toThrow('10 of 10 trials failed');
    expect(() => baselineOfRun({ ...run(10), steps: [] }, 4, naming)).toThrow('the run has no step 5');
  });
});

describe('the identity of a workload', () => {
  const of = (settings: object) => identityOf('load', settings, { settings });

  test('holds all that decides what a trial does, secrets hidden', () => {
    const { settings } = of({ records: 5, client: { 'sasl.jaas.config': 'password' }, payload: { size: 10 } });
    expect(settings).toEqual({ records: '5', 'client.sasl.jaas.config': '[hidden]', 'payload.size': '10' });
  });

  test('does not depend on the order of settings, and says what differs', () => {
    expect(of({ records: 5, rate: 10 }).fingerprint).toBe(of({ rate: 10, records: 5 }).fingerprint);
    expect(identityDifference(of({ records: 5, rate: 10 }), of({ records: 6 }))).toBe(
      'rate is 10 there and not set here, records is 5 there and 6 here',
    );
  });
});

describe('figures', () => {
  test('of a test leave its warm-up out, and count CPU by all of its records', () => {
    const document = {
      command: 'producer-perf-test',
      recordsPerSecond: 1,
      recordsSent: 100,
      steadyState: { recordsPerSecond: 50, responseTimeMs: { p50: 1, p90: 1, p95: 1, p99: 2, p999: 3, p9999: 4 } },
      generator: { cpuSeconds: 0.001, peakRssBytes: 5 },
      brokerCpuSeconds: null,
    };
    const { figures, quantilesMs } = figuresOfResult(document, true);
    expect(figures).toMatchObject({
      recordsPerSecond: 50,
      generatorCpuUsPerRecord: 10,
      responseTimeP99Ms: 2,
      brokerCpuUsPerRecord: null,
      peakMemoryBytes: 5,
    });
    expect(quantilesMs).toEqual([1, 1, 1, 2, 3, 4]);
  });

  test('of an end-to-end test are times to receipt', () => {
    const document = { command: 'e2e-latency', endToEndServiceTimeMs: { p50: 7 }, endToEndResponseTimeMs: null };
    expect(figuresOfResult(document, true).figures).toMatchObject({ serviceTimeP50Ms: 7, responseTimeP50Ms: null });
  });
});
