import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changed, foreign } from '../../src/load/e2e-records.ts';
import { packValues } from '../../src/load/packed-values.ts';
import type { PayloadSpec } from '../../src/load/payload.ts';
import { stampBytes, timedStampBytes } from '../../src/load/record-stamp.ts';
import { StampedReader, type StampedSpec, stampedSender } from '../../src/load/stamped-records.ts';

const spec = (changes: Partial<StampedSpec> = {}): StampedSpec => ({
  payload: { kind: 'random', sizeBytes: 100, seed: 0 },
  keys: null,
  keyBytes: 0,
  isTimed: true,
  mark: 7,
  producers: 1,
  ...changes,
});

/** A record where a consumer would find it: key and value behind each other in some bytes. */
const arrive = (key: Uint8Array | null, value: Uint8Array) => {
  const bytes = Buffer.concat([Buffer.from('..'), key ?? Buffer.alloc(0), value, Buffer.from('..')]);
  const valueStart = 2 + (key?.length ?? 0);
  return [bytes, key === null ? -1 : 2, key === null ? -1 : valueStart, valueStart, valueStart + value.length] as const;
};

const sample = packValues(
  Array.from({ length: 50 }, (_, index) => ({
    key: Buffer.from(`key ${index}`),
    value: Buffer.from(`a value that was read before, ${'x'.repeat(index)}`),
  })),
);

const payloads: readonly PayloadSpec[] = [
  { kind: 'random', sizeBytes: 26, seed: 3 },
  { kind: 'generated', content: 'json', size: null, randomShare: null, seed: 3 },
  { kind: 'generated', content: 'quotes', size: null, randomShare: null, seed: 3 },
  { kind: 'generated', content: 'log', size: { kind: 'fixed', bytes: 200 }, randomShare: null, seed: 3 },
  {
    kind: 'generated',
    content: 'random',
    size: { kind: 'uniform', from: 30, to: 900 },
    randomShare: null,
    seed: 3,
  },
  { kind: 'given', values: sample, order: 'random', seed: 3 },
  { kind: 'given', values: sample, order: 'sequence', seed: 3 },
];

describe('stamped records', () => {
  test('tell their receiver who they are and when they were due and sent, to the microsecond', () => {
    const time = fc.double({ min: 0, max: 2 ** 40, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: timedStampBytes, max: 300 }),
        fc.nat(20),
        fc.nat(2 ** 32 - 1),
        fc.nat(2 ** 31),
        time,
        time,
        (sizeBytes, keyBytes, mark, index, sentAtUs, dueAtUs) => {
          const one = spec({ payload: { kind: 'random', sizeBytes, seed: 0 }, keyBytes, mark });
          const { value, keyOf } = stampedSender(one, 0);
          const reader = new StampedReader(one, 2 ** 32);
          expect(reader.read(...arrive(keyOf(index), value(index, dueAtUs, sentAtUs)))).toBe(index);
          expect([reader.sentAtUs, reader.dueAtUs]).toEqual([Math.round(sentAtUs), Math.round(dueAtUs)]);
        },
      ),
      { numRuns: 10 },
    );
  });

  test.each(
    payloads.map((payload, place) => [place, payload] as const),
  )('of several producers are known again, whatever they hold: payload %i', (_, payload) => {
    const keys =
      payload.kind === 'given'
        ? ({ kind: 'sampled' } as const)
        : ({ kind: 'zipf', keys: 100, exponent: 1, digits: 5, seed: 1 } as const);
    const one = spec({ payload, keys, isTimed: false, producers: 3 });
    const senders = [0, 1, 2].map((producer) => stampedSender(one, producer));
    const reader = new StampedReader(one, 1e6);
    for (let index = 0; index < 300; index++) {
      const sender = senders[index % 3];
      if (sender === undefined) continue;
      const value = Buffer.from(sender.value(index, 0, 0));
      const record = arrive(sender.keyOf(index), value);
      expect(reader.read(...record)).toBe(index);
      record[0][record[3]] = (record[0][record[3]] ?? 0) ^ 1;
      expect(reader.read(...record)).toBe(changed);
      expect([reader.damage, reader.damagedIndex]).toEqual(
        value.length > stampBytes ? ['value', index] : ['stamp', -1],
      );
    }
  });

  test('of another run, and any other values, are foreign', () => {
    const reader = new StampedReader(spec(), 100);
    const others = stampedSender(spec({ mark: 8 }), 0);
    expect(reader.read(...arrive(null, others.value(5, 1, 1)))).toBe(foreign);
    expect(reader.read(...arrive(null, Buffer.from('short')))).toBe(foreign);
    expect(reader.read(Buffer.alloc(50), -1, -1, -1, -1)).toBe(foreign);
  });

  test('are changed with any bit, another key or size, or an impossible index', () => {
    const one = spec({ keyBytes: 3 });
    const { value, keyOf } = stampedSender(one, 0);
    const reader = new StampedReader(one, 100);
    const sent = Buffer.from(value(5, 1234, 5678));
    const look = (key: Uint8Array | null, found: Uint8Array) => [
      reader.read(...arrive(key, found)),
      reader.damage,
      reader.damagedIndex,
    ];
    expect(look(keyOf(5), sent)[0]).toBe(5);
    expect(look(null, sent)).toEqual([changed, 'key', 5]);
    expect(look(Buffer.from('XYZ'), sent)).toEqual([changed, 'key', 5]);
    expect(look(keyOf(5), sent.subarray(1))).toEqual([changed, 'size', 5]);
    expect(look(keyOf(5), Buffer.from(value(100, 1, 1)))).toEqual([changed, 'stamp', -1]);
    for (let bit = 0; bit < sent.length * 8; bit++) {
      const other = Buffer.from(sent);
      const place = bit >> 3;
      other[place] = (other[place] ?? 0) ^ (1 << (bit & 7));
      const inStamp = place >= sent.length - timedStampBytes;
      expect(look(keyOf(5), other)).toEqual([changed, inStamp ? 'stamp' : 'value', inStamp ? -1 : 5]);
    }
  });
});
