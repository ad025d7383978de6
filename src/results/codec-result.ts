/** What a comparison of codecs found: run.json of `spillway compare-codecs`, and what its --json prints. */
import type { PayloadResult } from './load-result.ts';
import type { Environment, LatencySummary } from './result.ts';
import type { FigureRange } from './workload-run.ts';

/** Who does work for a record. */
export const codecRoles = ['producer', 'broker', 'consumer'] as const;

/** One of them. */
export type CodecRole = (typeof codecRoles)[number];

/** How a trial was driven: as fast as it goes, or all codecs at one rate. */
export type CodecPace = 'full-speed' | 'common-rate';

/** What one role's process took for a trial; null for what is not visible from here. */
export type RoleAccount = {
  /** Null for brokers that run elsewhere. */
  readonly pid: number | null;
  /** The measured stretches, seconds on CLOCK_MONOTONIC: what lies between trials is in no account. */
  readonly stretches: readonly (readonly [from: number, to: number])[];
  /** User and system time of the process with all its threads, seconds. */
  readonly cpuSeconds: number | null;
  /** Through the sockets between clients and brokers; a broker's are what its clients in this test sent and received. */
  readonly sentBytes: number | null;
  readonly receivedBytes: number | null;
  /** `write_bytes` of /proc/PID/io: whole pages; 0 when the data lies on tmpfs. */
  readonly diskBytesWritten: number | null;
};

/** One trial: records that one role wrote and the other one read. */
export type CodecTrial = {
  /** As asked for, such as `zstd:3`. */
  readonly codec: string;
  readonly pace: CodecPace;
  /** From 1. */
  readonly round: number;
  readonly topic: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Why it counts for nothing, in one line; null when all records were written and read in time. */
  readonly failure: string | null;
  /** Null when nothing was measured. */
  readonly measured: CodecMeasurement | null;
};

/** What was measured in a trial. Rates and latencies leave the first part of the time out, accounts and sizes do not. */
export type CodecMeasurement = {
  /** Acknowledged, and read again. */
  readonly records: number;
  /** Of their values. */
  readonly payloadBytes: number;
  readonly batches: number;
  /** Records in batches, as the format has them, without the header of 61 bytes of each batch. */
  readonly bytesBeforeCompression: number;
  readonly bytesAfterCompression: number;
  /** What the producers' sockets sent. */
  readonly wireBytes: number;
  /** What the topic takes on disk, all replicas together; null when brokers do not say. */
  readonly logBytes: number | null;
  readonly produced: { readonly recordsPerSecond: number; readonly mebibytesPerSecond: number };
  readonly consumed: { readonly recordsPerSecond: number; readonly mebibytesPerSecond: number };
  /** Due to acknowledged; null at full speed. */
  readonly responseTimeMs: LatencySummary | null;
  /** Send to acknowledged. */
  readonly serviceTimeMs: LatencySummary | null;
  /** Kind of the verdict on what limited the producer. */
  readonly limit: string;
  /** What did the codec's work. */
  readonly implementation: string | null;
  readonly roles: Readonly<Record<CodecRole, RoleAccount>>;
};

/** The trials of a codec at one pace, summed up. */
export type CodecPaceSummary = {
  readonly trialsDone: number;
  readonly trialsFailed: number;
  /** Medians and ranges by name, such as `ratio` and `broker.cpuSecondsPerMillion`; those that every trial has. */
  readonly figures: Readonly<Record<string, FigureRange>>;
};

/** A codec with what its trials came to. */
export type CodecSummary = {
  readonly codec: string;
  /** The client's properties that choose it. */
  readonly settings: Readonly<Record<string, string>>;
  readonly implementation: string | null;
  readonly fullSpeed: CodecPaceSummary;
  readonly commonRate: CodecPaceSummary;
};

/** Which codec to take, and why. */
export type CodecRecommendation = {
  readonly codec: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Two sentences. */
  readonly text: string;
  /** The rule in words. */
  readonly rule: string;
  /** Codecs that the trials do not tell from it by that rule. */
  readonly notTold: readonly string[];
};

/** All of it. */
export type CodecComparison = {
  readonly schemaVersion: 1;
  readonly command: 'compare-codecs';
  /** What the names of the trials' topics begin with. */
  readonly topic: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly elapsedSeconds: number;
  /** `a broker of our own`, or bootstrap servers. */
  readonly target: string;
  /** Where the values come from, in words. */
  readonly source: string;
  readonly rounds: number;
  readonly secondsPerTrial: number;
  /** Records per second of the second part; null when the first one did not find one. */
  readonly commonRate: number | null;
  readonly payload: PayloadResult | null;
  readonly codecs: readonly CodecSummary[];
  readonly recommendation: CodecRecommendation | null;
  /** What is to be known of the figures, one sentence each. */
  readonly notes: readonly string[];
  readonly trials: readonly CodecTrial[];
  readonly isInterrupted: boolean;
  /** Why it ended before its last trial; null when it did not. */
  readonly failure: string | null;
  readonly environment: Environment;
  /** Effective settings by Kafka's names, and the command line. */
  readonly configuration: {
    readonly plan: unknown;
    readonly producer: Readonly<Record<string, string | number | boolean>>;
    readonly consumer: Readonly<Record<string, string | number | boolean>>;
    readonly broker: Readonly<Record<string, string | number | boolean>> | null;
  };
  readonly runRecord: string | null;
};

/** run.json of a comparison that ended; null for anything else. */
export const codecComparison = (run: unknown): CodecComparison | null => {
  if (typeof run !== 'object' || run === null || !('command' in run) || run.command !== 'compare-codecs') return null;
  if (!('codecs' in run) || !Array.isArray(run.codecs) || !('trials' in run) || !Array.isArray(run.trials)) return null;
  // The one place where bytes become a comparison: version 1 is what compare-codecs writes.
  return run as CodecComparison;
};
