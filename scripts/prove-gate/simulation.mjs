// The gate's two error rates by simulation: comparisons are drawn from what real trials measured.
import { table } from '../bench/table.mjs';
import { fromDist } from '../calibrate/dist.mjs';
import { shareText, upperBound } from './bounds.mjs';
import { readNoise } from './recording.mjs';

const { decideMetrics } = await fromDist('measure/statistics/metric-verdict.js');
const { defaultAlpha, isSettled } = await fromDist('measure/statistics/compare-runs.js');
const { randomIndex, randomUnits } = await fromDist('measure/statistics/random.js');
const { defaultMostPairs, designWith, looksFor } = await fromDist('harness/regress/design.js');
const { usualMetrics } = await fromDist('harness/regress/trial-figures.js');

/** @typedef {import('./recording.mjs').Recording} Recording */
/** @typedef {{ key: string, name: string, better: 'larger' | 'smaller', threshold: number }} Metric */
/** @typedef {{ recording: Recording, metrics: readonly Metric[], slower: readonly Metric[], times: number }} Setting */

/** How often an effect of so many thresholds has to be found. */
const wanted = /** @type {const} */ ([
  [2, 0.8],
  [3, 0.95],
  [4, 0.99],
]);

/** The most false alarms, at the upper bound. */
const mostAlarms = 0.01;

/**
 * A metric whose trials stray by no more than so many of its thresholds is held to what has to be found. With more noise 30 pairs cannot do it, by
 * `prove-statistics`: then a verdict says how many pairs would be needed, and the table shows how much is found all the same.
 */
const mostNoise = 1.5;

/**
 * The pairs of one comparison: as many trials in a row as it needs, from anywhere in the recording, so that their drift stays in them. In each pair a
 * coin says which trial is the candidate's; its figures get worse by the effect.
 * @param {Setting} setting
 * @param {() => number} random
 */
const drawPairs = ({ recording, metrics, slower, times }, random) => {
  const { keys, trials } = recording;
  const start = randomIndex(random, trials.length - 2 * defaultMostPairs + 1);
  const effects = keys.map((key) => {
    const metric = slower.find((each) => each.key === key);
    return metric === undefined ? 1 : 1 + times * metric.threshold * (metric.better === 'larger' ? -1 : 1);
  });
  const columns = metrics.map(({ key }) => keys.indexOf(key));
  const figuresOf = (/** @type {number} */ place, /** @type {boolean} */ isCandidate) =>
    Object.fromEntries(
      metrics.map(({ key }, index) => {
        const column = columns[index] ?? 0;
        return [key, (trials[place]?.[column] ?? 0) * (isCandidate ? (effects[column] ?? 1) : 1)];
      }),
    );
  const sides = { baseline: /** @type {any[]} */ ([]), candidate: /** @type {any[]} */ ([]), isPaired: true };
  for (let pair = 0; pair < defaultMostPairs; pair++) {
    const isFirst = random() < 0.5;
    sides.candidate.push(figuresOf(start + 2 * pair + (isFirst ? 0 : 1), true));
    sides.baseline.push(figuresOf(start + 2 * pair + (isFirst ? 1 : 0), false));
  }
  return sides;
};

/** Compares as `spillway regress` does with its default budget of pairs, and stops when it would. @param {any} sides @param {readonly Metric[]} metrics @param {any} design */
const compare = (sides, metrics, design) => {
  /** @type {any[]} */
  let decisions = [];
  let pairs = 0;
  for (const [look, pairCount] of design.lookAt.entries()) {
    pairs = pairCount;
    const seen = { ...sides, baseline: sides.baseline.slice(0, pairs), candidate: sides.candidate.slice(0, pairs) };
    decisions = decideMetrics(seen, metrics, (/** @type {number} */ among) => design.level(look, among));
    if (isSettled(decisions.map(({ verdict }) => verdict))) break;
  }
  return { decisions, pairs };
};

/** @param {Setting} setting @param {number} count @param {number} seed */
const simulate = (setting, count, seed) => {
  const random = randomUnits(seed);
  const design = designWith(looksFor(defaultMostPairs), defaultAlpha, setting.metrics.length);
  const counts = { slower: 0, changed: 0, undecided: 0, found: 0, pairs: 0 };
  for (let round = 0; round < count; round++) {
    const { decisions, pairs } = compare(drawPairs(setting, random), setting.metrics, design);
    const verdicts = decisions.map(({ verdict }) => verdict);
    if (verdicts.includes('slower')) counts.slower++;
    if (verdicts.includes('slower') || verdicts.includes('faster')) counts.changed++;
    if (verdicts.includes('undecided')) counts.undecided++;
    const isFound = decisions.some(
      ({ metric, verdict }) => verdict === 'slower' && setting.slower.some(({ key }) => key === metric.key),
    );
    if (isFound) counts.found++;
    counts.pairs += pairs;
  }
  return counts;
};

/** The standard deviation of a trial about its neighbours, as a share: what pairs see. @param {Recording} recording @param {string} key */
const noiseOf = ({ keys, trials }, key) => {
  const column = keys.indexOf(key);
  const logs = trials.map((row) => Math.log(row[column] ?? 1));
  const steps = logs.slice(1).map((value, place) => (value - (logs[place] ?? 0)) ** 2);
  return Math.sqrt(steps.reduce((sum, step) => sum + step, 0) / steps.length / 2);
};

/**
 * Both tables.
 * @param {{ noise: string, comparisons: number, powerComparisons: number, seed: number }} options
 * @returns {{ text: string, isMet: boolean }}
 */
export const simulationTables = ({ noise: noiseFile, comparisons, powerComparisons, seed }) => {
  const { recordings, recordedAt, machine } = readNoise(noiseFile);
  const say = (/** @type {string} */ text) => process.stderr.write(`prove-gate: ${text}\n`);
  let isMet = true;
  let tooNoisy = 0;
  /** @type {string[][]} */
  const alarms = [];
  /** @type {string[][]} */
  const power = [];
  for (const recording of recordings) {
    const { workload, keys, trials } = recording;
    if (trials.length < 2 * defaultMostPairs)
      throw new Error(`${workload}: ${2 * defaultMostPairs} trials or more are needed; --record makes them`);
    /** @type {readonly Metric[]} */
    const metrics = usualMetrics.filter((/** @type {Metric} */ { key }) => keys.includes(key));
    say(`${workload}: ${comparisons} comparisons of equal sides`);
    const equal = simulate({ recording, metrics, slower: [], times: 0 }, comparisons, seed);
    const bound = upperBound(equal.slower, comparisons);
    if (bound > mostAlarms) isMet = false;
    alarms.push([
      workload,
      `${metrics.length}`,
      shareText(equal.slower, comparisons),
      `${(100 * bound).toFixed(2)} %`,
      shareText(equal.changed, comparisons),
      shareText(equal.undecided, comparisons, 1),
      (equal.pairs / comparisons).toFixed(1),
    ]);
    const cases = [
      ...metrics.map((metric) => ({
        name: metric.name,
        slower: [metric],
        noise: noiseOf(recording, metric.key),
        most: mostNoise * metric.threshold,
      })),
      { name: 'all of them', slower: metrics, noise: null, most: 0 },
    ];
    for (const { name, slower, noise, most } of cases) {
      const isHeld = noise === null || noise <= most;
      if (!isHeld) tooNoisy++;
      const found = wanted.map(([times, share]) => {
        say(`${workload}, ${name}: ${powerComparisons} comparisons with ${times} times the threshold`);
        const counts = simulate({ recording, metrics, slower, times }, powerComparisons, seed + times);
        const isReached = counts.found / powerComparisons >= share;
        if (isHeld && !isReached) isMet = false;
        return `${shareText(counts.found, powerComparisons, 1)}${isHeld && !isReached ? ' (too few)' : ''}`;
      });
      power.push([
        workload,
        name,
        noise === null ? '' : `${(100 * noise).toFixed(1)} %`,
        ...found,
        isHeld ? 'yes' : 'no: too noisy',
      ]);
    }
  }
  const text = [
    `${recordings.map(({ workload, trials }) => `${trials.length} trials of ${workload}`).join(' and ')}, recorded ${recordedAt.slice(0, 10)} (${machine}).`,
    '',
    `Equal sides, ${comparisons} comparisons each; at most ${100 * mostAlarms} % may be false alarms at the upper 95 % bound:`,
    '',
    table(
      ['workload', 'metrics', 'slower', 'its upper 95 % bound', 'slower or faster', 'undecided', 'pairs, in the mean'],
      alarms,
    ),
    '',
    `A slowdown of 2, 3 and 4 times a metric's threshold, ${powerComparisons} comparisons each; ${wanted.map(([, share]) => `${100 * share} %`).join(', ')} have to be found where trials stray by no more than ${mostNoise} thresholds:`,
    '',
    table(
      ['workload', 'what is slower', 'noise of a trial', '2 x found', '3 x found', '4 x found', 'held to the target'],
      power,
    ),
    ...(tooNoisy === 0
      ? []
      : [
          '',
          `${tooNoisy} of ${power.length} rows stray by more on this machine, and are not held to them: there the gate says that it cannot tell, and how many pairs it would take.`,
        ]),
  ].join('\n');
  return { text, isMet };
};
