import { didYouMean } from '../client/properties/nearest.ts';
import { type PaceSpec, type PaceStep, recordsOfRamp } from '../harness/plan.ts';
import { parseDuration } from './durations.ts';
import type { FlagValues } from './flags.ts';
import { parseNumber, quoted, readNumber, UsageError } from './usage.ts';

/** When records are due, and when the test ends. */
export type Schedule = {
  readonly pace: PaceSpec | null;
  /** The highest rate of the schedule, records per second; null without one. */
  readonly throughput: number | null;
  readonly isSpinning: boolean;
  /** Infinity when only the time ends the test. */
  readonly recordCount: number;
  readonly durationMs: number | null;
  readonly warmupRecords: number;
  readonly warmupDurationMs: number | null;
};

/** Where a test ends, as far as flags tell. */
type Ends = { readonly recordCount: number; readonly durationMs: number | null };

const PACES = ['constant', 'poisson', 'ramp', 'steps'] as const;

/**
 * Reads the schedule of a producer test.
 * @throws UsageError for flags that contradict each other, a test without an end, and a shape that is not known.
 */
export function readSchedule(flags: FlagValues, seed: number): Schedule {
  const records = flags.value('num-records');
  const duration = flags.value('duration');
  const ends: Ends = {
    recordCount: records === null ? Number.POSITIVE_INFINITY : parseNumber('num-records', records, { min: 1 }),
    durationMs: duration === null ? null : parseDuration('duration', duration),
  };
  const { pace, durationMs } = readPace(flags, ends, seed);
  if (flags.isOn('pace-spin') && pace === null)
    throw new UsageError('--pace-spin waits for due times, and --throughput -1 has none: give a rate, or leave it out');
  return {
    pace,
    throughput: pace === null ? null : highestRate(pace),
    isSpinning: flags.isOn('pace-spin'),
    recordCount: ends.recordCount,
    durationMs,
    ...readWarmup(flags, ends.recordCount, lastsMs(pace, ends.recordCount, durationMs)),
  };
}

/** How long the records of a schedule take, milliseconds: what ends it first. Null when only the test will tell. */
function lastsMs(pace: PaceSpec | null, recordCount: number, durationMs: number | null): number | null {
  if (pace === null || recordCount === Number.POSITIVE_INFINITY) return durationMs;
  return Math.min(durationMs ?? Number.POSITIVE_INFINITY, secondsOf(pace, recordCount) * 1e3);
}

/** When so many records are over, seconds; of random arrivals on average. */
function secondsOf(pace: PaceSpec, recordCount: number): number {
  if (pace.kind === 'ramp') return pace.seconds;
  if (pace.kind !== 'steps') return recordCount / pace.recordsPerSecond;
  let [seconds, records] = [0, recordCount];
  for (const step of pace.steps.slice(0, -1)) {
    const due = step.recordsPerSecond * step.seconds;
    if (due >= records) return seconds + records / step.recordsPerSecond;
    seconds += step.seconds;
    records -= due;
  }
  // The last rate goes on.
  return seconds + records / highestRate({ kind: 'steps', steps: pace.steps.slice(-1) });
}

const highestRate = (pace: PaceSpec): number => {
  switch (pace.kind) {
    case 'ramp':
      return Math.max(pace.fromPerSecond, pace.toPerSecond);
    case 'steps':
      return Math.max(...pace.steps.map((step) => step.recordsPerSecond));
    default:
      return pace.recordsPerSecond;
  }
};

function readPace(
  flags: FlagValues,
  ends: Ends,
  seed: number,
): { readonly pace: PaceSpec | null; readonly durationMs: number | null } {
  const text = flags.value('pace') ?? 'constant';
  const [, kind = '', rest = null] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (kind === 'steps') {
    const steps = readSteps(text, rest ?? '');
    refuseThroughput(flags, text);
    const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
    const isEndless = ends.durationMs === null && ends.recordCount === Number.POSITIVE_INFINITY;
    return { pace: { kind, steps }, durationMs: isEndless ? seconds * 1e3 : ends.durationMs };
  }
  requireEnd(ends);
  if (kind === 'ramp') {
    refuseThroughput(flags, text);
    return { pace: readRamp(text, rest ?? '', ends), durationMs: ends.durationMs };
  }
  if ((kind !== 'constant' && kind !== 'poisson') || rest !== null) throw unknownPace(text, kind);
  const throughput = readThroughput(flags);
  if (throughput === null && flags.isGiven('pace'))
    throw new UsageError(`--pace ${kind} needs a rate: give --throughput above 0, or leave --pace out`);
  if (throughput === null) return { pace: null, durationMs: ends.durationMs };
  const pace: PaceSpec =
    kind === 'constant' ? { kind, recordsPerSecond: throughput } : { kind, recordsPerSecond: throughput, seed };
  return { pace, durationMs: ends.durationMs };
}

function requireEnd({ recordCount, durationMs }: Ends): void {
  if (recordCount === Number.POSITIVE_INFINITY && durationMs === null)
    throw new UsageError(
      '--num-records is missing; give one, such as --num-records 1000000, or a time, such as --duration 30s',
    );
}

function refuseThroughput(flags: FlagValues, pace: string): void {
  const throughput = flags.value('throughput');
  if (throughput !== null && readNumber(throughput) !== -1)
    throw new UsageError(`--pace ${pace} has rates of its own; leave --throughput ${throughput} out`);
}

const unknownPace = (text: string, kind: string): UsageError => {
  const isKnown = kind === 'constant' || kind === 'poisson';
  const hint = isKnown ? `${kind} takes its rate from --throughput` : didYouMean(kind, PACES, 'see --help');
  return new UsageError(
    `--pace must be constant, poisson, ramp:FROM..TO or steps:RATE@SECONDS,...; got ${quoted(text)}: ${hint}`,
  );
};

/** Null for as fast as possible. Zero would never end. */
function readThroughput(flags: FlagValues): number | null {
  const text = flags.value('throughput');
  if (text === null) throw new UsageError('--throughput is missing; give one, such as --throughput -1');
  const value = readNumber(text);
  if (value === -1) return null;
  if (value > 0) return value;
  throw new UsageError(
    `--throughput must be -1 for as fast as possible, or a rate above 0 in records per second; got ${quoted(text)}`,
  );
}

function readRamp(text: string, rest: string, { recordCount, durationMs }: Ends): PaceSpec {
  const parts = rest.split('..').map(readNumber);
  const [fromPerSecond = Number.NaN, toPerSecond = Number.NaN] = parts;
  if (!(parts.length === 2 && fromPerSecond >= 0 && toPerSecond > 0))
    throw new UsageError(
      `--pace ramp takes two rates in records per second, ramp:FROM..TO, the second above 0; got ${quoted(text)}`,
    );
  // Over the test: until its time or its records are over, whichever comes first.
  const secondsOfRecords = recordCount / recordsOfRamp(fromPerSecond, toPerSecond, 1);
  const seconds = Math.min(durationMs === null ? Number.POSITIVE_INFINITY : durationMs / 1e3, secondsOfRecords);
  return { kind: 'ramp', fromPerSecond, toPerSecond, seconds };
}

function readSteps(text: string, rest: string): readonly PaceStep[] {
  const steps = rest.split(',').map((part): PaceStep => {
    const [recordsPerSecond = Number.NaN, seconds = Number.NaN, ...more] = part.split('@').map(readNumber);
    if (recordsPerSecond >= 0 && seconds > 0 && more.length === 0) return { recordsPerSecond, seconds };
    throw new UsageError(
      `--pace steps takes rates and how many seconds each lasts, steps:RATE@SECONDS,...; got ${quoted(text)}`,
    );
  });
  if ((steps.at(-1)?.recordsPerSecond ?? 0) > 0) return steps;
  throw new UsageError(`--pace steps must end with a rate above 0, which goes on; got ${quoted(text)}`);
}

function readWarmup(
  flags: FlagValues,
  recordCount: number,
  lengthMs: number | null,
): Pick<Schedule, 'warmupRecords' | 'warmupDurationMs'> {
  const time = flags.value('warmup-duration');
  const warmupRecords = parseNumber('warmup-records', flags.value('warmup-records') ?? '0', { min: 0 });
  if (warmupRecords >= recordCount)
    throw new UsageError(
      `--warmup-records must be less than --num-records (${recordCount}); got ${warmupRecords}: lower it or send more`,
    );
  if (time === null) return { warmupRecords, warmupDurationMs: null };
  if (flags.isGiven('warmup-records'))
    throw new UsageError('--warmup-records and --warmup-duration both end the warm-up; give one of them');
  const warmupDurationMs = parseDuration('warmup-duration', time);
  if (lengthMs === null || warmupDurationMs < lengthMs) return { warmupRecords, warmupDurationMs };
  throw new UsageError(
    `--warmup-duration must be less than the test lasts (${Number((lengthMs / 1e3).toPrecision(4))} s); got ${quoted(time)}: lower it or send longer`,
  );
}
