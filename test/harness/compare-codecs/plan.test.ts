import { describe, expect, test } from 'vitest';
import {
  type CodecPlan,
  commonRateOf,
  consumerPlan,
  orderOf,
  producerPlan,
} from '../../../src/harness/compare-codecs/plan.ts';

const zstd = { name: 'zstd:1', properties: { 'compression.type': 'zstd', 'compression.zstd.level': '1' } };

const plan: CodecPlan = {
  target: { kind: 'embedded', dataDir: null, brokerConfig: {} },
  codecs: [zstd],
  payload: { kind: 'random', sizeBytes: 10, seed: 0 },
  source: 'letters',
  rate: null,
  rounds: 1,
  seconds: 4,
  mostRecords: Number.POSITIVE_INFINITY,
  producers: 1,
  consumers: 2,
  partitionCount: 2,
  topicConfig: {},
  producerProperties: { 'linger.ms': '5' },
  consumerProperties: { 'fetch.min.bytes': '1' },
  topicPrefix: 'codecs',
  keepsTopics: false,
  resultsDir: null,
  argv: [],
};

describe('a comparison of codecs', () => {
  test('begins each round with the next codec, and leaves none out', () => {
    expect([1, 2, 3, 4].map((round) => orderOf(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
    expect(orderOf([], 1)).toEqual([]);
  });

  test('takes half of the slowest rate as the common one, in two digits', () => {
    expect(commonRateOf([900_000, 77_777])).toBe(38_000);
    expect(commonRateOf([15])).toBe(7);
    expect(commonRateOf([1.9])).toBeNull();
    expect(commonRateOf([])).toBeNull();
  });

  test('gives the producer the codec, and a schedule only at a rate', () => {
    const shape = { topic: 't', codec: zstd, seconds: 4, recordCount: 100 };
    const fast = producerPlan(plan, { ...shape, rate: null });
    expect(fast.properties).toEqual({ 'linger.ms': '5', ...zstd.properties });
    expect(fast.shape).toMatchObject({ pace: null, durationMs: 4000, warmupDurationMs: 800 });
    const slow = producerPlan(plan, { ...shape, rate: 50 });
    expect(slow.shape.pace).toEqual({ kind: 'constant', recordsPerSecond: 50 });
  });

  test('starts the consumers of the plan, and gives them nothing of the codec', () => {
    const read = consumerPlan(plan, { topic: 't', codec: zstd, rate: null, seconds: 4, recordCount: 100 });
    expect(read).toMatchObject({ consumers: 2, recordCount: 100, properties: { 'fetch.min.bytes': '1' } });
  });
});
