/** Whether a trial held: its limits, its rate, its records, and whether the generator could have done more. */
import type { RateTrial, RateTrialOutcome } from '../../results/find-rate-result.ts';
import { figureOf } from '../../results/step-figures.ts';
import type { TrialResult } from '../../results/workload-run.ts';
import { isWithin, type Limit } from './limit.ts';

/** What a trial was asked for. */
export type AskedTrial = {
  /** Records per second. */
  readonly rate: number;
  /** Warm-up included. */
  readonly seconds: number;
  readonly limits: readonly Limit[];
};

/** What a trial is judged by: all but when it ran. */
export type JudgedTrial = Pick<RateTrial, 'isHeld' | 'outcome' | 'reason' | 'figures' | 'achievedRate'>;

/** A schedule that is kept loses less than this to its ends. */
const reachedShare = 0.99;

/**
 * Whether a limit is of times that count from when records were due. A generator that was late only makes those longer, so that a target which
 * holds the limit all the same does hold it; a time that counts from the send hides what waited before.
 */
const countsFromDue = ({ figure }: Limit): boolean => /responsetimems\./i.test(figure);

const perSecond = (rate: number): string => `${Math.round(rate)} records/s`;

const missedLimit = (figures: JudgedTrial['figures'], limits: readonly Limit[]): string | null => {
  for (const limit of limits) {
    const value = figures[limit.figure] ?? null;
    if (value === null) return `${limit.text}: nothing was measured`;
    if (!isWithin(value, limit)) return `${limit.text}: it was ${Number(value.toPrecision(3))} ms`;
  }
  return null;
};

/**
 * Judges a trial.
 * @param failure what its own test says went wrong; null for nothing
 */
export const judgeTrial = (
  result: TrialResult,
  failure: string | null,
  { rate, seconds, limits }: AskedTrial,
): JudgedTrial => {
  const figures = Object.fromEntries(limits.map(({ figure }) => [figure, figureOf(result, figure)]));
  const records = 'recordsSent' in result ? result.recordsSent : result.recordsConsumed;
  // The last record may take as long to be acknowledged as the limits let it.
  const graceSeconds = Math.max(0, ...limits.map(({ boundMs }) => boundMs / 1e3));
  const achievedRate = records / Math.max(seconds, result.elapsedSeconds - graceSeconds);
  const judged = (outcome: RateTrialOutcome, reason: string): JudgedTrial => ({
    isHeld: outcome === 'held',
    outcome,
    reason,
    figures,
    achievedRate,
  });
  const verdict = 'verdict' in result ? result.verdict : null;
  const failed = 'recordsFailed' in result ? result.recordsFailed : 0;
  const unsent = 'recordsUnsent' in result ? result.recordsUnsent : 0;
  if (failed > 0 || result.failure !== null) return judged('failed', failure ?? `${failed} records failed`);
  const isShort = unsent > 0 || achievedRate < reachedShare * rate;
  const missed = isShort
    ? `${perSecond(achievedRate)} were reached of ${perSecond(rate)}`
    : missedLimit(figures, limits);
  if (verdict?.kind === 'generator-limited' && (missed !== null || !limits.every(countsFromDue)))
    return judged('generator', verdict.sentence);
  if (missed === null) return failure === null ? judged('held', 'held') : judged('failed', failure);
  if (verdict?.kind === 'machine-limited') return judged('machine', `${missed}; ${verdict.sentence}`);
  return judged(isShort ? 'rate' : 'latency', missed);
};
