import { findGroupCoordinator, findTransactionCoordinator } from '../admin/coordinator.ts';
import { asClientError, ClientError } from '../client-error.ts';
import type { Cluster } from '../cluster.ts';
import type { ProducerIdentity } from '../producer-id.ts';
import type { ProducerConfig } from '../properties/producer-properties.ts';
import { CoordinatorLink } from './coordinator-link.ts';
import {
  type Asker,
  addOffsets,
  addPartitions,
  askForIdentity,
  type CommittedOffset,
  commitOffsets,
  endTransaction,
  type OffsetsGroup,
} from './requests.ts';
import { TopicInTransaction, type TransactionEvents, type TransactionParticipant } from './topic-in-transaction.ts';
import {
  droppedRecord,
  explainFencing,
  isAbortable,
  isFatalForBatch,
  isUnanswered,
  lostTransaction,
  unknownOutcome,
} from './transaction-errors.ts';

/** Nanoseconds that calls have taken, under the names of Kafka's metrics. */
type TransactionTimes = { initUs: number; beginUs: number; sendOffsetsUs: number; commitUs: number; abortUs: number };

/** No transaction · one is open · it is being ended (a commit or abort whose outcome is not known can be asked for again). */
type State = 'ready' | 'open' | 'ending';

/**
 * The transactions of one producer (KIP-98, transaction version 1): at most one is open. A partition joins it when its first
 * batch is begun, while that gathers; those that are begun together join with one request.
 *
 * An error ends in one of three ways. What passes is tried again. One that loses a batch, or that the coordinator says of this
 * transaction alone, is abortable: what waits fails, nothing is taken any more, and after abort() the producer goes on, in a new
 * epoch when a sequence was lost. All others are fatal, such as that another producer has taken the transactional id.
 */
export class Transactions implements TransactionEvents {
  readonly transactionalId: string;
  readonly #config: ProducerConfig;
  readonly #cluster: Cluster;
  readonly #link: CoordinatorLink;
  readonly #nowUs: () => number;
  readonly #topics: TopicInTransaction[] = [];
  readonly #times: TransactionTimes = { initUs: 0, beginUs: 0, sendOffsetsUs: 0, commitUs: 0, abortUs: 0 };
  #identity: ProducerIdentity = { producerId: -1, epoch: -1 };
  #state: State = 'ready';
  /** What EndTxn was sent with, while its outcome is not known. */
  #decision: boolean | null = null;
  /** Whether a commit was asked for and not answered. */
  #isCommitUnanswered = false;
  #isAborting = false;
  #lost: ClientError | null = null;
  #failure: ClientError | null = null;
  /** Whether the coordinator has heard of the transaction. */
  #isStarted: 'no' | 'maybe' | 'yes' = 'no';
  #needsEpoch = false;
  #adding: Promise<void> | null = null;
  #isAddScheduled = false;

  private constructor(cluster: Cluster, config: ProducerConfig, transactionalId: string, nowUs: () => number) {
    this.transactionalId = transactionalId;
    this.#cluster = cluster;
    this.#config = config;
    this.#nowUs = nowUs;
    this.#link = new CoordinatorLink(config, () => findTransactionCoordinator(cluster, transactionalId));
  }

  /** Takes the transactional id over from its older producers, within `max.block.ms`. Rejects with a ClientError. */
  static async open(
    cluster: Cluster,
    config: ProducerConfig,
    transactionalId: string,
    nowUs: () => number,
  ): Promise<Transactions> {
    const transactions = new Transactions(cluster, config, transactionalId, nowUs);
    const startedUs = nowUs();
    transactions.#identity = await transactions.#initialise(null);
    transactions.#times.initUs += nowUs() - startedUs;
    return transactions;
  }

  /** The producer id and epoch that batches carry. */
  get identity(): ProducerIdentity {
    return this.#identity;
  }

  /** Whether the open transaction can only be aborted, or none can be begun any more. */
  get isLost(): boolean {
    return this.#lost !== null || this.#failure !== null;
  }

  /** Whether a transaction was begun and has not ended. */
  get isOpen(): boolean {
    return this.#state !== 'ready';
  }

  /** Takes a topic in, whose records are then part of transactions. */
  join(topic: string, participant: TransactionParticipant): TopicInTransaction {
    const joined = new TopicInTransaction(topic, participant, this);
    this.#topics.push(joined);
    participant.refuse(this.#refusal());
    return joined;
  }

  /** Begins a transaction. Throws a ClientError when one is open, or when the producer has failed for good. */
  begin(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#state !== 'ready') throw misuse('a transaction is open: commit or abort it before another begins');
    const startedUs = this.#nowUs();
    this.#state = 'open';
    this.#tellRefusal();
    this.#times.beginUs += this.#nowUs() - startedUs;
  }

  /**
   * Sends what waits and commits. Rejects with a ClientError: one that `isAbortable` when the transaction has to be aborted; a
   * retriable one after `max.block.ms`, when commit() may be called again.
   */
  async commit(): Promise<void> {
    const startedUs = this.#nowUs();
    await this.#end(true);
    this.#times.commitUs += this.#nowUs() - startedUs;
  }

  /** Drops what was never sent and aborts. Rejects with a ClientError; a retriable one after `max.block.ms`, when abort() may be called again. */
  async abort(): Promise<void> {
    const startedUs = this.#nowUs();
    await this.#end(false);
    this.#times.abortUs += this.#nowUs() - startedUs;
  }

  /** Makes offsets of a group part of the transaction. Rejects with a ClientError. */
  async sendOffsets(offsets: readonly CommittedOffset[], group: OffsetsGroup): Promise<void> {
    this.#checkOpen();
    if (offsets.length === 0) return;
    const startedUs = this.#nowUs();
    const bound = { name: 'max.block.ms', ms: this.#config.maxBlockMs };
    try {
      if (this.#isStarted === 'no') this.#isStarted = 'maybe';
      await this.#link.ask(bound, (to) => addOffsets(to, this.#asker(), group.groupId));
      this.#isStarted = 'yes';
      const link = new CoordinatorLink(this.#config, () => findGroupCoordinator(this.#cluster, group.groupId));
      await link.ask(bound, (to) => commitOffsets(to, this.#asker(), group, offsets));
    } catch (error) {
      throw this.#coordinatorSaid(asClientError(error));
    } finally {
      this.#times.sendOffsetsUs += this.#nowUs() - startedUs;
    }
  }

  /** A partition waits to join: asks for all that do, once the records of this turn are appended. */
  addSoon(): void {
    if (this.#isAddScheduled || this.#adding !== null) return;
    this.#isAddScheduled = true;
    queueMicrotask(() => {
      this.#isAddScheduled = false;
      this.#addNow();
    });
  }

  /** A batch of the transaction has failed. */
  batchFailed(error: ClientError, wasSent: boolean): void {
    if (wasSent) this.#needsEpoch = true;
    if (this.#failure !== null || this.#state === 'ready') return;
    if (isFatalForBatch(error)) this.fail(explainFencing(error, this.transactionalId));
    else if (!this.#isAborting) this.#lose(error);
    // A partition whose sequence is lost sends nothing more: what waits there would wait for its time to be over.
    else if (wasSent) this.#failWaiting(droppedRecord('the transaction is being aborted'), 'all');
  }

  /** Nothing can be sent any more. */
  fail(error: ClientError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    for (const { participant } of this.#topics) participant.fail(error);
  }

  /** Times of calls under Kafka's names, nanoseconds. */
  metrics(): Readonly<Record<string, number>> {
    const ns = (us: number): number => Math.round(us * 1000);
    return {
      'txn-abort-time-ns-total': ns(this.#times.abortUs),
      'txn-begin-time-ns-total': ns(this.#times.beginUs),
      'txn-commit-time-ns-total': ns(this.#times.commitUs),
      'txn-init-time-ns-total': ns(this.#times.initUs),
      'txn-send-offsets-time-ns-total': ns(this.#times.sendOffsetsUs),
    };
  }

  async #end(isCommit: boolean): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#decision === null) await this.#settleAll(isCommit);
    else if (this.#decision !== isCommit)
      throw misuse(`what became of the ${isCommit ? 'abort' : 'commit'} is not known: ask for it again first`);
    if (this.#isStarted !== 'no') await this.#tellEnd(isCommit);
    if (this.#needsEpoch) await this.#takeEpoch();
    for (const topic of this.#topics) topic.added.clear();
    this.#state = 'ready';
    this.#decision = null;
    this.#isCommitUnanswered = false;
    this.#isAborting = false;
    this.#isStarted = 'no';
    this.#lost = null;
    this.#tellRefusal();
  }

  /** Takes no more records, and waits until each of the transaction's is acknowledged, or dropped before an abort. */
  async #settleAll(isCommit: boolean): Promise<void> {
    if (isCommit) this.#checkOpen();
    else if (this.#state !== 'open') throw misuse('no transaction is open: begin one first');
    this.#state = 'ending';
    this.#isAborting = !isCommit;
    this.#tellRefusal();
    if (!isCommit) this.#failWaiting(droppedRecord('the transaction is being aborted'), 'unsent');
    await Promise.all(this.#topics.map(({ participant }) => participant.flush()));
    for (const topic of this.#topics) topic.wanted.clear();
    // Partitions may still be joining whose records were dropped meanwhile.
    if (this.#adding !== null) await this.#adding;
    if (this.#failure !== null) throw this.#failure;
    if (!isCommit || this.#lost === null) return;
    this.#state = 'open';
    throw this.#lost;
  }

  async #tellEnd(isCommit: boolean): Promise<void> {
    this.#decision = isCommit;
    const bound = { name: 'max.block.ms', ms: this.#config.maxBlockMs };
    try {
      await this.#link.ask(bound, (to) =>
        endTransaction(to, this.#asker(), isCommit).catch((error: unknown) => {
          if (isCommit && isUnanswered(asClientError(error))) this.#isCommitUnanswered = true;
          throw error;
        }),
      );
    } catch (error) {
      const failure = asClientError(error);
      // Whether it ever began was not known; now it is.
      if (failure.name === 'INVALID_TXN_STATE' && this.#isStarted === 'maybe' && !isCommit) return;
      if (failure.isRetriable) throw this.#isCommitUnanswered ? unknownOutcome(failure) : failure;
      if (isCommit && isAbortable(failure)) {
        this.#decision = null;
        this.#state = 'open';
        this.#lose(failure);
        throw this.#lost ?? failure;
      }
      const fatal = this.#failFenced(failure);
      throw this.#isCommitUnanswered ? unknownOutcome(fatal) : fatal;
    }
  }

  /** Sequences are lost: the producer goes on in its next epoch, from sequence 0 (KIP-360). */
  async #takeEpoch(): Promise<void> {
    try {
      this.#identity = await this.#initialise(this.#identity);
    } catch (error) {
      const failure = asClientError(error);
      throw failure.isRetriable ? failure : this.#failFenced(failure);
    }
    this.#needsEpoch = false;
    for (const { participant } of this.#topics) participant.restart(this.#identity);
  }

  #initialise(expected: ProducerIdentity | null): Promise<ProducerIdentity> {
    const { maxBlockMs, transactionTimeoutMs } = this.#config;
    const bound = { name: 'max.block.ms', ms: maxBlockMs };
    return this.#link.ask(bound, (to) => askForIdentity(to, this.transactionalId, transactionTimeoutMs, expected));
  }

  #addNow(): void {
    if (this.#adding !== null || this.#state === 'ready' || this.isLost) return;
    const topics = this.#topics.filter(({ wanted }) => wanted.size > 0);
    if (topics.length === 0) return;
    const asked = topics.map((topic) => ({ topic, name: topic.name, partitions: [...topic.wanted] }));
    this.#adding = this.#add(asked).finally(() => {
      this.#adding = null;
      this.#addNow();
    });
  }

  async #add(
    asked: readonly {
      readonly topic: TopicInTransaction;
      readonly name: string;
      readonly partitions: readonly number[];
    }[],
  ): Promise<void> {
    const bound = { name: 'delivery.timeout.ms', ms: this.#config.deliveryTimeoutMs };
    try {
      if (this.#isStarted === 'no') this.#isStarted = 'maybe';
      await this.#link.ask(bound, (to) => addPartitions(to, this.#asker(), asked));
    } catch (error) {
      this.#coordinatorSaid(asClientError(error));
      return;
    }
    this.#isStarted = 'yes';
    for (const { topic, partitions } of asked)
      for (const partition of partitions) {
        topic.wanted.delete(partition);
        topic.added.add(partition);
      }
    for (const { topic } of asked) topic.participant.drain();
  }

  /** What a coordinator's refusal does; returns the error to reject with. */
  #coordinatorSaid(error: ClientError): ClientError {
    if (!isAbortable(error)) return this.#failFenced(error);
    this.#lose(error);
    return this.#lost ?? error;
  }

  #failFenced(error: ClientError): ClientError {
    this.fail(explainFencing(error, this.transactionalId));
    return this.#failure ?? error;
  }

  #lose(error: ClientError): void {
    if (this.isLost) return;
    this.#lost = lostTransaction(error, this.transactionalId);
    this.#tellRefusal();
    this.#failWaiting(droppedRecord('its transaction was lost', error), 'all');
  }

  #failWaiting(error: ClientError, which: 'all' | 'unsent'): void {
    for (const { participant } of this.#topics) participant.failWaiting(error, which);
  }

  #checkOpen(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#lost !== null) throw this.#lost;
    if (this.#state !== 'open') throw misuse('no transaction is open: begin one first');
  }

  #refusal(): ClientError | null {
    if (this.#failure !== null) return this.#failure;
    if (this.#lost !== null) return this.#lost;
    if (this.#state === 'ready') return misuse('no transaction is open: begin one before sending');
    return this.#state === 'open' ? null : misuse('the transaction is being ended: begin another before sending');
  }

  #tellRefusal(): void {
    const refusal = this.#refusal();
    for (const { participant } of this.#topics) participant.refuse(refusal);
  }

  #asker(): Asker {
    return { ...this.#identity, transactionalId: this.transactionalId };
  }
}

const misuse = (message: string): ClientError => new ClientError('ILLEGAL_STATE', message);
