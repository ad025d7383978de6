/** What `spillway side-by-side` found: trials of several load generators against one target, in turn. */
import type { ExternalLatency } from './external-result.ts';

/** One trial; null for what the program does not tell or what cannot be read here. */
export type SideBySideTrial = {
  readonly caseName: string;
  /** Name of the generator. */
  readonly tool: string;
  /** Rounds count from 1; 0 is the uncounted run that finds how many records a producer sends, which is kept when it failed. */
  readonly round: number;
  readonly topic: string;
  /** As the program says. */
  readonly records: number | null;
  readonly recordsPerSecond: number | null;
  readonly mebibytesPerSecond: number | null;
  /** Producers: what the topic grew by, over the time from the first record's time stamp to the last one's. */
  readonly outsideRecordsPerSecond: number | null;
  /** From the program's start to its end, seconds. */
  readonly wallSeconds: number;
  readonly cpuUsPerRecord: number | null;
  readonly peakRssBytes: number | null;
  readonly brokerCpuUsPerRecord: number | null;
  readonly latencyMs: Pick<ExternalLatency, 'p50' | 'p99'> | null;
  /** Producers: from the program's start to its first record's time stamp. */
  readonly secondsToFirstRecord: number | null;
  /** Why the trial counts for nothing; null when it went well. */
  readonly failure: string | null;
};

/** A case: the same work for every generator. */
export type SideBySideCase = {
  readonly name: string;
  readonly title: string;
  readonly kind: 'producer' | 'consumer';
  readonly recordBytes: number;
  /** What differs from Kafka's defaults. */
  readonly properties: Readonly<Record<string, string>>;
};

/** What is compared with a target: one figure of a generator over that of another. */
export type SideBySideTarget = {
  readonly caseName: string;
  readonly title: string;
  readonly figure: 'rate' | 'recordsPerCpuSecond' | 'peakRss' | 'secondsToFirstRecord' | 'brokerCpu';
  readonly tool: string;
  readonly other: string;
  /** At least this for rates, at most this for the others. */
  readonly bound: number;
};

/** A generator that is not installed, or that cannot be asked for a case; of one that failed there is a trial. */
export type AbsentTool = { readonly tool: string; readonly caseName: string | null; readonly reason: string };

/** All of it. */
export type SideBySideResult = {
  readonly schemaVersion: 1;
  readonly command: 'side-by-side';
  /** ISO 8601. */
  readonly startedAt: string;
  readonly target: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string | null>>;
  readonly environment: Readonly<Record<string, string | number | boolean | null>>;
  readonly cases: readonly SideBySideCase[];
  readonly trials: readonly SideBySideTrial[];
  readonly targets: readonly SideBySideTarget[];
  readonly absent: readonly AbsentTool[];
  readonly notes: readonly string[];
  readonly isInterrupted: boolean;
};
