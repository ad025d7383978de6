import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { beginWorkloadRecord, readSoFar, resumeWorkloadRecord } from '../../src/results/workload-record.ts';
import type { PartialWorkloadRun, WorkloadTrial } from '../../src/results/workload-run.ts';

const resultsDir = mkdtempSync(join(tmpdir(), 'spillway-workload-record-'));
afterAll(() => rmSync(resultsDir, { recursive: true }));

const plan: PartialWorkloadRun = {
  schemaVersion: 1,
  isPartial: true,
  command: 'run',
  workload: 'w',
  source: 'w.yaml',
  startedAt: '2026-01-02T03:04:05.000Z',
  argv: [],
  plan: {},
  environment: {},
  fingerprint: 'f',
};
const trial: WorkloadTrial = {
  step: 0,
  trial: 1,
  attempt: 1,
  startedAt: plan.startedAt,
  failure: null,
  isRepeated: false,
  result: null,
};

test('a run goes on with the trials that were kept whole, though the last line was cut off', () => {
  const record = beginWorkloadRecord(resultsDir, plan);
  record.add(trial);
  appendFileSync(join(record.partial, 'trials.jsonl'), '{"step":1,"tri');
  expect(resumeWorkloadRecord(record.partial)).toMatchObject({ plan, trials: [trial] });
  record.discard();
});

test('a run that stopped keeps its figures, which those that go on and are killed have not', () => {
  const record = beginWorkloadRecord(resultsDir, plan);
  record.add(trial);
  const end = { elapsedSeconds: 1, isInterrupted: false, failure: 'lost', steps: [], thresholds: [], best: null };
  record.leave({ ...plan, ...end, isPartial: false, trials: [trial], runRecord: null });
  expect(readSoFar(record.partial)).toEqual({ trials: [trial], end: { ...end, trialCount: 1 } });
  record.add(trial);
  expect(readSoFar(record.partial)).toEqual({ trials: [trial, trial], end: null });
  record.discard();
});

test.each([
  ['that was cut off', '{"schemaVersion":1,"isPart', /run\.json is not JSON: it was cut off or changed$/],
  ['of a newer schema', JSON.stringify({ ...plan, schemaVersion: 99 }), /schema version 99; .*: update spillway$/],
  ['of another command', JSON.stringify({ ...plan, command: 'e2e-latency' }), /there is nothing to resume$/],
  ['that has ended', JSON.stringify({ ...plan, isPartial: false }), /there is nothing to resume$/],
  ['of something else', '{}', /is no run record: schemaVersion or isPartial is missing$/],
])('a record %s is refused in one line, and left as it is', (_, text, message) => {
  const folder = join(resultsDir, 'odd.partial');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'run.json'), text);
  expect(() => resumeWorkloadRecord(folder)).toThrow(message);
  expect(readdirSync(folder)).toEqual(['run.json']);
  expect(readFileSync(join(folder, 'run.json'), 'utf8')).toBe(text);
});
