import type { ErrorName } from '../../protocol/errors.ts';
import { encodeMarkerBatch } from '../../protocol/transaction-marker.ts';
import { appendInternally } from '../internal-append.ts';
import type { BrokerState } from '../state.ts';
import { OFFSETS_TOPIC } from '../topics.ts';
import type { TransactionSettings } from './settings.ts';
import {
  NO_PARTITIONS,
  partitionKey,
  type Transaction,
  type TransactionPartition,
  type TransactionRecord,
  TransactionStatus,
} from './transaction.ts';
import { newRecord, TransactionLog } from './transaction-log.ts';

/** The last epoch of a producer id; the next producer gets another id (Kafka keeps 32767 for the coordinator's own use). */
const LAST_EPOCH = 32_766;
const NO_EPOCH = -1;
/** Epoch of this coordinator: there is one broker, and it never hands its transactions over. */
export const COORDINATOR_EPOCH = 0;

const { EMPTY, ONGOING, PREPARE_COMMIT, PREPARE_ABORT, COMPLETE_COMMIT, COMPLETE_ABORT } = TransactionStatus;

/** What the coordinator needs of the broker. */
export type TransactionHost = Pick<BrokerState, 'topics' | 'appends' | 'settings' | 'producerIds' | 'journal'> & {
  /** Consumer groups whose offsets a transaction commits. */
  readonly groups: {
    /** Makes the offsets of the producer's open transaction count, or drops them. */
    completeTransaction(producerId: number, isCommit: boolean): void;
  };
};

/** A producer's id and epoch. */
export type ProducerIdentity = { readonly producerId: number; readonly producerEpoch: number };

/** An answer that is Kafka's error. */
export class TransactionError extends Error {
  override readonly name = 'TransactionError';
  readonly error: ErrorName;
  constructor(error: ErrorName) {
    super(error);
    this.error = error;
  }
}

/**
 * The transaction coordinator (KIP-98, transaction version 1): which producer owns a transactional id, what its open
 * transaction writes to, and its end in two steps: the decision in `__transaction_state`, then a marker in every partition.
 * What a crash interrupts between the two is completed at the next start.
 */
export class TransactionCoordinator {
  readonly #broker: TransactionHost;
  readonly #settings: TransactionSettings;
  readonly #log: TransactionLog;
  readonly #byId = new Map<string, Transaction>();
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(broker: TransactionHost) {
    this.#broker = broker;
    this.#settings = broker.settings.transactions;
    this.#log = new TransactionLog(broker);
  }

  /** Reads all states, completes what a crash left between decision and markers, and begins to watch for time-outs. */
  async start(): Promise<void> {
    for (const [transactionalId, record] of await this.#log.load()) {
      const transaction: Transaction = { transactionalId, record, lastId: -1, lastEpoch: NO_EPOCH, isChanging: false };
      this.#byId.set(transactionalId, transaction);
      if (record.status === PREPARE_COMMIT || record.status === PREPARE_ABORT) await this.#complete(transaction);
    }
    this.#timer = setInterval(() => this.#lookAround(), this.#settings.timeoutCheckIntervalMs);
    this.#timer.unref();
  }

  /** Ends the watch for time-outs. What is on its way to its end then ends at the next start, which needs no word. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** All transactional ids. */
  all(): Iterable<Transaction> {
    return this.#byId.values();
  }

  get(transactionalId: string): Transaction | undefined {
    return this.#byId.get(transactionalId);
  }

  /**
   * Gives a transactional id its producer: a raised epoch, so that older producers are fenced; an open transaction is
   * aborted first. `expected` is what the producer says it has (KIP-360), or null.
   * @throws TransactionError
   */
  async initProducer(
    transactionalId: string,
    timeoutMs: number,
    expected: ProducerIdentity | null,
  ): Promise<ProducerIdentity> {
    if (transactionalId === '') throw new TransactionError('INVALID_REQUEST');
    if (timeoutMs <= 0 || timeoutMs > this.#settings.maxTimeoutMs)
      throw new TransactionError('INVALID_TRANSACTION_TIMEOUT');
    let transaction = this.#byId.get(transactionalId);
    if (transaction === undefined) {
      const record = newRecord(this.#broker.producerIds.take(), timeoutMs);
      transaction = { transactionalId, record, lastId: -1, lastEpoch: NO_EPOCH, isChanging: false };
      this.#byId.set(transactionalId, transaction);
    }
    this.#refuseWhileChanging(transaction);
    if (expected !== null) checkExpected(transaction, expected);
    if (transaction.record.status === ONGOING) {
      await this.#fence(transaction);
      expected = null;
    }
    const { producerId, producerEpoch } = transaction.record;
    // A producer that did not get our answer asks again with what it had before.
    if (expected !== null && isBefore(expected, transaction.lastId, transaction.lastEpoch))
      return { producerId, producerEpoch };
    const isUsedUp = producerEpoch >= LAST_EPOCH;
    await this.#change(transaction, {
      ...transaction.record,
      producerId: isUsedUp ? this.#broker.producerIds.take() : producerId,
      producerEpoch: isUsedUp ? 0 : producerEpoch + 1,
      status: EMPTY,
      timeoutMs,
      partitions: NO_PARTITIONS,
      startedMs: -1,
      updatedMs: Date.now(),
    });
    transaction.lastId = producerId;
    transaction.lastEpoch = expected === null ? NO_EPOCH : producerEpoch;
    return { producerId: transaction.record.producerId, producerEpoch: transaction.record.producerEpoch };
  }

  /**
   * Makes partitions part of the producer's transaction, which begins with the first ones.
   * @throws TransactionError
   */
  async addPartitions(
    transactionalId: string,
    producer: ProducerIdentity,
    added: readonly TransactionPartition[],
  ): Promise<void> {
    const transaction = this.#find(transactionalId, producer);
    this.#refuseWhileChanging(transaction);
    const { record } = transaction;
    const isOpen = record.status === ONGOING;
    if (isOpen && added.every((each) => record.partitions.has(partitionKey(each)))) return;
    const nowMs = Date.now();
    const partitions = new Map(isOpen ? record.partitions : NO_PARTITIONS);
    for (const each of added) partitions.set(partitionKey(each), each);
    await this.#change(transaction, {
      ...record,
      status: ONGOING,
      partitions,
      startedMs: isOpen ? record.startedMs : nowMs,
      updatedMs: nowMs,
    });
  }

  /**
   * Commits or aborts; when this resolves, all markers are written.
   * @throws TransactionError
   */
  async end(transactionalId: string, producer: ProducerIdentity, isCommit: boolean): Promise<void> {
    const transaction = this.#find(transactionalId, producer);
    if (transaction.isChanging) throw new TransactionError('CONCURRENT_TRANSACTIONS');
    const { status } = transaction.record;
    switch (status) {
      case ONGOING:
        await this.#decide(transaction, isCommit, transaction.record.producerEpoch);
        return;
      case COMPLETE_COMMIT:
      case COMPLETE_ABORT:
        // The producer did not get our answer.
        if ((status === COMPLETE_COMMIT) === isCommit) return;
        throw new TransactionError('INVALID_TXN_STATE');
      case PREPARE_COMMIT:
      case PREPARE_ABORT:
        if ((status === PREPARE_COMMIT) !== isCommit) throw new TransactionError('INVALID_TXN_STATE');
        await this.#complete(transaction);
        return;
      default:
        throw new TransactionError('INVALID_TXN_STATE');
    }
  }

  /** A marker was written to the offsets topic: the groups' offsets of that producer count now, or are dropped. */
  offsetsEnded(producerId: number, isCommit: boolean): void {
    this.#broker.groups.completeTransaction(producerId, isCommit);
  }

  /** Says whether a transactional batch may go to this partition; null when it may, else Kafka's error. */
  writeError(transactionalId: string, producer: ProducerIdentity, partition: TransactionPartition): ErrorName | null {
    const transaction = this.#byId.get(transactionalId);
    if (transaction === undefined || transaction.record.producerId !== producer.producerId)
      return 'INVALID_PRODUCER_ID_MAPPING';
    if (transaction.record.producerEpoch !== producer.producerEpoch) return 'INVALID_PRODUCER_EPOCH';
    const { status, partitions } = transaction.record;
    return status === ONGOING && partitions.has(partitionKey(partition)) ? null : 'INVALID_TXN_STATE';
  }

  #find(transactionalId: string, { producerId, producerEpoch }: ProducerIdentity): Transaction {
    if (transactionalId === '') throw new TransactionError('INVALID_REQUEST');
    const transaction = this.#byId.get(transactionalId);
    if (transaction === undefined || transaction.record.producerId !== producerId)
      throw new TransactionError('INVALID_PRODUCER_ID_MAPPING');
    if (transaction.record.producerEpoch !== producerEpoch) throw new TransactionError('PRODUCER_FENCED');
    return transaction;
  }

  #refuseWhileChanging({ isChanging, record }: Transaction): void {
    if (isChanging || record.status === PREPARE_COMMIT || record.status === PREPARE_ABORT)
      throw new TransactionError('CONCURRENT_TRANSACTIONS');
  }

  /** Writes the new state; it counts once it is written. */
  async #change(transaction: Transaction, record: TransactionRecord): Promise<void> {
    transaction.isChanging = true;
    try {
      await this.#log.append(transaction.transactionalId, record);
      transaction.record = record;
    } catch (error) {
      this.#say(`cannot write the state of transactional id ${transaction.transactionalId}: ${String(error)}`);
      throw new TransactionError('COORDINATOR_NOT_AVAILABLE');
    } finally {
      transaction.isChanging = false;
    }
  }

  /** Aborts the open transaction in the name of the next epoch, which shuts its producer out. */
  async #fence(transaction: Transaction): Promise<void> {
    await this.#decide(transaction, false, Math.min(transaction.record.producerEpoch + 1, LAST_EPOCH));
  }

  async #decide(transaction: Transaction, isCommit: boolean, producerEpoch: number): Promise<void> {
    await this.#change(transaction, {
      ...transaction.record,
      producerEpoch,
      status: isCommit ? PREPARE_COMMIT : PREPARE_ABORT,
      updatedMs: Date.now(),
    });
    await this.#complete(transaction);
  }

  /** Writes the markers and then that all is done. What cannot be written now is tried again at the next look. */
  async #complete(transaction: Transaction): Promise<void> {
    const { record } = transaction;
    const isCommit = record.status === PREPARE_COMMIT;
    transaction.isChanging = true;
    try {
      await Promise.all(Array.from(record.partitions.values(), (each) => this.#mark(each, record, isCommit)));
    } catch (error) {
      transaction.isChanging = false;
      this.#say(`cannot end the transaction of ${transaction.transactionalId} (${String(error)}); it is tried again`);
      throw new TransactionError('COORDINATOR_NOT_AVAILABLE');
    }
    await this.#change(transaction, {
      ...record,
      status: isCommit ? COMPLETE_COMMIT : COMPLETE_ABORT,
      partitions: NO_PARTITIONS,
      updatedMs: Date.now(),
    });
  }

  async #mark(
    { topic, index }: TransactionPartition,
    { producerId, producerEpoch }: TransactionRecord,
    isCommit: boolean,
  ): Promise<void> {
    const partition = this.#broker.topics.get(topic)?.partitions[index];
    // A topic that was deleted meanwhile needs no marker.
    if (partition === undefined || partition.isDeleted) return;
    const marker = {
      producerId,
      producerEpoch,
      isCommit,
      coordinatorEpoch: COORDINATOR_EPOCH,
      timestampMs: Date.now(),
    };
    await appendInternally(this.#broker, partition, encodeMarkerBatch(marker));
    if (topic === OFFSETS_TOPIC) this.offsetsEnded(producerId, isCommit);
    // The last stable offset may have moved by far more than the marker's bytes.
    partition.wake(Number.POSITIVE_INFINITY);
  }

  /** Aborts transactions that are open for too long, goes on with what could not be completed, forgets what nobody uses. */
  #lookAround(): void {
    const nowMs = Date.now();
    for (const transaction of this.#byId.values()) {
      const { record, isChanging } = transaction;
      if (isChanging) continue;
      if (record.status === ONGOING) {
        if (record.startedMs + record.timeoutMs < nowMs) this.#later(this.#fence(transaction));
      } else if (record.status === PREPARE_COMMIT || record.status === PREPARE_ABORT) {
        this.#later(this.#complete(transaction));
      } else if (record.updatedMs + this.#settings.transactionalIdExpirationMs < nowMs) {
        this.#byId.delete(transaction.transactionalId);
        this.#later(this.#log.append(transaction.transactionalId, null));
      }
    }
    for (const topic of this.#broker.topics.all())
      for (const { log } of topic.partitions)
        log.producers.states.expire(nowMs - this.#settings.producerIdExpirationMs);
  }

  /** For work that nobody waits for; the journal has said what went wrong. */
  #later(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (error instanceof TransactionError) return;
      this.#say(`a transaction could not be ended: ${String(error)}`);
    });
  }

  #say(line: string): void {
    if (!this.#isStopped) this.#broker.journal.say('transactions', line, 1);
  }
}

/**
 * A transactional id that was just made takes whatever a producer says it had: Kafka does, and some clients say 0 for "none".
 * @throws TransactionError PRODUCER_FENCED when the producer is not the one that has the transactional id, or had it just before.
 */
const checkExpected = ({ record, lastId, lastEpoch }: Transaction, expected: ProducerIdentity): void => {
  if (record.producerEpoch === NO_EPOCH) return;
  const isCurrent = expected.producerId === record.producerId && expected.producerEpoch === record.producerEpoch;
  if (isCurrent || isBefore(expected, lastId, lastEpoch)) return;
  throw new TransactionError('PRODUCER_FENCED');
};

const isBefore = (expected: ProducerIdentity, lastId: number, lastEpoch: number): boolean =>
  lastEpoch !== NO_EPOCH && expected.producerId === lastId && expected.producerEpoch === lastEpoch;
