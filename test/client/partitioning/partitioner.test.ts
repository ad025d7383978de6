import { describe, expect, it } from 'vitest';
import { partitionForKey } from '../../../src/client/partitioning/key-hash.ts';
import {
  BuiltInPartitioner,
  FunctionPartitioner,
  type Partitioner,
  type PartitionView,
  RoundRobinPartitioner,
} from '../../../src/client/partitioning/partitioner.ts';
import { seededRandom } from '../../../src/client/partitioning/random.ts';

/** A topic with queues of so many batches; a queue of null has no leader, one below 0 a leader that takes nothing. */
const topicOf = (...queues: readonly (number | null)[]): PartitionView & { readonly leftOnes: number[] } => {
  const leftOnes: number[] = [];
  return {
    leftOnes,
    partitionCount: queues.length,
    queueLength: (partition) => Math.abs(queues[partition] ?? 0),
    hasLeader: (partition) => queues[partition] !== null,
    isAvailable: (partition) => (queues[partition] ?? -1) >= 0,
    left: (partition) => leftOnes.push(partition),
  };
};

const builtIn = (view: PartitionView, options: { isAdaptive?: boolean; ignoreKeys?: boolean; seed?: number } = {}) =>
  new BuiltInPartitioner(view, {
    batchSizeBytes: 100,
    isAdaptive: options.isAdaptive ?? true,
    ignoreKeys: options.ignoreKeys ?? false,
    random: seededRandom(options.seed ?? 1),
  });

/** The partitions of `count` records of `recordBytes`. */
const choices = (partitioner: Partitioner, count: number, recordBytes = 100, key: Uint8Array | null = null): number[] =>
  Array.from({ length: count }, () => {
    const partition = partitioner.choose(key, null, recordBytes);
    partitioner.appended(key, recordBytes);
    return partition;
  });

const shares = (partitions: readonly number[], partitionCount: number): number[] =>
  Array.from(
    { length: partitionCount },
    (_, index) => partitions.filter((partition) => partition === index).length / partitions.length,
  );

describe('the built-in partitioner', () => {
  it('keeps records without a key together for batch.size bytes', () => {
    const view = topicOf(0, 0, 0, 0);
    const chosen = choices(builtIn(view), 400, 25);
    for (let index = 0; index < chosen.length; index += 4) expect(new Set(chosen.slice(index, index + 4)).size).toBe(1);
    expect(new Set(chosen).size).toBe(4);
    expect(view.leftOnes.length).toBeGreaterThan(50);
  });

  it('uses all partitions alike while their queues are', () => {
    for (const share of shares(choices(builtIn(topicOf(2, 2, 2, 2)), 8000), 4)) expect(share).toBeCloseTo(0.25, 1);
  });

  it('prefers shorter queues as KIP-794 weighs them', () => {
    // 4 - 0, 4 - 3 and 4 - 1 of 8.
    const [first, second, third] = shares(choices(builtIn(topicOf(0, 3, 1)), 20_000), 3);
    expect(first).toBeCloseTo(4 / 8, 1);
    expect(second).toBeCloseTo(1 / 8, 1);
    expect(third).toBeCloseTo(3 / 8, 1);
  });

  it('looks at no queues when it is not adaptive', () => {
    for (const share of shares(choices(builtIn(topicOf(0, 30, 1), { isAdaptive: false }), 20_000), 3))
      expect(share).toBeCloseTo(1 / 3, 1);
  });

  it('leaves out partitions without a leader, and those whose leader takes nothing unless all are so', () => {
    expect(new Set(choices(builtIn(topicOf(0, null, -5, 0)), 500))).toEqual(new Set([0, 3]));
    expect(new Set(choices(builtIn(topicOf(null, -5, -5)), 500))).toEqual(new Set([1, 2]));
    expect(new Set(choices(builtIn(topicOf(null, null)), 500))).toEqual(new Set([0, 1]));
  });

  it('sends records of a key to the partition of the key, unless keys are to be ignored', () => {
    const key = Buffer.from('a key');
    const view = topicOf(0, 9, 9, 9, 9);
    expect(new Set(choices(builtIn(view), 100, 100, key))).toEqual(new Set([partitionForKey(key, 5)]));
    expect(new Set(choices(builtIn(view, { ignoreKeys: true }), 500, 100, key)).size).toBe(5);
  });

  it('makes the same choices from the same seed', () => {
    const chosen = (seed: number): number[] => choices(builtIn(topicOf(0, 0, 0, 0), { seed }), 50);
    expect(chosen(5)).toEqual(chosen(5));
    expect(chosen(5)).not.toEqual(chosen(6));
  });
});

describe('other partitioners', () => {
  it('take partitions in turn, those with a leader, whatever the key', () => {
    const chosen = choices(new RoundRobinPartitioner(topicOf(0, 5, null, 0), () => 0), 6, 10, Buffer.from('k'));
    expect(chosen).toEqual([0, 1, 3, 0, 1, 3]);
  });

  it('do not skip a partition for a record that was not appended', () => {
    const partitioner = new RoundRobinPartitioner(topicOf(0, 0), () => 0);
    expect([partitioner.choose(), partitioner.choose()]).toEqual([0, 0]);
  });

  it('are functions that are held to the partitions there are', () => {
    const partitioner = new FunctionPartitioner(topicOf(0, 0), (key) => key?.length ?? 0);
    expect(partitioner.choose(Buffer.from('1'), null)).toBe(1);
    expect(() => partitioner.choose(Buffer.from('12'), null)).toThrow(
      'the partitioner chose 2; it must be a whole number from 0 to 1',
    );
  });
});
