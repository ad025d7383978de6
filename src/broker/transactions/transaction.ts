/** Where a transaction stands, numbered as in `__transaction_state` (Kafka's `TransactionState`). */
export const TransactionStatus = {
  EMPTY: 0,
  ONGOING: 1,
  PREPARE_COMMIT: 2,
  PREPARE_ABORT: 3,
  COMPLETE_COMMIT: 4,
  COMPLETE_ABORT: 5,
} as const;

/** One of the numbers of `TransactionStatus`. */
export type TransactionStatus = (typeof TransactionStatus)[keyof typeof TransactionStatus];

/** What admin clients call the states. */
export const STATUS_NAMES: Readonly<Record<TransactionStatus, string>> = {
  0: 'Empty',
  1: 'Ongoing',
  2: 'PrepareCommit',
  3: 'PrepareAbort',
  4: 'CompleteCommit',
  5: 'CompleteAbort',
};

/** One partition that a transaction writes to. */
export type TransactionPartition = { readonly topic: string; readonly index: number };

/** What is kept of a transactional id; replaced as a whole when it changes. */
export type TransactionRecord = {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly status: TransactionStatus;
  /** Longest time a transaction may stay open, milliseconds. */
  readonly timeoutMs: number;
  /** Partitions of the open transaction, by `topic-index`. */
  readonly partitions: ReadonlyMap<string, TransactionPartition>;
  /** When the open transaction began, milliseconds since the epoch; -1 when none is open. */
  readonly startedMs: number;
  /** When this record was made, milliseconds since the epoch. */
  readonly updatedMs: number;
};

/** A transactional id. */
export type Transaction = {
  readonly transactionalId: string;
  record: TransactionRecord;
  /** Id and epoch before the last raise, or -1: a producer that repeats its InitProducerId still gives these. */
  lastId: number;
  lastEpoch: number;
  /** True while a change is being written; others are told CONCURRENT_TRANSACTIONS. */
  isChanging: boolean;
};

/** The name by which a transaction knows a partition. */
export const partitionKey = ({ topic, index }: TransactionPartition): string => `${topic}-${index}`;

/** No partitions. */
export const NO_PARTITIONS: ReadonlyMap<string, TransactionPartition> = new Map();
