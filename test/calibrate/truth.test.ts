import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendTimes,
  complaintsOf,
  differences,
  figuresOf,
  lindleyDepartures,
  releaseAfterWindows,
  releaseOfRecords,
} from '../../scripts/calibrate/truth.mjs';
import { SingleServer } from '../../src/broker/faults/single-server.ts';

const request = (offset: number, count: number, releaseUs: number) => ({
  offset,
  count,
  releaseUs,
  arrivalUs: 0,
  correlationId: offset,
});
const figures = (ms: number) => ({ p50: ms, p90: ms, p95: ms, p99: ms, p999: ms, max: ms });

describe("Lindley's recursion", () => {
  it('has requests wait for those before them, and for no others', () => {
    expect([...lindleyDepartures(Float64Array.of(0, 1, 2, 50), 10)]).toEqual([10, 20, 30, 60]);
  });

  it('leaves no queue where requests come no faster than they are served', () => {
    const arrivals = Float64Array.from({ length: 100 }, (_, index) => index * 10);
    expect(differences(lindleyDepartures(arrivals, 10), arrivals, 0)).toEqual(new Float64Array(100).fill(10));
  });

  it('comes to the departures of the server that the broker injects', () => {
    const steps = fc.array(fc.nat(50), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), (gaps, serviceUs) => {
        let atUs = 0;
        const arrivals = Float64Array.from(gaps, (gap) => {
          atUs += gap;
          return atUs;
        });
        const server = new SingleServer();
        expect([...lindleyDepartures(arrivals, serviceUs)]).toEqual(
          Array.from(arrivals, (arrival) => server.departureOf(arrival, serviceUs)),
        );
      }),
    );
  });

  it('waits in the mean as the theory of a random queue has it (M/D/1)', () => {
    const serviceUs = 100;
    const load = 0.75;
    let state = 1;
    const random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state + 1) / (2 ** 32 + 1);
    };
    let atUs = 0;
    const arrivals = Float64Array.from({ length: 200_000 }, () => {
      atUs -= (Math.log(random()) * serviceUs) / load;
      return atUs;
    });
    const stays = differences(lindleyDepartures(arrivals, serviceUs), arrivals, 0);
    const mean = stays.reduce((sum, stay) => sum + stay, 0) / stays.length;
    // Pollaczek and Khinchine's formula.
    expect(mean / (serviceUs + (load * serviceUs) / (2 * (1 - load)))).toBeCloseTo(1, 1);
  });
});

describe('the release of records', () => {
  it('is that of the request that each is in, in whatever order answers left', () => {
    const requests = [request(2, 3, 90), request(0, 2, 70)];
    expect([...releaseOfRecords(requests, 5)]).toEqual([70, 70, 90, 90, 90]);
  });

  it('is refused when a record has none, or two', () => {
    expect(() => releaseOfRecords([request(0, 2, 1)], 3)).toThrow('the answer to record 2 was never let go');
    expect(() => releaseOfRecords([request(0, 2, 1), request(1, 2, 2)], 3)).toThrow('record 1 was acknowledged twice');
  });

  it('comes at the end of a stand-still for what is due in it', () => {
    const windows = [{ fromUs: 10, toUs: 20 }];
    expect([...releaseAfterWindows(Float64Array.of(9, 10, 19, 20), windows)]).toEqual([9, 20, 20, 20]);
  });
});

describe('the call of send', () => {
  it('is when the record was due if its time stamp is of that millisecond, else in the middle of its own', () => {
    const due = Float64Array.of(1200, 1900, 900);
    const stamps = Float64Array.of(1000, 1000, 4000);
    expect([...appendTimes(stamps, due)]).toEqual([1200, 1900, 4500]);
  });
});

describe('figures', () => {
  it('are those that HdrHistogram would name, in milliseconds', () => {
    const latencies = Float64Array.from({ length: 1000 }, (_, index) => (1000 - index) * 1000);
    expect(figuresOf(latencies)).toEqual({ p50: 500, p90: 900, p95: 950, p99: 990, p999: 999, max: 1000 });
  });

  it('need latencies', () => {
    expect(() => figuresOf(new Float64Array(0))).toThrow('there are no latencies');
  });
});

describe('the check', () => {
  it('allows 1 ms, or 2 % where that is more', () => {
    expect(complaintsOf('response', { ...figures(11), max: 10 }, figures(10))).toEqual([]);
    expect(complaintsOf('response', { ...figures(204), max: 200 }, figures(200))).toEqual([]);
    expect(complaintsOf('response', { ...figures(10), p99: 11.1 }, figures(10))).toEqual([
      'response p99: reported 11.100 ms, true 10.000 ms (± 1.00)',
    ]);
    expect(complaintsOf('response', { ...figures(200), p999: 195 }, figures(200))).toHaveLength(1);
  });

  it('wants the maximum never below the truth and at most 5 ms above it', () => {
    expect(complaintsOf('response', { ...figures(100), max: 105 }, figures(100))).toEqual([]);
    expect(complaintsOf('response', { ...figures(100), max: 99.99 }, figures(100))).toHaveLength(1);
    expect(complaintsOf('response', { ...figures(100), max: 105.1 }, figures(100))).toHaveLength(1);
  });

  it('does not pass what is not a number', () => {
    expect(complaintsOf('response', figures(Number.NaN), figures(1))).toHaveLength(7);
  });
});
