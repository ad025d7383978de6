/** What `spillway io-test` found: how fast this machine does what brokers and clients are made of. */
import type { Storage } from '../measure/storage.ts';
import type { Environment } from './result.ts';
import type { FigureRange } from './workload-run.ts';

/** What is measured together. */
export const ioGroups = ['write', 'read', 'socket', 'bytes', 'codec'] as const;

/** One of `ioGroups`. */
export type IoGroup = (typeof ioGroups)[number];

/** How long calls took, all rounds together, microseconds. */
export type CallTimes = { readonly p50: number; readonly p99: number; readonly max: number };

/** One measure. */
export type IoMeasure = {
  /** Such as `append-grouped`. */
  readonly name: string;
  readonly group: IoGroup;
  /** In words. */
  readonly title: string;
  /** What a call is, in words: `1 write`, `16 writes and a sync`. */
  readonly call: string;
  readonly bytesPerCall: number;
  /** What does the work where there is a choice: a library with its version, or the way that the page cache is gone round; else null. */
  readonly by: string | null;
  /** `failed` is what the system refused, `skipped` what cannot be had here, `unfinished` what was not come to. */
  readonly state: 'measured' | 'skipped' | 'failed' | 'unfinished';
  /** Why it was not measured; null when it was. */
  readonly reason: string | null;
  /** What one should know of the figures; null for nothing. */
  readonly note: string | null;
  /** 2^20 bytes a second, over the rounds; null when it was not measured. */
  readonly mebibytesPerSecond: FigureRange | null;
  readonly callUs: CallTimes | null;
  /** Calls that were timed. */
  readonly calls: number;
  readonly rounds: number;
};

/** What was asked for. */
export type IoTestPlan = {
  /** Folder in which a folder for the files is made. */
  readonly dataDir: string;
  /** Of each of at most two files. */
  readonly sizeBytes: number;
  /** For each measure, over its rounds. */
  readonly timeMs: number;
  /** Names of measures. */
  readonly measures: readonly string[];
};

/** What is known of a run before its first measure. */
type IoTestHead = {
  readonly schemaVersion: 1;
  readonly command: 'io-test';
  /** ISO 8601. */
  readonly startedAt: string;
  readonly plan: IoTestPlan;
};

/** run.json of an io-test that has not ended, or was killed. */
export type PartialIoTest = { readonly isPartial: true } & IoTestHead;

/** run.json of an io-test that ended, and what its --json prints. */
export type IoTestResult = { readonly isPartial: false } & IoTestHead & {
    readonly elapsedSeconds: number;
    readonly environment: Environment;
    readonly storage: Storage;
    /** Part of all processors' time that other programs and the hypervisor took meanwhile, 0 to 1; null where it cannot be read. */
    readonly othersCpuShare: number | null;
    readonly measures: readonly IoMeasure[];
    readonly isInterrupted: boolean;
    /** Folder of the run record; null when none was kept. */
    readonly runRecord: string | null;
  };
