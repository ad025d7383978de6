import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addSnapshot, createTotal, summarise } from '../../src/measure/histogram.ts';
import { bucketOf, bucketStartUs, LatencyCounts } from '../../src/measure/latency-counts.ts';

const hourUs = 3600 * 1e6;
const latency = fc.oneof(fc.nat(5000), fc.nat(2 ** 31 - 1), fc.integer({ min: 2 ** 31 - 3, max: 2 ** 45 }));

describe('latency counts', () => {
  test('give the very histogram that HdrHistogram makes of the same values', () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 200 }), (values) => {
        const counts = new LatencyCounts();
        const at = 2 ** 46;
        const from = Float64Array.from(values, (value) => at - value);
        expect(counts.recordSince(from, 0, values.length, at)).toBe(0);
        const ours = createTotal();
        addSnapshot(ours, counts.take());
        const theirs = createTotal();
        for (const value of values) theirs.recordValue(value);
        expect(ours.toJSON()).toEqual(theirs.toJSON());
        expect(ours.maxValue).toBe(Math.max(...values));
        expect(counts.take()).toBeNull();
      }),
    );
  });

  test('name the smallest value of each bucket', () => {
    fc.assert(
      fc.property(latency, (value) => {
        const start = bucketStartUs(bucketOf(value));
        expect(start).toBeLessThanOrEqual(value);
        expect(value - start).toBeLessThanOrEqual(value / 1024);
        expect(bucketOf(start)).toBe(bucketOf(value));
      }),
    );
  });

  test('clip nothing: an hour is an hour', () => {
    const counts = new LatencyCounts();
    counts.record(100);
    counts.record(hourUs);
    counts.recordSince(Float64Array.of(0), 0, 1, 2 * hourUs);
    const total = createTotal();
    addSnapshot(total, counts.take());
    expect(summarise(total)).toMatchObject({
      count: 3,
      p50: expect.closeTo(hourUs / 1e3, -4),
      max: (2 * hourUs) / 1e3,
    });
  });

  test('count the entries they are told to, and a negative latency as zero', () => {
    const counts = new LatencyCounts();
    expect(counts.recordSince(Float64Array.of(0, 120, 90, 100.2, 0), 1, 4, 100)).toBe(1);
    expect(counts.take()).toEqual({ buckets: Uint32Array.of(0, 10), counts: Float64Array.of(2, 1), maxUs: 10 });
  });

  test('count three in one pass as one after the other, whatever grows or is odd on the way', () => {
    const times = fc.record({ late: fc.integer({ min: -5, max: 3e9 }), service: fc.integer({ min: -5, max: 3e9 }) });
    const small = fc.record({ late: fc.nat(3000), service: fc.nat(3000) });
    fc.assert(
      fc.property(fc.array(fc.oneof(small, times), { minLength: 1, maxLength: 100 }), (records) => {
        const at = 2 ** 40;
        const sent = Float64Array.from(records, ({ service }) => at - service);
        const due = Float64Array.from(records, ({ service, late }) => at - service - late);
        const [service, response, lateness] = [new LatencyCounts(), new LatencyCounts(), new LatencyCounts()];
        const negatives = service.recordScheduled(response, lateness, sent, due, 0, records.length, at);
        const [plainService, plainResponse, plainLateness] = [
          new LatencyCounts(),
          new LatencyCounts(),
          new LatencyCounts(),
        ];
        expect(negatives).toBe(
          plainService.recordSince(sent, 0, records.length, at) + plainResponse.recordSince(due, 0, records.length, at),
        );
        plainLateness.recordBetween(due, sent, 0, records.length);
        expect([service.take(), response.take(), lateness.take()]).toEqual([
          plainService.take(),
          plainResponse.take(),
          plainLateness.take(),
        ]);
      }),
    );
  });

  test('count differences of two times of the same records', () => {
    const counts = new LatencyCounts();
    const dueAtUs = Float64Array.of(0, 100, 200, 300);
    const sentAtUs = Float64Array.of(50, 150, 199, 1e10);
    expect(counts.recordBetween(dueAtUs, sentAtUs, 0, 4)).toBe(1);
    const snapshot = counts.take();
    expect(snapshot?.maxUs).toBe(1e10 - 300);
    expect([...(snapshot?.counts ?? [])]).toEqual([1, 2, 1]);
  });
});
