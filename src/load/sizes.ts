/** Distributions of value sizes: drawn once for a pool of values, evenly over the distribution, so that also a small pool has its mean. */
import { below, type Random } from './random.ts';

/** How long values are, bytes; plain data, kept in the run record. */
export type SizeSpec =
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'uniform'; readonly from: number; readonly to: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly deviation: number }
  /** `mean` and `deviation` are those of the sizes, not of their logarithms. */
  | { readonly kind: 'lognormal'; readonly mean: number; readonly deviation: number }
  | { readonly kind: 'exponential'; readonly mean: number }
  /** Sizes by their weights, which need not add up to 1. */
  | { readonly kind: 'histogram'; readonly sizes: readonly { readonly bytes: number; readonly weight: number }[] };

/**
 * The value that a standard normal variable stays below with this probability, above 0 and below 1; right to 5 parts in 10,000
 * (Abramowitz and Stegun, 26.2.23), far less than a byte of most sizes.
 */
const normalQuantile = (probability: number): number => {
  const isLower = probability < 0.5;
  const t = Math.sqrt(-2 * Math.log(isLower ? probability : 1 - probability));
  const numerator = 2.515517 + t * (0.802853 + t * 0.010328);
  const denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  const distance = t - numerator / denominator;
  return isLower ? -distance : distance;
};

/** The size that a share `probability` of the values does not exceed; not rounded, and not kept within bounds. */
const quantile = (spec: SizeSpec, probability: number): number => {
  switch (spec.kind) {
    case 'fixed':
      return spec.bytes;
    case 'uniform':
      return spec.from - 0.5 + probability * (spec.to - spec.from + 1);
    case 'normal':
      return spec.mean + spec.deviation * normalQuantile(probability);
    case 'lognormal': {
      const variance = Math.log(1 + (spec.deviation / spec.mean) ** 2);
      return Math.exp(Math.log(spec.mean) - variance / 2 + Math.sqrt(variance) * normalQuantile(probability));
    }
    case 'exponential':
      return -Math.log(1 - probability) * spec.mean;
    case 'histogram': {
      const total = spec.sizes.reduce((sum, size) => sum + size.weight, 0);
      let rest = probability * total;
      for (const size of spec.sizes) {
        if (rest < size.weight) return size.bytes;
        rest -= size.weight;
      }
      return spec.sizes.at(-1)?.bytes ?? 1;
    }
  }
};

/** The mean size, bytes, without regard to the bounds that drawn sizes are kept in. */
export const meanSize = (spec: SizeSpec): number => {
  switch (spec.kind) {
    case 'fixed':
      return spec.bytes;
    case 'uniform':
      return (spec.from + spec.to) / 2;
    case 'histogram': {
      const total = spec.sizes.reduce((sum, size) => sum + size.weight, 0);
      return spec.sizes.reduce((sum, size) => sum + size.bytes * size.weight, 0) / total;
    }
    default:
      return spec.mean;
  }
};

/** Puts things into a random order, in place. */
export const shuffle = <Thing>(things: Thing[], random: Random): void => {
  for (let place = things.length - 1; place > 0; place--) {
    const other = below(random(), place + 1);
    const kept = things[place];
    const moved = things[other];
    if (kept === undefined || moved === undefined) continue;
    things[place] = moved;
    things[other] = kept;
  }
};

/**
 * `count` sizes, whole bytes of at least 1: one from the middle of each of `count` equal shares of the distribution, in random
 * order. Nothing rarer than one in `count` is among them.
 */
export const drawSizes = (spec: SizeSpec, count: number, random: Random): number[] => {
  const sizes = Array.from({ length: count }, (_, place) =>
    Math.max(1, Math.round(quantile(spec, (place + 0.5) / count))),
  );
  if (spec.kind !== 'fixed') shuffle(sizes, random);
  return sizes;
};

/** The one of `count` sizes that are drawn at this place in the order of their lengths, bytes; found without drawing them. */
const sizeAt = (spec: SizeSpec, count: number, place: number): number =>
  spec.kind === 'histogram'
    ? (drawSizes(spec, count, () => 0).toSorted((one, other) => one - other)[place] ?? 1)
    : Math.max(1, Math.round(quantile(spec, (place + 0.5) / count)));

/** The shortest of `count` sizes that are drawn, bytes. */
export const shortestSize = (spec: SizeSpec, count: number): number => sizeAt(spec, count, 0);

/** The longest of `count` sizes that are drawn, bytes. */
export const longestSize = (spec: SizeSpec, count: number): number => sizeAt(spec, count, count - 1);
