/** When records are due, and who sends which: pure functions, so that several producers follow one schedule without talking. */
import { createRandom, derivedSeed, unitOf } from './random.ts';

/** When record `index` is due, in microseconds since the trial began; never less than for `index - 1`. */
export type Pace = (index: number) => number;

/** A stretch of a schedule in steps; a rate of 0 is a pause. */
export type PaceStep = { readonly recordsPerSecond: number; readonly seconds: number };

/** A schedule of all producers together; plain data, kept in the run record. */
export type PaceSpec =
  | { readonly kind: 'constant'; readonly recordsPerSecond: number }
  /** Independent arrivals: gaps are exponential, with this rate as their mean. */
  | { readonly kind: 'poisson'; readonly recordsPerSecond: number; readonly seed: number }
  /** The rate grows or falls evenly over `seconds`, and stays at `toPerSecond` from then on. */
  | {
      readonly kind: 'ramp';
      readonly fromPerSecond: number;
      readonly toPerSecond: number;
      readonly seconds: number;
    }
  /** One rate after the other; the last one goes on. */
  | { readonly kind: 'steps'; readonly steps: readonly PaceStep[] };

/** Evenly spaced records: record `index` is due `index / recordsPerSecond` seconds after the start. */
export const constantRate =
  (recordsPerSecond: number): Pace =>
  (index) =>
    (index * 1e6) / recordsPerSecond;

/**
 * A rate that changes evenly: the number of records due by t seconds is `from * t + (to - from) * t^2 / (2 * seconds)`, solved for t. Written
 * with the root below the line, so that nothing cancels out when both rates are alike.
 */
const rampRate = (fromPerSecond: number, toPerSecond: number, seconds: number): Pace => {
  const growth = (toPerSecond - fromPerSecond) / seconds;
  const rampRecords = recordsOfRamp(fromPerSecond, toPerSecond, seconds);
  const square = fromPerSecond * fromPerSecond;
  return (index) => {
    if (index === 0) return 0;
    if (index >= rampRecords) return (seconds + (index - rampRecords) / toPerSecond) * 1e6;
    const root = Math.sqrt(Math.max(0, square + 2 * growth * index));
    return Math.min(seconds, (2 * index) / (fromPerSecond + root)) * 1e6;
  };
};

/** Records that are due while a ramp lasts; not rounded. */
export const recordsOfRamp = (fromPerSecond: number, toPerSecond: number, seconds: number): number =>
  ((fromPerSecond + toPerSecond) / 2) * seconds;

const steppedRate = (steps: readonly PaceStep[]): Pace => {
  const count = steps.length;
  const firstIndexes = new Float64Array(count);
  const startSeconds = new Float64Array(count);
  const rates = Float64Array.from(steps, (step) => step.recordsPerSecond);
  for (let place = 1; place < count; place++) {
    const { recordsPerSecond = 0, seconds = 0 } = steps[place - 1] ?? {};
    firstIndexes[place] = (firstIndexes[place - 1] ?? 0) + recordsPerSecond * seconds;
    startSeconds[place] = (startSeconds[place - 1] ?? 0) + seconds;
  }
  return (index) => {
    let place = count - 1;
    while (place > 0 && index < (firstIndexes[place] ?? 0)) place--;
    const dueSeconds = (startSeconds[place] ?? 0) + (index - (firstIndexes[place] ?? 0)) / (rates[place] ?? 0);
    // Rounding must not put the last record of a step behind the first one of the next.
    return (place + 1 < count ? Math.min(dueSeconds, startSeconds[place + 1] ?? 0) : dueSeconds) * 1e6;
  };
};

/**
 * One producer's part of a Poisson process: a process of its own at its share of the rate, over its own indexes. The sum of such parts
 * is a Poisson process at the whole rate. Asked in growing order a step costs one logarithm, and the record before is remembered; an
 * earlier one is found by walking again from the start, so that the answer for an index is always the same.
 */
const poissonRate = (recordsPerSecond: number, seed: number, producer: number, producers: number): Pace => {
  const meanGapUs = (1e6 * producers) / recordsPerSecond;
  const streamSeed = derivedSeed(seed, producer);
  let random = createRandom(streamSeed);
  let walkedTurn = -1;
  let dueUs = 0;
  let dueBeforeUs = 0;
  return (index) => {
    const turn = Math.floor((index - producer) / producers);
    if (turn < walkedTurn) {
      if (turn === walkedTurn - 1) return dueBeforeUs;
      random = createRandom(streamSeed);
      walkedTurn = -1;
      dueUs = 0;
    }
    for (; walkedTurn < turn; walkedTurn++) {
      dueBeforeUs = dueUs;
      dueUs -= Math.log(unitOf(random())) * meanGapUs;
    }
    return dueUs;
  };
};

/**
 * The schedule as producer `producer` of `producers` follows it, asked for its own indexes (`recordsOfProducer`). All kinds but Poisson
 * are one function of the index, whoever asks; in a Poisson schedule each producer has a stream of its own.
 */
export const createPace = (spec: PaceSpec, producer: number, producers: number): Pace => {
  switch (spec.kind) {
    case 'constant':
      return constantRate(spec.recordsPerSecond);
    case 'poisson':
      return poissonRate(spec.recordsPerSecond, spec.seed, producer, producers);
    case 'ramp':
      return rampRate(spec.fromPerSecond, spec.toPerSecond, spec.seconds);
    case 'steps':
      return steppedRate(spec.steps);
  }
};

/** The lowest rate of a schedule that is not a pause, in records per second over all producers. */
export const slowestRate = (spec: PaceSpec): number => {
  switch (spec.kind) {
    case 'constant':
    case 'poisson':
      return spec.recordsPerSecond;
    case 'ramp':
      return Math.min(spec.fromPerSecond, spec.toPerSecond);
    case 'steps':
      return Math.min(...spec.steps.map((step) => step.recordsPerSecond).filter((rate) => rate > 0));
  }
};

/**
 * How many of `recordCount` records producer `producer` of `producers` sends. It sends the indexes `producer`,
 * `producer + producers`, `producer + 2 * producers` and so on, so all producers together send each index exactly once.
 */
export const recordsOfProducer = (recordCount: number, producer: number, producers: number): number =>
  Math.max(0, Math.ceil((recordCount - producer) / producers));
