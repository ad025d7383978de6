/** Where the history of a baseline changed its level. */
import { randomUnits, shuffle } from './random.ts';
import { median, requireSamples } from './samples.ts';

/** A place in a history where it changed. */
export type ChangePoint = {
  /** The first value after the change, from 0. */
  readonly place: number;
  /** Medians of the values since the change before, and until the one after. */
  readonly before: number;
  readonly after: number;
  /** By permutation, at the step that found it. */
  readonly p: number;
};

/** How to look. */
export type ChangePointOptions = {
  /** Default 0.01. */
  readonly alpha?: number;
  /** The fewest values between two changes; default 4: fewer cannot be told from noise. */
  readonly leastLength?: number;
  /** Default 399. */
  readonly permutations?: number;
  readonly seed: number;
};

type Split = { readonly place: number; readonly energy: number };

/**
 * Change points by E-divisive means: the history is split where the energy distance between both parts is largest, as long as it is larger than in
 * all but a share `alpha` of the orders drawn at random, then each part in turn. Here the right part always reaches to the end of its
 * stretch, and each stretch is tested by itself. What a metric's values are distributed like does not matter.
 *
 * Sources: Matteson and James (2014), "A nonparametric approach for multiple change point analysis of multivariate data", Journal of the
 * American Statistical Association 109; its use for benchmarks: Daly et al. (2020), "The use of change point detection to identify
 * software performance regressions in a continuous integration system", ICPE.
 */
export const changePoints = (values: readonly number[], options: ChangePointOptions): ChangePoint[] => {
  const { alpha = 0.01, leastLength = 4, permutations = 399, seed } = options;
  requireSamples(values, 1, 'a history');
  if (!Number.isInteger(leastLength) || leastLength < 2)
    throw new RangeError(`changes lie 2 values or more apart; got ${leastLength}`);
  if (alpha * (permutations + 1) < 1)
    throw new RangeError(
      `${permutations} permutations cannot show a level of ${alpha}; at least ${Math.ceil(1 / alpha) - 1} needed`,
    );
  const random = randomUnits(seed);
  const found: { place: number; p: number }[] = [];
  const open: [number, number][] = [[0, values.length]];
  for (let stretch = open.pop(); stretch !== undefined; stretch = open.pop()) {
    const [start, end] = stretch;
    const part = Float64Array.from(values.slice(start, end));
    const split = bestSplit(part, leastLength);
    if (split === null || split.energy <= 0) continue;
    const drawn = part.slice();
    let asLarge = 0;
    for (let round = 0; round < permutations; round++) {
      shuffle(drawn, random);
      if ((bestSplit(drawn, leastLength)?.energy ?? 0) >= split.energy) asLarge++;
    }
    const p = (asLarge + 1) / (permutations + 1);
    if (p > alpha) continue;
    found.push({ place: start + split.place, p });
    open.push([start, start + split.place], [start + split.place, end]);
  }
  found.sort((one, other) => one.place - other.place);
  return found.map(({ place, p }, index) => ({
    place,
    p,
    before: median(values.slice(found[index - 1]?.place ?? 0, place)),
    after: median(values.slice(place, found[index + 1]?.place ?? values.length)),
  }));
};

/**
 * The split with the largest energy: m n / (m + n) times twice the mean distance between the parts less the mean distances within both. Null when
 * there is no room for two parts. Sums of distances are kept up while the split moves on.
 */
const bestSplit = (values: Float64Array, leastLength: number): Split | null => {
  const count = values.length;
  if (count < 2 * leastLength) return null;
  let withinRight = 0;
  for (let one = 0; one < count; one++)
    for (let other = one + 1; other < count; other++)
      withinRight += Math.abs((values[one] ?? 0) - (values[other] ?? 0));
  let withinLeft = 0;
  let between = 0;
  let best: Split = { place: 0, energy: Number.NEGATIVE_INFINITY };
  for (let place = 1; place <= count - leastLength; place++) {
    const moved = values[place - 1] ?? 0;
    let toLeft = 0;
    let toRight = 0;
    for (let other = 0; other < place - 1; other++) toLeft += Math.abs(moved - (values[other] ?? 0));
    for (let other = place; other < count; other++) toRight += Math.abs(moved - (values[other] ?? 0));
    withinLeft += toLeft;
    withinRight -= toRight;
    between += toRight - toLeft;
    if (place < leastLength) continue;
    const left = place;
    const right = count - place;
    const energy =
      ((left * right) / count) *
      ((2 * between) / (left * right) -
        withinLeft / ((left * (left - 1)) / 2) -
        withinRight / ((right * (right - 1)) / 2));
    if (energy > best.energy) best = { place, energy };
  }
  return best;
};
