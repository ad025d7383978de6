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
    expect(
      result.windows.reduce((sum, { endSeconds, startSeconds }) => sum + endSeconds - startSeconds, 0),
    ).toBeCloseTo(result.elapsedSeconds, 6);
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
      consumerPlan({ target: cluster(), topic: 'narrow', groupId: null, recordCount: 100, consumers: 2, fill: null }),
      listener(told),
    );
    expect(result).toMatchObject({ recordsConsumed: 100, groups: [], consumers: [{ groupId: null, isIdle: false }] });
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
    expect(windows.reduce((sum, window) => sum + window.rebalanceTimeMs, 0)).toBeCloseTo(result.rebalanceTimeMs, 3);
    expect(windows.at(-1)?.rebalanceTimeMs).toBe(0);
  });

  test('fails with one line for a topic that does not exist', async () => {
    const missing = consumerPlan({ target: cluster(), topic: 'missing', fill: null });
    await expect(harness.runConsumerTest(missing, listener(told))).rejects.toThrow(/topic missing does not exist on/);
    const unmatched = consumerPlan({ target: cluster(), topic: 'zz', include: 'zz', fill: null });
    await expect(harness.runConsumerTest(unmatched, listener(told))).rejects.toThrow(
      /no topic of .* matches --include zz/,
    );
  });

  test('shares the partitions out in a group, and says who was idle', async () => {
    await write('shared', 600, 2);
    const plan = consumerPlan({ target: cluster(), topic: 'shared', recordCount: 600, consumers: 3, fill: null });
    const result = await harness.runConsumerTest(plan, listener(told));
    const readers = result.consumers.filter(({ isIdle }) => !isIdle);
    expect(readers.map(({ partitions }) => partitions.flatMap((one) => one.partitions)).toSorted()).toEqual([[0], [1]]);
    expect(result.consumers.reduce((sum, one) => sum + one.recordsConsumed, 0)).toBe(600);
    expect(new Set(result.consumers.map(({ memberId }) => memberId)).size).toBe(3);
    expect(result.groups).toMatchObject([
      { groupId: 'g', assignor: 'range', consumers: 3, idleConsumers: 1, recordsConsumed: 600, recordsRedelivered: 0 },
    ]);
    expect(result.rebalanceTimeMs).toBeCloseTo(
      readers.reduce((sum, one) => sum + one.rebalanceTimeMs, 0) / readers.length,
      6,
    );
    expect(result.lag?.map(({ partition, records }) => [partition, records])).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  test('goes on where the group stood, to the record, until nothing is left', async () => {
    await write('twice', 1000, 3);
    const plan = (recordCount: number, consumers: number) =>
      consumerPlan({
        target: cluster(),
        topic: 'twice',
        groupId: 'goes-on',
        recordCount,
        consumers,
        timeoutMs: 500,
        fill: null,
      });
    const first = await harness.runConsumerTest(plan(300, 2), listener(told));
    expect(first).toMatchObject({ recordsConsumed: 300, failure: null });
    expect(first.lag?.reduce((sum, { records }) => sum + records, 0)).toBe(700);
    const second = await harness.runConsumerTest(plan(5000, 1), listener(told));
    expect(second).toMatchObject({ recordsConsumed: 700, isTimedOut: true, recordsRedelivered: 0 });
    const third = await harness.runConsumerTest(plan(1, 1), listener(told));
    expect(third).toMatchObject({ recordsConsumed: 0, isTimedOut: true });
  });

  test('commits nothing when enable.auto.commit is off, and nothing without a group', async () => {
    await write('kept', 100, 1);
    const plan = consumerPlan({ target: cluster(), topic: 'kept', groupId: 'kept', recordCount: 100, fill: null });
    const withoutCommit = { ...plan, properties: { 'enable.auto.commit': 'false' } };
    for (const each of [withoutCommit, { ...plan, groupId: null }, plan])
      expect(await harness.runConsumerTest(each, listener(told))).toMatchObject({
        recordsConsumed: 100,
        failure: null,
      });
  });

  test('reads everything once for each group', async () => {
    await write('fan', 500, 2);
    const result = await harness.runConsumerTest(
      consumerPlan({
        target: cluster(),
        topic: 'fan',
        groupId: 'fan',
        recordCount: 500,
        consumers: 2,
        consumerGroups: 2,
        fill: null,
      }),
      listener(told),
    );
    expect(result).toMatchObject({ recordsConsumed: 1000, failure: null });
    expect(result.groups.map(({ groupId, recordsConsumed }) => [groupId, recordsConsumed])).toEqual([
      ['fan-1', 500],
      ['fan-2', 500],
    ]);
    expect(result.lag).toHaveLength(4);
  });

  test('reads the partitions that are named, and no others', async () => {
    // Enough batches that each partition gets some.
    await write('named', 20_000, 3);
    const result = await harness.runConsumerTest(
      consumerPlan({
        target: cluster(),
        topic: 'named',
        groupId: null,
        readPartitions: [0, 2],
        recordCount: 50_000,
        timeoutMs: 300,
        fill: null,
      }),
      listener(told),
    );
    expect(result.consumers[0]?.partitions).toEqual([{ topic: 'named', partitions: [0, 2] }]);
    expect(result.lag?.map(({ partition, position }) => [partition, position > 0])).toEqual([
      [0, true],
      [2, true],
    ]);
    expect(result.recordsConsumed).toBe(result.lag?.reduce((sum, { endOffset }) => sum + endOffset, 0));
    const missing = consumerPlan({ target: cluster(), topic: 'named', groupId: null, readPartitions: [7], fill: null });
    await expect(harness.runConsumerTest(missing, listener(told))).rejects.toThrow(/no partition 7/);
  });

  test('ends when its time is over, and keeps to its rate', async () => {
    await write('slow', 5000, 1);
    const result = await harness.runConsumerTest(
      consumerPlan({
        target: cluster(),
        topic: 'slow',
        recordCount: 5000,
        throughput: 500,
        durationMs: 600,
        fill: null,
      }),
      listener(told),
    );
    expect(result).toMatchObject({ isDurationOver: true, failure: null, isTimedOut: false });
    // All of them come with the first fetch.
    expect(result.recordsConsumed).toBeLessThan(1500);
    expect(result.recordsConsumed).toBeGreaterThan(0);
  });
});
