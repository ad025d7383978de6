/** What `spillway find-rate` found: the highest rate at which a limit on latencies holds. The same document is printed by --json and kept. */
import type { Environment } from './result.ts';
import type { TrialResult } from './workload-run.ts';

/**
 * Why a trial held, or did not: `held`; `latency`: a limit was passed; `rate`: fewer records were acknowledged than were due; `failed`:
 * records failed; `generator`: the load generator was the limit; `machine`: a limit or the rate was missed, and this machine had no more
 * processors to give.
 */
export type RateTrialOutcome = 'held' | 'latency' | 'rate' | 'failed' | 'generator' | 'machine';

/** One trial, in the order in which they ran. */
export type RateTrial = {
  /** Records per second that were asked for. */
  readonly rate: number;
  /** `bracket`: rates grow until one does not hold; `bisect`: where most is learned; `repeat`: at the rate that was found. */
  readonly phase: 'bracket' | 'bisect' | 'repeat';
  /** ISO 8601. */
  readonly startedAt: string;
  readonly isHeld: boolean;
  readonly outcome: RateTrialOutcome;
  /** The outcome in one line. */
  readonly reason: string;
  /** Values of the figures that the limits are of, milliseconds, warm-up left out; null without samples. */
  readonly figures: Readonly<Record<string, number | null>>;
  /** Records per second that were acknowledged. */
  readonly achievedRate: number;
  readonly result: TrialResult;
};

/** What the search found out about the edge, records per second. */
export type RateEdge = {
  /** Null when all trials held, or none did. */
  readonly median: number | null;
  /** When all trials held, the highest rate of them; null when none did. */
  readonly least: number | null;
  /** When no trial held, the lowest rate of them; null when all did: no upper end was seen. */
  readonly most: number | null;
  /** Probability that the edge lies between `least` and `most`, 0 to 1; null when one of them is. */
  readonly confidence: number | null;
};

/** Why the search ended; see `Found` in the harness. */
export type RateSearchEnd = 'found' | 'most-rate' | 'none-held' | 'most-trials' | 'own-limit' | 'stopped';

/** What kept the rate from being higher; null where no trial failed. */
export type RateLimitedBy = 'target' | 'generator' | 'machine' | null;

/** What is known before the first trial. */
export type FindRatePlan = {
  readonly schemaVersion: 1;
  readonly command: 'find-rate';
  /** What names of topics begin with: each trial has one of its own. */
  readonly topic: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The command line, without secrets. */
  readonly argv: readonly string[];
  /** The test of a trial, without its rate; secrets are hidden. */
  readonly plan: unknown;
  /** As they were given. */
  readonly limits: readonly string[];
  /** Of a trial, after its warm-up, seconds. */
  readonly trialSeconds: number;
  readonly warmupSeconds: number;
  /** Width of the interval that was asked for, as a share of the rate. */
  readonly precision: number;
  readonly environment: Environment;
};

/** What the search found. */
export type FindRateResult = FindRatePlan & {
  readonly elapsedSeconds: number;
  readonly isInterrupted: boolean;
  /** Why the search ended before it had found the rate, in one line; null when it did not. */
  readonly failure: string | null;
  readonly end: RateSearchEnd;
  /** The highest rate that held in more than half of its trials, records per second; null when there is none. */
  readonly rate: number | null;
  readonly trialsAtRate: number;
  readonly heldAtRate: number;
  /** Null before the first trial. */
  readonly edge: RateEdge | null;
  readonly limitedBy: RateLimitedBy;
  readonly trials: readonly RateTrial[];
  /** Folder of the run record; null when none was kept. */
  readonly runRecord: string | null;
};
