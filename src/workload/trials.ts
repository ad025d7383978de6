/** In which order trials run. */

/** One repetition of one step. */
export type Trial = {
  /** The step's index. */
  readonly step: number;
  /** From 1. */
  readonly trial: number;
};

/** Orders of trials. */
export type TrialOrder = 'interleaved' | 'random' | 'sequential';

/** A stream of 32-bit numbers from a seed: mulberry32, which is public domain. */
const randomBits = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
};

/** Sorted by a random key each. */
const shuffled = <Value>(values: readonly Value[], seed: number): readonly Value[] => {
  const next = randomBits(seed);
  const keyed = values.map((value) => ({ value, key: next() }));
  return keyed.sort((one, other) => one.key - other.key).map(({ value }) => value);
};

/**
 * All trials in their order. Interleaved ones meet each step once in every round, so that what changes on the machine meanwhile meets
 * all steps alike.
 */
export const trialsOf = (steps: number, trials: number, order: TrialOrder, seed: number): readonly Trial[] => {
  const all: Trial[] = [];
  if (order === 'sequential')
    for (let step = 0; step < steps; step += 1)
      for (let trial = 1; trial <= trials; trial += 1) all.push({ step, trial });
  else
    for (let trial = 1; trial <= trials; trial += 1)
      for (let step = 0; step < steps; step += 1) all.push({ step, trial });
  return order === 'random' ? shuffled(all, seed) : all;
};
