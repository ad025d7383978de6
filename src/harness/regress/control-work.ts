/** A fixed piece of work that runs between trials: how long it takes is the machine's doing and no side's. */
import { outliersOf } from '../../measure/statistics/outliers.ts';
import { trendOf } from '../../measure/statistics/trend.ts';
import type { ControlTrials } from '../../results/regression-result.ts';

/** One control trial. */
export type ControlTrial = ControlTrials['trials'][number];

const words = 1 << 18;
const rounds = 60;
const noteLevel = 0.01;
const leastTrials = 3;

/** Memory to walk through: 1 MiB, which stays in a cache of its core. */
const memory = new Uint32Array(words);

/** Mixes a MiB of memory sixty times over, without an allocation; about 40 ms. @returns milliseconds */
export const controlWork = (): number => {
  const began = performance.now();
  let state = 0x9e3779b9;
  for (let round = 0; round < rounds; round++)
    for (let place = 0; place < words; place++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      memory[place] = ((memory[place] ?? 0) + state) >>> 0;
    }
  return performance.now() - began;
};

/** What the control trials say of the machine; null when there were too few to say anything. */
export const describeControl = (trials: readonly ControlTrial[]): ControlTrials | null => {
  if (trials.length < leastTrials) return null;
  const times = trials.map(({ milliseconds }) => Math.log(milliseconds));
  const trend = trendOf(times);
  const outliers = outliersOf(times);
  const drift =
    trend.p > noteLevel
      ? []
      : [
          `the machine became ${trend.slope > 0 ? 'slower' : 'faster'} while trials ran: control work changed by about ${(100 * Math.expm1(trend.slope)).toFixed(1)} % from one pair to the next`,
        ];
  const apart = outliers.filter(({ score }) => score > 0).map(({ place }) => trials[place]?.beforeOrder ?? 0);
  return {
    work: 'mixing a MiB of memory sixty times in this process',
    trials,
    trend,
    outliers: outliers.map(({ place, score }) => ({ place, score: Number.isFinite(score) ? score : null })),
    notes: [
      ...drift,
      ...(apart.length === 0
        ? []
        : [
            `the machine was held up ${apart.length === 1 ? 'once' : `${apart.length} times`}: control work took longer before trial ${apart.join(', ')}; these trials count like the others`,
          ]),
    ],
  };
};
