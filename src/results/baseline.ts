/** A stored baseline: what its file holds. */
import type { RegressionMetricName } from './regression-result.ts';
import type { Environment } from './result.ts';

/** Version of baseline files that this program writes, and the only one that it reads. */
export const baselineSchemaVersion = 1;

/** Which work was measured: trials of different workloads are never compared. */
export type WorkloadIdentity = {
  readonly name: string;
  /** Of all that decides what a trial does: settings, topic, and our own broker's; not of the target's address, nor of what a side overrides. */
  readonly fingerprint: string;
  /** The settings by name, as text, to show what differs. */
  readonly settings: Readonly<Record<string, string>>;
};

/**
 * How trials ran: *apart*, each in a process of its own with a broker of its own, as `spillway regress` runs them; or *together*, one after the
 * other in one process on one broker, as `spillway run` does. What runs together is warm from the trials before: the two are never compared.
 */
export type TrialsRan = 'apart' | 'together';

/** One trial of a baseline. */
export type BaselineTrial = {
  /** ISO 8601. */
  readonly startedAt: string;
  /** By the key of a metric; null for what was not measured. */
  readonly figures: Readonly<Record<string, number | null>>;
  /** At the baseline's `quantiles`, milliseconds; null without latencies. */
  readonly quantilesMs: readonly number[] | null;
};

/** A baseline file. */
export type Baseline = {
  readonly kind: 'spillway-baseline';
  readonly schemaVersion: typeof baselineSchemaVersion;
  readonly name: string;
  /** ISO 8601. */
  readonly savedAt: string;
  /** The run record that it was saved from, by its folder's name, and the side of a comparison. */
  readonly source: string;
  /** Null for figures of a program without a workload. */
  readonly workload: WorkloadIdentity | null;
  readonly trialsRan: TrialsRan;
  /** What the figures are. */
  readonly metrics: readonly RegressionMetricName[];
  /** What a comparison must share; see `environmentOf`. */
  readonly environment: Environment;
  readonly quantiles: readonly number[];
  readonly trials: readonly BaselineTrial[];
};
