import type { Delay } from './fault.ts';
import { MAX_FAULT_MS } from './limits.ts';
import type { Random } from './random.ts';

/** A source of delays in milliseconds, 0 to `MAX_FAULT_MS`: those of a long tail are cut there. */
export const delayTimes = (delay: Delay, random: Random): (() => number) => {
  const draw = drawOf(delay, random);
  return () => Math.min(draw(), MAX_FAULT_MS);
};

const drawOf = (delay: Delay, random: Random): (() => number) => {
  if ('ms' in delay) return () => delay.ms;
  if ('uniform' in delay) {
    const { minMs, maxMs } = delay.uniform;
    return () => minMs + random() * (maxMs - minMs);
  }
  if ('exponential' in delay) return () => -delay.exponential.meanMs * Math.log(1 - random());
  if ('bimodal' in delay) {
    const { lowMs, highMs, highShare } = delay.bimodal;
    return () => (random() < highShare ? highMs : lowMs);
  }
  const { medianMs, sigma } = delay.lognormal;
  return () => medianMs * Math.exp(sigma * normal(random));
};

/** A draw from the standard normal distribution (Box and Muller's transform). */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
