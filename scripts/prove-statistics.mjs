/**
 * Shows the error rates of the sequential design by simulation (src/measure/statistics): how often equal sides are found to differ, how often its
 * intervals hold the truth at all looks, and how often slowdowns are found. `node scripts/prove-statistics.mjs [--comparisons 10000] [--seed 1]` after a
 * build; about two minutes. Exit status 1 when an error rate is above what docs/regressions.md says.
 */
import { parseArgs } from 'node:util';
import { fromDist } from './calibrate/dist.mjs';
import { upperBound } from './prove-gate/bounds.mjs';

const { values } = parseArgs({
  options: { comparisons: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const comparisons = Number(values.comparisons);
const seed = Number(values.seed);
if (!(Number.isSafeInteger(comparisons) && comparisons >= 100 && Number.isSafeInteger(seed))) {
  process.stderr.write('prove-statistics: --comparisons must be a whole number, 100 or more, --seed a whole number\n');
  process.exit(2);
}

const { planDesign, defaultLooks } = await fromDist('measure/statistics/sequential.js');
const { decideMetrics } = await fromDist('measure/statistics/metric-verdict.js');
const { defaultAlpha, defaultMetrics, isSettled } = await fromDist('measure/statistics/compare-runs.js');
const { plainSignFlips } = await fromDist('measure/statistics/signed-rank.js');
const { lowerCritical } = await fromDist('measure/statistics/null-distribution.js');
const { randomNormal, randomUnits } = await fromDist('measure/statistics/random.js');

/** @typedef {() => number} Draw */
/** @typedef {(random: Draw, typical: number) => Draw} Noise */
/** @typedef {{ noise: Noise, deviation: number, slowdown: number, count: number, metrics: any[] }} Setting */

const design = planDesign({ alpha: defaultAlpha, metricCount: defaultMetrics.length, ...defaultLooks });
const budget = design.lookAt.at(-1);

/** What a trial's logarithm strays by, drawn in the order of trials: its typical size is `typical`. @type {Record<string, Noise>} */
const noises = {
  normal: (random, typical) => () => typical * randomNormal(random),
  'skewed (log-normal)': (random, typical) => () => typical * (Math.exp(randomNormal(random)) - 1.65),
  'heavy tails (t, 2 degrees)': (random, typical) => () =>
    (typical * randomNormal(random)) / Math.sqrt(-Math.log(1 - random())),
  'drift (random walk)': (random, typical) => {
    let level = 0;
    return () => {
      level += 0.5 * typical * randomNormal(random);
      return level + typical * randomNormal(random);
    };
  },
};

/** One comparison's trials: both of a pair in random order, metrics sharing half of their luck. */
const pairsOf = (/** @type {Setting} */ { noise, deviation, slowdown, metrics }, /** @type {Draw} */ random) => {
  const shared = noise(random, deviation / Math.SQRT2);
  const own = metrics.map(() => noise(random, deviation / Math.SQRT2));
  const trial = (/** @type {boolean} */ isCandidate) => {
    const luck = shared();
    return Object.fromEntries(
      metrics.map(({ key, threshold, better }, place) => {
        const change =
          isCandidate && place === 0 ? Math.log(1 + slowdown * threshold * (better === 'larger' ? -1 : 1)) : 0;
        return [key, Math.exp(luck + (own[place]?.() ?? 0) + change)];
      }),
    );
  };
  const sides = { baseline: /** @type {any[]} */ ([]), candidate: /** @type {any[]} */ ([]) };
  for (let pair = 0; pair < budget; pair++) {
    const isCandidateFirst = random() < 0.5;
    const first = trial(isCandidateFirst);
    const second = trial(!isCandidateFirst);
    sides.candidate.push(isCandidateFirst ? first : second);
    sides.baseline.push(isCandidateFirst ? second : first);
  }
  return sides;
};

/** Runs comparisons as a gate does, and counts what came of them. */
const simulate = (/** @type {Setting} */ setting) => {
  const random = randomUnits(seed);
  const counts = { changed: 0, slower: 0, found: 0, missed: 0, undecided: 0, pairs: 0 };
  for (let round = 0; round < setting.count; round++) {
    const { baseline, candidate } = pairsOf(setting, random);
    let hasChanged = false;
    let hasMissed = false;
    let isSlower = false;
    /** @type {any[]} */
    let decisions = [];
    let pairs = 0;
    for (const [look, pairCount] of design.lookAt.entries()) {
      pairs = pairCount;
      const sides = { baseline: baseline.slice(0, pairs), candidate: candidate.slice(0, pairs), isPaired: true };
      decisions = decideMetrics(sides, setting.metrics, (/** @type {number} */ among) => design.level(look, among));
      hasChanged ||= decisions.some(({ p, level }) => p <= level);
      isSlower ||= decisions.some(({ verdict }) => verdict === 'slower');
      // The last metric never changes, and is held by itself: its interval's own rate counts.
      const ratio = decisions.at(-1)?.ratio;
      hasMissed ||= ratio.low > 1 || ratio.high < 1;
      if (setting.slowdown > 0 && isSettled(decisions.map(({ verdict }) => verdict))) break;
    }
    const verdicts = decisions.map(({ verdict }) => verdict);
    if (hasChanged) counts.changed++;
    if (hasMissed) counts.missed++;
    if (isSlower) counts.slower++;
    if (verdicts[0] === 'slower') counts.found++;
    if (verdicts.includes('undecided')) counts.undecided++;
    counts.pairs += pairs;
  }
  return counts;
};

/**
 * How often one metric is found to change when signs of pairs are fair coins, at any look. The sum of ranks above zero is the number of means of two
 * (Walsh averages) above zero, which grows with each pair.
 */
const fairCoins = (/** @type {number} */ count) => {
  const critical = new Map(
    design.lookAt.map((/** @type {number} */ pairs, /** @type {number} */ look) => [
      pairs,
      lowerCritical(plainSignFlips(pairs), design.level(look, 1) / 2),
    ]),
  );
  const random = randomUnits(seed);
  const differences = new Float64Array(budget);
  let found = 0;
  for (let round = 0; round < count; round++) {
    let sum = 0;
    for (let pair = 0; pair < budget; pair++) {
      const difference = random() - 0.5;
      differences[pair] = difference;
      for (let other = 0; other <= pair; other++) if ((differences[other] ?? 0) + difference > 0) sum++;
      const limit = critical.get(pair + 1);
      if (limit !== undefined && Math.min(sum, ((pair + 1) * (pair + 2)) / 2 - sum) <= limit) {
        found++;
        break;
      }
    }
  }
  return found;
};

const share = (/** @type {number} */ count, /** @type {number} */ all) => `${((100 * count) / all).toFixed(2)} %`;
let hasFailed = false;
const line = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);

const coinCount = 100 * comparisons;
const coins = fairCoins(coinCount);
const coinError = Math.sqrt((defaultAlpha * (1 - defaultAlpha)) / coinCount);
if (coins / coinCount > defaultAlpha + 3 * coinError) hasFailed = true;
line(
  `One metric of equal sides, ${coinCount} comparisons: changed in ${((100 * coins) / coinCount).toFixed(3)} % (standard error ${(100 * coinError).toFixed(3)} %), whatever the noise.\n`,
);
line(
  `Equal sides, ${defaultMetrics.length} metrics, ${comparisons} comparisons each, all looks at ${design.lookAt.join(', ')} pairs (alpha ${defaultAlpha}):\n`,
);
line(
  '| noise of trials, 3 % | any metric changed | any slower | its upper 95 % bound | one metric’s interval misses |',
);
line('|---|---|---|---|---|');
for (const [name, noise] of Object.entries(noises)) {
  const setting = { noise, deviation: 0.03, slowdown: 0, count: comparisons, metrics: defaultMetrics };
  const { changed, slower, missed } = simulate(setting);
  const bound = upperBound(slower, comparisons);
  // A design that spends all of alpha is on both sides of it by chance: three standard errors are too far.
  const most = defaultAlpha + 3 * Math.sqrt((defaultAlpha * (1 - defaultAlpha)) / comparisons);
  // With fewer comparisons the bound is too far from the share to be held to alpha.
  if (changed / comparisons > most || (comparisons >= 2000 && bound > defaultAlpha)) hasFailed = true;
  line(
    `| ${name} | ${share(changed, comparisons)} | ${share(slower, comparisons)} | ${(100 * bound).toFixed(2)} % | ${share(missed, comparisons)} |`,
  );
}

const powerCount = Math.ceil(comparisons / 20);
line(`\nA slowdown of throughput (threshold 2 %), ${powerCount} comparisons each, normal noise:\n`);
line('| noise of trials | 2 x threshold found | 3 x | 4 x | pairs run, in the mean |');
line('|---|---|---|---|---|');
for (const deviation of [0.01, 0.02, 0.03, 0.04]) {
  const results = [2, 3, 4].map((slowdown) =>
    simulate({
      noise: noises.normal ?? (() => () => 0),
      deviation,
      slowdown,
      count: powerCount,
      metrics: defaultMetrics,
    }),
  );
  const found = results.map(({ found }) => share(found, powerCount));
  const pairs = results.map(({ pairs }) => (pairs / powerCount).toFixed(1));
  line(`| ${100 * deviation} % | ${found.join(' | ')} | ${pairs.join(', ')} |`);
}
process.exit(hasFailed ? 1 : 0);
