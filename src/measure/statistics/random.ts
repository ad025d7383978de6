/** Random numbers that are the same again for the same seed: bootstraps, and trials in random order, rest on them. */

/** The next number of a stream: 0 or more, below 1, with 32 random bits. */
export type RandomUnit = () => number;

/**
 * A stream of random numbers: sfc32 (Chris Doty-Humphrey, PractRand). Its state has 128 bits, since a simulation may draw more numbers than
 * a stream with 32 bits of state has before it begins again.
 */
export const randomUnits = (seed: number): RandomUnit => {
  let a = seed | 0;
  let b = 0x9e3779b9 | 0;
  let c = Math.floor(seed / 2 ** 32) | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // Neighbouring seeds begin alike: what they have in common is gone after 12 steps.
  for (let step = 0; step < 12; step++) next();
  return next;
};

/** A whole number from 0 to `count - 1`. */
export const randomIndex = (random: RandomUnit, count: number): number => Math.floor(random() * count);

/** A number of the standard normal distribution (Box and Muller, 1958). */
export const randomNormal = (random: RandomUnit): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Puts values into a random order in place (Fisher and Yates; Durstenfeld, 1964). */
export const shuffle = (values: Float64Array, random: RandomUnit): void => {
  for (let last = values.length - 1; last > 0; last--) {
    const other = randomIndex(random, last + 1);
    const kept = values[last] ?? 0;
    values[last] = values[other] ?? 0;
    values[other] = kept;
  }
};
