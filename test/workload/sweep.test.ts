import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, commandOf, millisecondsOf } from '../../src/workload/command-line.ts';
import type { Workload } from '../../src/workload/schema.ts';
import { stepsOf } from '../../src/workload/sweep.ts';
import { evaluateThresholds, parseBest, parseThreshold } from '../../src/workload/thresholds.ts';
import { trialsOf } from '../../src/workload/trials.ts';
import { parseWhere } from '../../src/workload/where.ts';

const axis = (length: number): readonly number[] => Array.from({ length }, (_, index) => index + 1);
const sweepOf = (sweep: NonNullable<Workload['sweep']>): Workload => ({ records: 1, sweep });

describe('steps', () => {
  test('are one without a sweep', () => {
    expect(stepsOf({ records: 1, trials: 3 })).toEqual([{ index: 0, point: {}, settings: { records: 1 } }]);
  });

  test('of crossed axes are all combinations, each once, with their values in the settings', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (one, other) => {
        const steps = stepsOf(sweepOf({ cross: { rate: [...axis(one)], 'client.linger.ms': [...axis(other)] } }));
        expect(steps).toHaveLength(one * other);
        expect(new Set(steps.map(({ point }) => JSON.stringify(point))).size).toBe(one * other);
        for (const { point, settings } of steps)
          expect([settings.rate, settings.client?.['linger.ms']]).toEqual([point.rate, point['client.linger.ms']]);
      }),
    );
  });

  test('of zipped axes go together, and of points stand alone', () => {
    const zip = { rate: [1, 2], producers: [3, 4] };
    expect(stepsOf(sweepOf({ zip })).map(({ point }) => point)).toEqual([
      { rate: 1, producers: 3 },
      { rate: 2, producers: 4 },
    ]);
    const points = [{ rate: 1 }, { 'topic.partitions': 9 }];
    expect(stepsOf(sweepOf({ points })).map(({ point }) => point)).toEqual(points);
    expect(stepsOf(sweepOf({ zip, points: [{ seed: 1 }, { seed: 2 }] }))).toHaveLength(4);
  });

  test('are refused when axes of zip differ in length, one comes twice, none is left, or there are too many', () => {
    expect(() => stepsOf(sweepOf({ zip: { rate: [1, 2], producers: [3] } }))).toThrow(
      'rate has 2 values and producers 1',
    );
    expect(() => stepsOf(sweepOf({ cross: { rate: [1] }, points: [{ rate: 2 }] }))).toThrow('twice');
    expect(() => stepsOf(sweepOf({ cross: { rate: [1] }, where: 'rate > 1' }))).toThrow('leaves out every point');
    const cross = { rate: [...axis(40)], seed: [...axis(40)] };
    expect(() => stepsOf(sweepOf({ cross }))).toThrow('the sweep has 1600 steps, and at most 1000 are run');
    expect(stepsOf(sweepOf({ cross, where: 'seed == 1' }))).toHaveLength(40);
  });

  test('are refused when a value of an axis, or a point, comes twice, also when it is written differently', () => {
    expect(() => stepsOf(sweepOf({ cross: { rate: [5, 5] } }))).toThrow('sweep.cross.rate has 5 twice; keep one');
    expect(() => stepsOf(sweepOf({ cross: { 'payload.size': [1024, '1 KiB'] } }))).toThrow('has 1 KiB twice');
    const zip = { rate: [1, 1, 1], producers: [1, 2, 1] };
    expect(() => stepsOf(sweepOf({ zip }))).toThrow('sweep.zip has rate=1 producers=1 twice');
    expect(() => stepsOf(sweepOf({ points: [{ duration: '1s' }, { duration: 1 }] }))).toThrow('duration=1 twice');
    expect(stepsOf(sweepOf({ zip: { rate: [1, 1], producers: [1, 2] } }))).toHaveLength(2);
  });

  test('stay by sizes, times and rates, not by how these are written', () => {
    const left = (name: string, values: readonly (string | number)[], where: string) =>
      stepsOf(sweepOf({ cross: { [name]: [...values] }, where })).map(({ point }) => point[name]);
    const sizes = [100, 150, '1 KiB', '2KiB'];
    expect(left('payload.size', sizes, 'payload.size < 200')).toEqual([100, 150]);
    expect(left('payload.size', sizes, 'payload.size == 1024')).toEqual(['1 KiB']);
    expect(left('payload.size', sizes, 'payload.size == 1 KiB or payload.size > 1KiB')).toEqual(['1 KiB', '2KiB']);
    expect(left('payload.size', sizes, 'payload.size in [100, 2 KiB]')).toEqual([100, '2KiB']);
    expect(left('payload.size', ['uniform:1..9', 1], 'payload.size != uniform:1..9')).toEqual([1]);
    expect(left('duration', ['500ms', '2s'], 'duration > 1s')).toEqual(['2s']);
    expect(left('duration', ['500ms', '2s'], 'duration < 1')).toEqual(['500ms']);
    expect(left('rate', [100, 5000, 'max'], 'rate > 1000')).toEqual([5000, 'max']);
  });

  test.each([
    ['client.acks', ['all', 1], 'client.acks > 0', 'they have no order, use ==, != or in'],
    ['payload.size', ['uniform:1..9'], 'payload.size < 9', 'they have no order'],
    [
      'client.acks',
      ['all', 1],
      'records <= client.acks',
      'client.acks is a setting; if it is a text, write "client.acks"',
    ],
    ['duration', ['1s'], 'duration == 1 KiB', 'where expected and, or, or the end'],
    ['duration', ['1s'], 'duration > 1day', 'it takes a time such as 500ms or 2s'],
  ])('with the axis %s: %j refuse %j', (name, values, where, message) => {
    expect(() => stepsOf(sweepOf({ cross: { [name]: [...values] }, where }))).toThrow(message);
  });

  test('of ten thousand points are planned', () => {
    const cross = { rate: [...axis(100)], seed: [...axis(100)] };
    expect(stepsOf(sweepOf({ cross }), 10_000)).toHaveLength(10_000);
  });
});

describe('where', () => {
  const settings: Readonly<Record<string, string | number>> = { 'client.acks': 'all', rate: 100, keys: 'zipf:10:1' };
  const holds = (text: string): boolean => parseWhere(text, (name) => name in settings)((name) => settings[name]);

  test.each([
    ['rate == 100', true],
    ['rate < 20', false],
    ['rate >= 100 and client.acks == all', true],
    ['rate > 100 or client.acks in [1, all]', true],
    ['not (rate == 100 or client.acks == 1)', false],
    ['keys == "zipf:10:1"', true],
    ['client.acks != 1', true],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  test.each([
    'rate',
    'rate ==',
    'rate == 1 1',
    '(rate == 1',
    'rat == 1',
    'rate in 1',
    'rate == $x',
  ])('%s is refused', (text) => {
    expect(() => holds(text)).toThrow(/^where/);
  });
});

describe('trials', () => {
  const orders = fc.constantFrom('interleaved' as const, 'random' as const, 'sequential' as const);

  test('are each step so often, in any order, and the same for a seed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 5 }),
        orders,
        fc.nat(),
        (steps, trials, order, seed) => {
          const all = trialsOf(steps, trials, order, seed);
          expect(all).toHaveLength(steps * trials);
          expect(new Set(all.map(({ step, trial }) => `${step}/${trial}`)).size).toBe(steps * trials);
          expect(trialsOf(steps, trials, order, seed)).toEqual(all);
        },
      ),
    );
  });

  test('that are interleaved meet each step once a round', () => {
    expect(trialsOf(2, 2, 'interleaved', 0).map(({ step }) => step)).toEqual([0, 1, 0, 1]);
    expect(trialsOf(2, 2, 'sequential', 0).map(({ step }) => step)).toEqual([0, 0, 1, 1]);
  });
});

describe('thresholds', () => {
  test('are held against the medians of each step, and none is met without a figure', () => {
    const results = evaluateThresholds(
      [parseThreshold('responseTimeMs.p99 < 10')],
      [{ 'responseTimeMs.p99': 9 }, { 'responseTimeMs.p99': 10 }, {}, null],
    );
    expect(results.map(({ isMet }) => isMet)).toEqual([true, false, false, false]);
  });

  test('are refused with an unknown figure, a unit, or without a bound', () => {
    expect(() => parseThreshold('responsTimeMs.p99 < 10')).toThrow('did you mean responseTimeMs.p99?');
    expect(() => parseThreshold('responseTimeMs.p99 < 10ms')).toThrow('a number without a unit');
    expect(() => parseThreshold('recordsPerSecond')).toThrow('a threshold is a figure');
    expect(() => parseBest('fastest recordsPerSecond')).toThrow('highest or lowest');
  });
});

test('a step is the command line of a test, and what its test has not is refused', () => {
  const { command, flags } = commandOf({ records: 5, rate: 10, payload: { size: '1 KiB' }, client: { acks: 'all' } });
  const argv = flags.flatMap(({ flag, values }) => [flag, ...values]);
  expect([command, ...argv].join(' ')).toBe(
    'producer-perf-test num-records 5 throughput 10 record-size 1024 command-property acks=all',
  );
  expect(() => commandOf({ test: 'consumer', records: 5, keys: 'none' })).toThrow('keys is not for test: consumer');
});

test('sizes and times are read with their units', () => {
  expect([bytesOf(7), bytesOf('10 B'), bytesOf('2 MiB'), bytesOf('uniform:1..2')]).toEqual([
    '7',
    '10',
    '2097152',
    'uniform:1..2',
  ]);
  expect([millisecondsOf(2), millisecondsOf('500ms'), millisecondsOf('1.5s'), millisecondsOf('1h')]).toEqual([
    2000, 500, 1500, 3_600_000,
  ]);
});
