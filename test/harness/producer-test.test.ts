import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistogramLogReader, JsHistogram } from 'hdr-histogram-js';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTotal, type LatencyHistogram, summarise } from '../../src/measure/histogram.ts';
import { readRun } from '../../src/results/read-run.ts';
import type { ProducerWindow } from '../../src/results/result.ts';
import { listener, loadHarness, producerPlan, type Told } from './dist.ts';

const childrenOfThisProcess = (): number[] =>
  readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );

describe('producer test', () => {
  let harness: Awaited<ReturnType<typeof loadHarness>>;
  let folder = '';
  let told: Told;
  const temporaryBefore = process.env.TMPDIR;

  beforeAll(async () => {
    harness = await loadHarness();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-harness-'));
    mkdirSync(join(folder, 'tmp'));
    // What the harness leaves in the temporary folder shows here.
    process.env.TMPDIR = join(folder, 'tmp');
    told = { notices: [], warnings: [] };
  });
  afterEach(() => {
    if (temporaryBefore === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = temporaryBefore;
    rmSync(folder, { recursive: true });
  });

  test('sends exactly the records that were asked for, and leaves nothing behind but its record', async () => {
    const resultsDir = join(folder, 'results');
    const result = await harness.runProducerTest(
      producerPlan({ recordCount: 20_001, producers: 2, partitionCount: 3, resultsDir, printMetrics: true }),
      listener(told),
    );
    expect(result).toMatchObject({ recordsSent: 20_001, recordsFailed: 0, failure: null, isInterrupted: false });
    expect(result.serviceTimeMs?.count).toBe(20_001);
    expect(result.responseTimeMs).toBeNull();
    expect(result.elapsedSeconds).toBeGreaterThan(0);
    expect(result.windows.reduce((sum, window) => sum + window.recordsSent, 0)).toBe(20_001);
    expect(result.brokerCpuSeconds).toBeGreaterThan(0);
    expect(result.generator.cpuSeconds).toBeGreaterThan(0);
    expect(result.configuration.client).toMatchObject({ 'batch.size': 16_384, 'linger.ms': 0 });
    expect(result.configuration.topic).toMatchObject({ partitions: 3 });
    expect(Object.keys(result.configuration.broker ?? {}).length).toBeGreaterThan(3);
    expect(Object.keys(result.metrics ?? {}).length).toBeGreaterThan(3);
    expect(told.notices[0]).toMatch(/^embedded broker ready on 127\.0\.0\.1:\d+$/);
    expect(readRun(result.runRecord ?? '')).toEqual({ isPartial: false, ...result });
    expect(readdirSync(result.runRecord ?? '').toSorted()).toEqual([
      'batch-wait.hgrm',
      'latency.hlog',
      'request-time.hgrm',
      'run.json',
      'service-time.hgrm',
    ]);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    expect(childrenOfThisProcess()).toEqual([]);
  });

  test('keeps the latencies of each interval, which add up to those of the whole', async () => {
    const plan = producerPlan({
      resultsDir: join(folder, 'results'),
      recordCount: 1000,
      throughput: 4000,
      reportingIntervalMs: 50,
    });
    const result = await harness.runProducerTest(plan, listener(told));
    const text = readFileSync(join(result.runRecord ?? '', 'latency.hlog'), 'utf8');
    const reader = new HistogramLogReader(text, 64);
    const sums = new Map<string, LatencyHistogram>();
    for (let line = reader.nextIntervalHistogram(); line !== null; line = reader.nextIntervalHistogram()) {
      const sum = sums.get(line.tag) ?? createTotal();
      if (!(line instanceof JsHistogram)) throw new Error('the log is read into another kind of histogram');
      sum.add(line);
      sums.set(line.tag, sum);
      expect(line.startTimeStampMsec).toBeGreaterThanOrEqual(Date.parse(result.startedAt));
    }
    const summaryOf = (tag: string) => summarise(sums.get(tag) ?? createTotal());
    expect([...sums.keys()].toSorted()).toEqual(['batchwait', 'lateness', 'request', 'response', 'service']);
    for (const [tag, summary] of [
      ['service', result.serviceTimeMs],
      ['response', result.responseTimeMs],
      ['lateness', result.sendLatenessMs],
      ['batchwait', result.batchWaitMs],
    ] as const) {
      const logged = summaryOf(tag);
      expect(logged?.count).toBe(summary?.count);
      // A log names the upper end of a bucket for the longest one; results name it exactly.
      for (const figure of ['p50', 'p99', 'p9999', 'max'] as const)
        expect(Math.abs((logged?.[figure] ?? 0) / (summary?.[figure] ?? 1) - 1)).toBeLessThan(0.002);
    }
    const sum = (result.serviceTimeMs?.mean ?? 0) + (result.sendLatenessMs?.mean ?? 0);
    expect(Math.abs((result.responseTimeMs?.mean ?? 0) - sum)).toBeLessThan(sum / 100);
    expect(result.verdict.evidence).toMatchObject({ hasSchedule: true, producers: [expect.anything()] });
    expect(result.verdict.evidence.sendLatenessMaxMs).toBe(result.sendLatenessMs?.max);
  });

  test('says how long send waited for buffer.memory', async () => {
    const properties = { 'buffer.memory': '20000', 'batch.size': '10000', 'linger.ms': '0' };
    const { blockedTime, verdict } = await harness.runProducerTest(
      producerPlan({ recordCount: 5000, properties }),
      listener(told),
    );
    expect(blockedTime.count).toBeGreaterThan(0);
    expect(blockedTime.maxMs).toBeGreaterThan(0);
    expect(blockedTime.totalMs).toBeGreaterThanOrEqual(blockedTime.maxMs);
    expect(verdict.evidence.producers[0]?.memoryFullShare).toBeGreaterThan(0);
  });

  test('gives a broker up that does not start in time', async () => {
    const dataDir = join(folder, 'data');
    mkdirSync(dataDir);
    // Opening a pipe without a writer blocks the whole process.
    spawnSync('mkfifo', [join(dataDir, '.lock')]);
    const target = { dataDir, brokerConfig: {} };
    await expect(harness.startEmbeddedBroker(target, () => {}, { timeoutMs: 200 })).rejects.toThrow(
      /^the embedded broker was not ready within 0\.2 s: does the disk of .*data answer/,
    );
    expect(childrenOfThisProcess()).toEqual([]);
  });

  test('follows its schedule, shows each interval and keeps the warm-up apart', async () => {
    const windows: ProducerWindow[] = [];
    let steady = 0;
    const result = await harness.runProducerTest(
      producerPlan({ recordCount: 2000, throughput: 4000, warmupRecords: 500, reportingIntervalMs: 100 }),
      listener(told, { onProducerWindow: (window) => windows.push(window), onSteadyState: () => steady++ }),
    );
    expect(result.recordsSent).toBe(2000);
    // The last record is due 0.49975 s after the first one; only a first one that was sent late shortens this.
    expect(result.elapsedSeconds).toBeGreaterThan(0.25);
    expect(result.responseTimeMs?.count).toBe(2000);
    expect(result.responseTimeMs?.mean).toBeGreaterThanOrEqual(result.serviceTimeMs?.mean ?? Number.NaN);
    expect(result.generator.maxLatenessMs).toBeGreaterThan(0);
    expect(result.steadyState).toMatchObject({ recordsSent: 1500, recordsFailed: 0 });
    expect(result.steadyState?.serviceTimeMs?.count).toBe(1500);
    expect(steady).toBe(1);
    expect(windows.length).toBeGreaterThanOrEqual(4);
    expect(result.windows.slice(0, windows.length)).toEqual(windows);
    expect(windows[1]).toMatchObject({ startSeconds: 0.1, endSeconds: 0.2 });
  });

  test('stops when told, and reports what was acknowledged until then', async () => {
    const stop = new AbortController();
    const result = await harness.runProducerTest(
      producerPlan({ recordCount: 1_000_000, throughput: 5000, reportingIntervalMs: 50 }),
      listener(told, { stop: stop.signal, onProducerWindow: ({ recordsSent }) => recordsSent > 0 && stop.abort() }),
    );
    expect(result).toMatchObject({ isInterrupted: true, failure: null, recordsFailed: 0 });
    expect(result.recordsSent).toBeGreaterThan(0);
    expect(result.recordsSent).toBeLessThan(1_000_000);
  });

  test.skipIf(process.platform !== 'linux')(
    'says so when its broker is killed, with the counts of both kinds',
    async () => {
      let isKilled = false;
      const result = await harness.runProducerTest(
        producerPlan({ recordCount: 1_000_000, throughput: 5000, reportingIntervalMs: 50 }),
        listener(told, {
          onProducerWindow: ({ recordsSent }) => {
            const [broker] = childrenOfThisProcess();
            if (isKilled || recordsSent === 0 || broker === undefined) return;
            isKilled = process.kill(broker, 'SIGKILL');
          },
        }),
      );
      expect(result.failure).toMatch(/^the embedded broker ended \(signal SIGKILL\)/);
      expect(result.recordsSent).toBeGreaterThan(0);
      expect(Object.values(result.errors).reduce((sum, { count }) => sum + count, 0)).toBe(result.recordsFailed);
      expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    },
  );

  test('fails with one line when nobody listens at the target, and keeps no record', async () => {
    const resultsDir = join(folder, 'results');
    const target = { kind: 'cluster', bootstrapServers: '127.0.0.1:1' } as const;
    const failure = await harness
      .runProducerTest(producerPlan({ target, resultsDir }), listener(told))
      .catch((error) => error);
    expect(failure).toMatchObject({ name: 'TestFailure' });
    expect(failure.message).toMatch(/127\.0\.0\.1:1/);
    expect(failure.message).not.toContain('\n');
    expect(readdirSync(resultsDir)).toEqual([]);
  });

  test('fails with one line for a broker setting that is wrong', async () => {
    const target = { kind: 'embedded', dataDir: null, brokerConfig: { 'num.partitions': 'many' } } as const;
    const failure = await harness.runProducerTest(producerPlan({ target }), listener(told)).catch((error) => error);
    expect(failure).toMatchObject({ name: 'TestFailure', isUsage: true });
    expect(failure.message).toContain('num.partitions');
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });

  test('takes a results directory that cannot be written as a warning', async () => {
    writeFileSync(join(folder, 'file'), '');
    const result = await harness.runProducerTest(producerPlan({ resultsDir: join(folder, 'file') }), listener(told));
    expect(result).toMatchObject({ recordsSent: 1000, runRecord: null });
    expect(told.warnings).toHaveLength(1);
    expect(told.warnings[0]).toMatch(/^no run record is kept in .*: a file stands in its place/);
  });

  test('refuses a topic that has another number of partitions', async () => {
    const broker = await harness.startEmbeddedBroker({ dataDir: null, brokerConfig: {} }, (line) =>
      told.warnings.push(line),
    );
    try {
      const target = { kind: 'cluster', bootstrapServers: broker.bootstrapServers } as const;
      await harness.runProducerTest(producerPlan({ target, partitionCount: 2 }), listener(told));
      await expect(
        harness.runProducerTest(producerPlan({ target, partitionCount: 3 }), listener(told)),
      ).rejects.toThrow(/topic t exists with 2 partitions, not 3/);
      const again = producerPlan({ target, topicConfig: { 'segment.bytes': '1048576' } });
      expect((await harness.runProducerTest(again, listener(told))).brokerCpuSeconds).toBeNull();
      expect(told.warnings).toEqual(['topic t exists: --topic-config is not applied to it']);
    } finally {
      await broker.close();
    }
  });
});
