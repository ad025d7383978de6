/** What a producer test says about what it sent: the values, and the transactions. */
import type { LatencySummary } from '../measure/histogram.ts';

/** The values that were sent, as a sample of them shows. */
export type PayloadResult = {
  /** Of the sample, bytes. */
  readonly meanValueBytes: number;
  /** Of the values that records take turns with, bytes; null when the value is the record's index. */
  readonly longestValueBytes: number | null;
  /** Compressed size by size of batches of 64 KiB, before the test, by codec at its default level; a codec that is not available is left out. */
  readonly measuredCompressibility: Readonly<Record<string, number>>;
};

/** The transactions of all producers. */
export type TransactionsResult = {
  readonly committed: number;
  /** Ended without a commit being asked for, even when the abort was refused or not answered. */
  readonly aborted: number;
  /** Acknowledged records in the aborted ones; `recordsSent` counts them, too. */
  readonly recordsAborted: number;
  /** Those whose commit was asked for and not answered: the coordinator may have committed or aborted them. */
  readonly unknown: number;
  /** Acknowledged records in the unknown ones; `recordsSent` counts them, too. */
  readonly recordsUnknown: number;
  /** From the decision to commit, with the sending of what is pending, to the coordinator's answer; null when none was committed. */
  readonly commitTimeMs: LatencySummary | null;
};
