/** Settings of transactions; Kafka's names in camelCase. */
export type TransactionSettings = {
  /** `transaction.max.timeout.ms`: longest time-out that a producer may ask for. */
  readonly maxTimeoutMs: number;
  /** `transaction.state.log.num.partitions`: partitions of `__transaction_state` when it is made. */
  readonly topicPartitions: number;
  /** `transaction.abort.timed.out.transaction.cleanup.interval.ms`: how often open transactions are looked at. */
  readonly timeoutCheckIntervalMs: number;
  /** `transactional.id.expiration.ms`: how long a transactional id is kept that nobody uses. */
  readonly transactionalIdExpirationMs: number;
  /** `producer.id.expiration.ms`: how long a partition remembers an idempotent producer that writes nothing. */
  readonly producerIdExpirationMs: number;
};

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Kafka's defaults but for the partitions of `__transaction_state`: 4, not 50. They spread load over brokers, of which there
 * is one, and each is a folder to be made.
 */
export const defaultTransactionSettings: TransactionSettings = {
  maxTimeoutMs: 900_000,
  topicPartitions: 4,
  timeoutCheckIntervalMs: 10_000,
  transactionalIdExpirationMs: 7 * DAY_MS,
  producerIdExpirationMs: DAY_MS,
};
