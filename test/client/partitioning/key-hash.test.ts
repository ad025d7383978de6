import { describe, expect, it } from 'vitest';
import { murmur2, partitionForKey } from '../../../src/client/partitioning/key-hash.ts';

describe('the partition of a key', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
    ['', 275646681],
    ['é日', 762848935],
  ])("has the hash of Kafka's Utils.murmur2: %j", (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('is never negative', () => {
    expect(partitionForKey(Buffer.from('foobar'), 7)).toBe((-790332482 & 0x7fffffff) % 7);
  });
});
