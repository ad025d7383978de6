import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddedBroker } from '../../src/harness/embedded-broker.ts';
import type { ConsumerWindow } from '../../src/results/result.ts';
import { consumerPlan, listener, loadHarness, producerPlan, type Told } from './dist.ts';

describe('consumer test', () => {
  let harness: Awaited<ReturnType<typeof loadHarness>>;
  let broker: EmbeddedBroker;
  let told: Told;
  const cluster = () => ({ kind: 'cluster', bootstrapServers: broker.bootstrapServers }) as const;
  const write = (topic: string, recordCount: number, partitionCount: number): Promise<unknown> =>
    harness.runProducerTest(producerPlan({ target: cluster(), topic, recordCount, partitionCount }), listener(told));

  beforeAll(async () => {
    harness = await loadHarness();
    broker = await harness.startEmbeddedBroker({ dataDir: null, brokerConfig: {} }, (line) => told.warnings.push(line));
  });
  afterAll(() => broker.close());
  beforeEach(() => {
    told = { notices: [], warnings: [] };
  });

  test('fills a broker of its own and reads exactly the records that were asked for', async () => {
    const result = await harness.runConsumerTest(
      consumerPlan({ recordCount: 30_001, consumers: 2, partitionCount: 4, timeoutMs: 60_000 }),
      listener(told),
    );
    expect(result).toMatchObject({
      recordsConsumed: 30_001,
      bytesConsumed: 3_000_100,
      failure: null,
      isTimedOut: false,
    });
    expect(told.notices[1]).toBe('filling topic t with 30001 records of 100 bytes');
    expect(result.windows.reduce((sum, window) => sum + window.recordsConsumed, 0)).toBe(30_001);
    expect(result.elapsedSeconds * 1e3).toBeCloseTo(result.rebalanceTimeMs + result.fetchTimeMs, 3);
    expect(result.endedAtMs - result.startedAtMs).toBeCloseTo(result.elapsedSeconds * 1e3, 1);
    // It ends with the last record, not with a time-out.
    expect(result.elapsedSeconds).toBeLessThan(30);
  });

  test('reads no record more than asked for, however many there are', async () => {
    await write('more', 5000, 3);
    const result = await harness.runConsumerTest(
      consumerPlan({ target: cluster(), topic: 'more', recordCount: 1234, consumers: 3, fill: null }),
      listener(told),
    );
    expect(result).toMatchObject({ recordsConsumed: 1234, bytesConsumed: 123_400, brokerCpuSeconds: null });
    expect(told.warnings).toEqual([]);
  });

  test('says that consumers without a partition do not read', async () => {
    await write('narrow', 100, 1);
    const result = await harness.runConsumerTest(
      consumerPlan({ target: cluster(), topic: 'narrow', recordCount: 100, consumers: 2, fill: null }),
      listener(told),
    );
    expect(result.recordsConsumed).toBe(100);
    expect(told.warnings).toEqual(['only 1 of 2 consumers are started, one for each partition']);
  });

  test('reads all topics that match a regular expression as a whole', async () => {
    await write('many-a', 300, 2);
    await write('many-b', 200, 1);
    await write('not-many-c', 100, 1);
    const result = await harness.runConsumerTest(
      consumerPlan({ target: cluster(), topic: 'many-.*', include: 'many-.*', recordCount: 500, fill: null }),
      listener(told),
    );
    expect(result.recordsConsumed).toBe(500);
  });

  test('gives up when no record comes for the time-out, which is not part of the time', async () => {
    await write('short', 700, 1);
    const windows: ConsumerWindow[] = [];
    const result = await harness.runConsumerTest(
      consumerPlan({
        target: cluster(),
        topic: 'short',
        recordCount: 1000,
        timeoutMs: 400,
        reportingIntervalMs: 100,
        fill: null,
      }),
      listener(told, { onConsumerWindow: (window) => windows.push(window) }),
    );
    expect(result).toMatchObject({
      recordsConsumed: 700,
      isTimedOut: true,
      failure: expect.stringContaining('700 of'),
    });
    expect(result.windows.at(-1)?.recordsConsumed).toBeGreaterThan(0);
    expect(windows.reduce((sum, window) => sum + window.recordsConsumed, 0)).toBe(700);
    expect(windows.length).toBeGreaterThanOrEqual(3);
    expect(result.rebalanceTimeMs).toBeGreaterThan(0);
    expect(windows.map((window) => window.rebalanceTimeMs).slice(0, 2)).toEqual([result.rebalanceTimeMs, 0]);
  });

  test('fails with one line for a topic that does not exist', async () => {
    const missing = consumerPlan({ target: cluster(), topic: 'missing', fill: null });
    await expect(harness.runConsumerTest(missing, listener(told))).rejects.toThrow(/topic missing does not exist on/);
    const unmatched = consumerPlan({ target: cluster(), topic: 'zz', include: 'zz', fill: null });
    await expect(harness.runConsumerTest(unmatched, listener(told))).rejects.toThrow(
      /no topic of .* matches --include zz/,
    );
  });
});
