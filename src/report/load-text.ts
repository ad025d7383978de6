/** What a producer test sent, in words: transactions, values, and what it came too late for. */
import type { ProducerResult } from '../results/result.ts';
import { count, milliseconds } from './text.ts';

/** What became of the transactions, in one line; null without transactions. */
export function transactionsText({ transactions }: Pick<ProducerResult, 'transactions'>): string | null {
  if (transactions === null) return null;
  const { committed, aborted, recordsAborted, unknown, recordsUnknown, commitTimeMs } = transactions;
  const dropped = aborted === 0 ? '' : `, ${count(aborted)} aborted with ${count(recordsAborted)} records`;
  const unanswered =
    unknown > 0 ? `, ${count(unknown)} with ${count(recordsUnknown)} records whose commit was not answered` : '';
  const time =
    commitTimeMs === null
      ? ''
      : `; a commit took ${milliseconds(commitTimeMs.mean)} on average, ${milliseconds(commitTimeMs.p99)} 99th, ${milliseconds(commitTimeMs.max)} max`;
  return `transactions: ${count(committed)} committed${dropped}${unanswered}${time}`;
}

/** Records that were due and never sent, in one line; null when there are none. */
export function unsentText({ recordsUnsent }: Pick<ProducerResult, 'recordsUnsent'>): string | null {
  if (recordsUnsent === 0) return null;
  return `${count(recordsUnsent)} records were due before the end of the test and not sent 5 s after it: the schedule is faster than the target or the generator`;
}

/** The line that announces a warm-up by time, in the manner of Kafka's line for a number of records. */
export const warmupTimeLine = (warmupMs: number): string =>
  `Warmup first ${warmupMs / 1e3} seconds. Steady state results will print after the complete test summary.`;

/** How many records a test was to settle: without an end by time as many as it was asked for, else what it came to. */
export const askedRecords = (recordCount: number, durationMs: number | null, result: ProducerResult): number =>
  durationMs === null ? recordCount : Math.min(recordCount, result.recordsSent + result.recordsFailed);
