import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { beginRunRecord } from '../../src/results/run-record.ts';
import { consumerPlan, listener, loadHarness, producerPlan } from '../harness/dist.ts';
import { faultsOf } from './schema.ts';

const readJson = (path: string | URL) => JSON.parse(readFileSync(path, 'utf8'));
const schema = readJson(new URL('../../docs/run.schema.json', import.meta.url));

describe('docs/run.schema.json describes the run.json of', () => {
  let harness: Awaited<ReturnType<typeof loadHarness>>;
  let resultsDir = '';
  beforeAll(async () => {
    harness = await loadHarness();
    resultsDir = mkdtempSync(join(tmpdir(), 'spillway-schema-'));
  });
  afterAll(() => rmSync(resultsDir, { recursive: true }));

  const observer = () => listener({ notices: [], warnings: [] });
  const keptRun = ({ runRecord }: { readonly runRecord: string | null }) => readJson(join(runRecord ?? '', 'run.json'));

  test('a producer test with a schedule and a warm-up', async () => {
    const plan = producerPlan({
      resultsDir,
      throughput: 5000,
      warmupRecords: 100,
      reportingIntervalMs: 50,
      printMetrics: true,
    });
    const run = keptRun(await harness.runProducerTest(plan, observer()));
    expect(faultsOf(schema, run)).toEqual([]);
    expect(run.windows.length).toBeGreaterThan(1);
    expect(run.steadyState).not.toBeNull();
  });

  test('a producer test whose records failed', async () => {
    const tooLarge = producerPlan({ resultsDir, topicConfig: { 'max.message.bytes': '100' } });
    const run = keptRun(await harness.runProducerTest(tooLarge, observer()));
    expect(faultsOf(schema, run)).toEqual([]);
    expect(run).toMatchObject({ recordsSent: 0, recordsFailed: 1000, errors: { MESSAGE_TOO_LARGE: { count: 1000 } } });
  });

  test('a consumer test', async () => {
    const run = keptRun(await harness.runConsumerTest(consumerPlan({ resultsDir, printMetrics: true }), observer()));
    expect(faultsOf(schema, run)).toEqual([]);
  });

  test('a run that was killed', () => {
    const begun = { command: 'producer-perf-test', topic: 't', startedAt: '2026-03-01T10:20:30.456Z', plan: {} };
    beginRunRecord(resultsDir, begun);
    expect(
      faultsOf(schema, readJson(join(resultsDir, '2026-03-01T10-20-30-producer-perf-test-t.partial', 'run.json'))),
    ).toEqual([]);
  });

  test('and of nothing else', () => {
    expect(faultsOf(schema, { schemaVersion: 1, isPartial: true, command: 'e2e-latency' })).not.toEqual([]);
    expect(faultsOf(schema, { ...schema.$defs, isPartial: false })).not.toEqual([]);
  });
});
