/**
 * Where the edge lies between rates that hold a limit and rates that do not, as trials tell it.
 *
 * A trial at a rate holds with a probability that falls from almost one to almost zero around the edge: a logistic curve over the
 * logarithm of the rate, with small shares at both ends for trials that go wrong by accident. Edge and width of the curve are unknown;
 * what trials say of them is a posterior distribution on a grid, and the next trial is the one that is expected to leave the least
 * entropy, which is how psychophysics finds thresholds (L. L. Kontsevich and C. W. Tyler, Bayesian adaptive estimation of psychometric
 * slope and threshold, Vision Research 39, 1999; the width is of no interest here and summed over, as in N. Prins, The psi-marginal
 * adaptive method, Journal of Vision 13, 2013). Where little is known this is bisection; near the edge it repeats rates by itself.
 */

/** One trial's answer. */
export type Answer = {
  /** Records per second. */
  readonly rate: number;
  readonly isHeld: boolean;
};

/** The edge, records per second. */
export type Edge = {
  /** As likely below as above. */
  readonly median: number;
  /** It lies between these two with the probability that was asked for. */
  readonly least: number;
  readonly most: number;
};

/** A machine stumbles in one trial of twenty; a trial above the edge holds by chance in one of a hundred. */
const failsByAccident = 0.05;
const holdsByAccident = 0.01;

/** Widths of the curve, as logarithms of rates: from 0.3 % for a queue, which has a sharp edge, to 10 % for a noisy machine. */
const widths = [0.003, 0.01, 0.03, 0.1];

/** Steps of the grid in one precision: finer changes nothing that is shown. */
const stepsInPrecision = 8;

/** The grid goes on so far beyond the trials, as a factor. */
const beyond = 4;

/** Answers at one rate. */
type Tally = { readonly logRate: number; readonly held: number; readonly failed: number };

const talliesOf = (answers: readonly Answer[]): readonly Tally[] =>
  [...new Set(answers.map(({ rate }) => rate))].map((rate) => {
    const own = answers.filter((answer) => answer.rate === rate);
    const held = own.filter(({ isHeld }) => isHeld).length;
    return { logRate: Math.log(rate), held, failed: own.length - held };
  });

/** The probability that a trial holds, from how far its rate's logarithm lies above the edge's. */
const holdingAt = (above: number, width: number): number =>
  holdsByAccident + (1 - holdsByAccident - failsByAccident) / (1 + Math.exp(above / width));

/** What answers say of the edge. */
export type EdgeModel = {
  /** @param confidence probability that the edge lies between `least` and `most`, such as 0.95 */
  edge(confidence: number): Edge;
  /** The one of some rates where a trial is expected to tell most of the edge. */
  mostTelling(rates: readonly number[]): number;
};

const entropyOf = (weights: readonly number[], total: number): number =>
  weights.reduce((sum, weight) => (weight > 0 ? sum - (weight / total) * Math.log(weight / total) : sum), 0);

/**
 * The model after all answers so far, at least one.
 * @param precision of the rate, such as 0.02: how fine the grid is
 */
export const modelOf = (answers: readonly Answer[], precision: number): EdgeModel => {
  const tallies = talliesOf(answers);
  const logRates = tallies.map(({ logRate }) => logRate);
  const from = Math.min(...logRates) - Math.log(beyond);
  const size = Math.max(...logRates) + Math.log(beyond) - from;
  const count = Math.ceil((size * stepsInPrecision) / precision) + 1;
  const edges = Array.from({ length: count }, (_, index) => from + (size * index) / (count - 1));
  const logs = edges.map((edge) =>
    widths.map((width) =>
      tallies.reduce((sum, { logRate, held, failed }) => {
        const holds = holdingAt(logRate - edge, width);
        return sum + held * Math.log(holds) + failed * Math.log(1 - holds);
      }, 0),
    ),
  );
  const highest = logs.reduce((most, row) => Math.max(most, ...row), Number.NEGATIVE_INFINITY);
  const posterior = logs.map((row) => row.map((log) => Math.exp(log - highest)));
  const marginal = posterior.map((row) => row.reduce((sum, weight) => sum + weight, 0));
  const total = marginal.reduce((sum, weight) => sum + weight, 0);
  const at = (share: number): number => {
    let sum = 0;
    const index = marginal.findIndex((weight) => {
      sum += weight;
      return sum >= share * total;
    });
    return Math.exp(edges[index < 0 ? count - 1 : index] ?? from);
  };
  const expectedEntropy = (rate: number): number => {
    const logRate = Math.log(rate);
    const ifHeld = edges.map((edge, row) =>
      widths.reduce(
        (sum, width, column) => sum + (posterior[row]?.[column] ?? 0) * holdingAt(logRate - edge, width),
        0,
      ),
    );
    const ifFailed = marginal.map((weight, row) => weight - (ifHeld[row] ?? 0));
    const held = ifHeld.reduce((sum, weight) => sum + weight, 0);
    return held * entropyOf(ifHeld, held) + (total - held) * entropyOf(ifFailed, total - held);
  };
  return {
    edge(confidence) {
      const tail = (1 - confidence) / 2;
      return { median: at(0.5), least: at(tail), most: at(1 - tail) };
    },
    mostTelling: (rates) =>
      rates.reduce(
        (best, rate) => {
          const entropy = expectedEntropy(rate);
          return entropy < best.entropy ? { rate, entropy } : best;
        },
        { rate: at(0.5), entropy: Number.POSITIVE_INFINITY },
      ).rate,
  };
};
