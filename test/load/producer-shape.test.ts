import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DriverFailure } from '../../src/drivers/driver.ts';
import type { FromProducer } from '../../src/load/messages.ts';
import { createPace, type PaceSpec } from '../../src/load/pace.ts';
import { plainShape, type TransactionSpec } from '../../src/load/shape.ts';
import type { FakeProducer, SeenTransaction } from './fake-driver.ts';
import { paced, type Run, runWith, samples, sum } from './run-producer.ts';

const startOf = ({ messages }: Run): number =>
  messages.find((message) => message.kind === 'ready')?.openedUs ?? Number.NaN;
const tagsOf = ({ driver }: Run): number[] => driver.seen.map((record) => record.tag);
const counts = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, place) => from + place);
const steadyMessages = (messages: readonly FromProducer[]): number =>
  messages.filter((message) => message.kind === 'steady').length;

describe('a schedule of a producer', () => {
  const specs: PaceSpec[] = [
    { kind: 'poisson', recordsPerSecond: 4000, seed: 5 },
    { kind: 'ramp', fromPerSecond: 0, toPerSecond: 8000, seconds: 0.05 },
    {
      kind: 'steps',
      steps: [
        { recordsPerSecond: 1000, seconds: 0.02 },
        { recordsPerSecond: 0, seconds: 0.02 },
        { recordsPerSecond: 5000, seconds: 1 },
      ],
    },
  ];
  test.each(specs)('that is $kind gives each record the time that anyone computes for it', async (pace) => {
    for (const isSpinning of [false, true]) {
      const run = await runWith({
        worker: 1,
        workers: 2,
        recordCount: 200,
        shape: { ...plainShape, pace, isSpinning },
      });
      expect(run.driver.seen).toHaveLength(100);
      const dueUs = createPace(pace, 1, 2);
      for (const record of run.driver.seen) {
        expect(record.dueAtUs).toBe(startOf(run) + dueUs(record.tag));
        expect(record.sentAtUs).toBeGreaterThanOrEqual(record.dueAtUs);
      }
    }
  });

  test('tells apart what it spent in turning while nothing was due', async () => {
    const shape = paced(500, { isSpinning: true });
    const { done, driver } = await runWith({ recordCount: 50, shape });
    const elapsedUs = (driver.seen.at(-1)?.sentAtUs ?? 0) - (driver.seen[0]?.sentAtUs ?? 0);
    expect(done.spinUs).toBeGreaterThan(0);
    expect(done.spinUs).toBeLessThanOrEqual(elapsedUs + 10_000);
  });
});

describe('a duration', () => {
  test('sends exactly what is due in it', async () => {
    const run = await runWith({ recordCount: Number.POSITIVE_INFINITY, shape: paced(2000, { durationMs: 50 }) });
    expect(tagsOf(run)).toEqual(counts(0, 100));
    expect(run.done.recordsUnsent).toBe(0);
    expect(run.done.failure).toBeNull();
  });

  test('ends with the records when these are fewer', async () => {
    expect(tagsOf(await runWith({ recordCount: 30, shape: paced(2000, { durationMs: 50 }) }))).toHaveLength(30);
  });

  test('ends an unthrottled test in time', async () => {
    const shape = { ...plainShape, durationMs: 200 };
    const run = await runWith({ recordCount: Number.POSITIVE_INFINITY, shape });
    expect(tagsOf(run)).toEqual(counts(0, run.driver.seen.length));
    expect(run.driver.seen.length).toBeGreaterThan(0);
    // The clock is looked at once for a few records.
    expect(run.driver.seen.filter((record) => record.sentAtUs > startOf(run) + 200_000).length).toBeLessThan(64);
  });
});

describe('a warm-up by time', () => {
  test('holds what is due before it is over', async () => {
    const shape = paced(2000, { warmupDurationMs: 25 });
    const run = await runWith({ recordCount: 100, shape }, { batchRecords: 7 });
    expect(sum(run.windows.map((window) => samples(window.serviceTime.warmUp)))).toBe(50);
    expect(sum(run.windows.map((window) => samples(window.serviceTime.steady)))).toBe(50);
    expect(sum(run.windows.map((window) => window.steady.recordsSent))).toBe(50);
    expect(steadyMessages(run.messages)).toBe(1);
    expect(run.done.firstSteadySendUs).toBeGreaterThanOrEqual(startOf(run) + 25_000);
  });

  test('holds what is sent before it is over when there is no schedule', async () => {
    const shape = { ...plainShape, warmupDurationMs: 100, durationMs: 300 };
    const run = await runWith({ recordCount: Number.POSITIVE_INFINITY, shape });
    const borderUs = run.done.firstSteadySendUs ?? 0;
    expect(borderUs).toBeGreaterThanOrEqual(startOf(run) + 100_000);
    const steady = run.driver.seen.filter((record) => record.sentAtUs >= borderUs).length;
    expect(sum(run.windows.map((window) => window.steady.recordsSent))).toBe(steady);
    expect(sum(run.windows.map((window) => samples(window.serviceTime.warmUp)))).toBe(run.driver.seen.length - steady);
    expect(steadyMessages(run.messages)).toBe(1);
  });
});

describe('records', () => {
  const shape = {
    ...plainShape,
    keys: { kind: 'zipf', keys: 100, exponent: 1, digits: 6, seed: 9 } as const,
    headers: [
      ['source', 'test'],
      ['empty', ''],
    ] as const,
  };
  const payload = { kind: 'generated', content: 'json', size: null, randomShare: null, seed: 9 } as const;
  const contentOf = ({ seen }: FakeProducer): string => {
    const hash = createHash('sha256');
    for (const { key, value, tag } of seen) hash.update(`${tag} ${key} ${value}\n`);
    return hash.digest('hex');
  };

  test('are the same bytes in the same order in two runs of a producer, also when there was no room at times', async () => {
    const job = { worker: 2, workers: 3, recordCount: 900, payload, shape };
    const [one, again] = [await runWith(job), await runWith(job, { roomRecords: 7 })];
    expect(contentOf(again.driver)).toBe(contentOf(one.driver));
    const scheduled = await runWith({
      ...job,
      shape: { ...shape, pace: { kind: 'poisson', recordsPerSecond: 1e5, seed: 9 } },
    });
    expect(contentOf(scheduled.driver)).toBe(contentOf(one.driver));
    expect(new Set(one.driver.seen.map((record) => record.key)).size).toBeGreaterThan(20);
    expect(one.driver.seen.every((record) => /^\d{6}$/.test(record.key ?? ''))).toBe(true);
  });

  test('carry the headers', async () => {
    const { driver } = await runWith({ recordCount: 1, shape });
    expect(driver.headers).toEqual([
      ['source', 'test'],
      ['empty', ''],
    ]);
  });
});

describe('transactions', () => {
  const withTransactions = (spec: Partial<TransactionSpec>) => ({
    ...plainShape,
    transactions: { records: null, durationMs: null, abortRate: 0, seed: 1, ...spec },
  });
  const transactions = {};
  const stepsOf = ({ seenTransactions }: FakeProducer): SeenTransaction['step'][] =>
    seenTransactions.map(({ step }) => step);

  test('end after so many of a producer, the last one with the test', async () => {
    const { driver, done } = await runWith(
      { worker: 1, workers: 2, recordCount: 500, shape: withTransactions({ records: 100 }) },
      { transactions },
    );
    expect(driver.seenTransactions).toEqual([
      { step: 'begin', records: 0 },
      { step: 'commit', records: 100 },
      { step: 'begin', records: 100 },
      { step: 'commit', records: 200 },
      { step: 'begin', records: 200 },
      { step: 'commit', records: 250 },
    ]);
    expect(done.transactions).toMatchObject({ committed: 3, aborted: 0, recordsAborted: 0 });
    expect(samples(done.transactions?.commitTime ?? null)).toBe(3);
    expect(done.failure).toBeNull();
  });

  test('end at an age, also on a schedule', async () => {
    const shape = { ...withTransactions({ durationMs: 10 }), pace: paced(2000).pace };
    const { driver, done } = await runWith({ recordCount: 100, shape }, { transactions });
    expect(done.transactions?.committed).toBeGreaterThanOrEqual(1);
    expect(done.transactions?.committed).toBeLessThan(100);
    expect(stepsOf(driver).filter((step) => step === 'begin')).toHaveLength(done.transactions?.committed ?? 0);
    expect(driver.seen).toHaveLength(100);
  });

  test('without a record are not ended', async () => {
    const shape = { ...withTransactions({ durationMs: 2 }), pace: paced(50).pace };
    const { driver } = await runWith({ recordCount: 3, shape }, { transactions });
    const commits = driver.seenTransactions.filter(({ step }) => step === 'commit').map(({ records }) => records);
    expect(commits.at(-1)).toBe(3);
    expect(new Set(commits).size).toBe(commits.length);
    expect(commits).not.toContain(0);
  });

  test('are aborted at their rate, the same ones for the same seed, and their records counted', async () => {
    const job = { recordCount: 2000, shape: withTransactions({ records: 10, abortRate: 0.25 }) };
    const [one, again] = [await runWith(job, { transactions }), await runWith(job, { transactions })];
    expect(stepsOf(again.driver)).toEqual(stepsOf(one.driver));
    const { committed = 0, aborted = 0, recordsAborted = 0 } = one.done.transactions ?? {};
    expect(committed + aborted).toBe(200);
    expect(Math.abs(aborted - 50)).toBeLessThan(25);
    expect(recordsAborted).toBe(aborted * 10);
    expect(sum(one.windows.map((window) => window.all.recordsSent))).toBe(2000);
    const other = await runWith(
      { ...job, shape: withTransactions({ records: 10, abortRate: 0.25, seed: 2 }) },
      { transactions },
    );
    expect(stepsOf(other.driver)).not.toEqual(stepsOf(one.driver));
  });

  test('that cannot be committed end the test', async () => {
    const { driver, done } = await runWith(
      { recordCount: 1000, shape: withTransactions({ records: 100 }) },
      { transactions: { failingCommits: [2] } },
    );
    expect(done.failure).toBe('a transaction could not be committed: the coordinator is gone');
    expect(stepsOf(driver)).toEqual(['begin', 'commit', 'begin', 'commit', 'begin', 'abort']);
    expect(done.transactions).toMatchObject({ committed: 2, aborted: 1, recordsAborted: 100 });
  });

  test('count as aborted, with the records that were acknowledged, when the abort is refused, too', async () => {
    const error = new Error('another producer has taken over');
    const { done, windows } = await runWith(
      { recordCount: 1000, shape: withTransactions({ records: 100 }) },
      { batchRecords: 10, throwAt: { tag: 250, error }, transactions: { refusesAborts: true } },
    );
    expect(done.failure).toBe('another producer has taken over');
    expect(done.transactions).toMatchObject({ committed: 2, aborted: 1, recordsAborted: 50, unknown: 0 });
    expect(sum(windows.map((window) => window.all.recordsSent))).toBe(250);
  });

  test('whose commit was asked for and not answered are counted apart, and not aborted', async () => {
    const commitError = new DriverFailure('TIMED_OUT', 7, 'no answer', { isOutcomeUnknown: true });
    const { driver, done } = await runWith(
      { recordCount: 1000, shape: withTransactions({ records: 100 }) },
      { transactions: { failingCommits: [1], commitError } },
    );
    expect(done.failure).toBe('a transaction could not be committed: no answer');
    expect(stepsOf(driver)).toEqual(['begin', 'commit', 'begin']);
    expect(done.transactions).toMatchObject({ committed: 1, aborted: 0, unknown: 1, recordsUnknown: 100 });
  });

  test('are committed when the test is stopped', async () => {
    const shape = { ...withTransactions({ records: 1_000_000 }), pace: paced(1000).pace };
    const { driver, done } = await runWith({ recordCount: 1_000_000, shape }, { transactions }, (send) =>
      setTimeout(() => send({ kind: 'stop' }), 30),
    );
    expect(stepsOf(driver)).toEqual(['begin', 'commit']);
    expect(done.transactions?.committed).toBe(1);
  });
});
