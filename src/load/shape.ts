/** The shape of a load: when records are due and when it ends, what keys, headers and transactions they have. */
import type { KeySpec } from './keys.ts';
import type { PaceSpec } from './pace.ts';

/** Transactions of a producer that has a `transactional.id`. */
export type TransactionSpec = {
  /** Records of each producer after which a transaction ends; null leaves it to the time. */
  readonly records: number | null;
  /** Age at which a transaction ends, milliseconds; null leaves it to the records. */
  readonly durationMs: number | null;
  /** Share of the transactions that are aborted, 0 to 1. */
  readonly abortRate: number;
  /** Decides which ones. */
  readonly seed: number;
};

/** The shape of a load; plain data, kept in the run record. */
export type LoadShape = {
  /** The schedule of all producers together; null sends as fast as possible. */
  readonly pace: PaceSpec | null;
  /** Turn in the event loop, instead of sleeping, until a record is due. */
  readonly isSpinning: boolean;
  /** No record is due, or without a schedule sent, this long after the start or later, milliseconds; null has no such end. */
  readonly durationMs: number | null;
  /** What is due, or without a schedule sent, before this is warm-up, milliseconds; null leaves it to a number of records. */
  readonly warmupDurationMs: number | null;
  /** Null sends records without keys. */
  readonly keys: KeySpec | null;
  /** What every record carries. */
  readonly headers: readonly (readonly [key: string, value: string])[];
  /** Null without transactions. */
  readonly transactions: TransactionSpec | null;
};

/** As fast as possible, with nothing but values. */
export const plainShape: LoadShape = {
  pace: null,
  isSpinning: false,
  durationMs: null,
  warmupDurationMs: null,
  keys: null,
  headers: [],
  transactions: null,
};
