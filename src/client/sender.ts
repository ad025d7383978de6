import type { Accumulator } from './accumulator.ts';
import { BatchCompression, type CompressionTotals } from './batch-compression.ts';
import { BatchFates, lastErrorText, type RetryListener, type SettledListener } from './batch-fates.ts';
import type { BufferMemory } from './buffer-memory.ts';
import { asClientError, ClientError } from './client-error.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import type { Connection } from './connection.ts';
import { type InFlight, type Leader, Leaders } from './leaders.ts';
import type { ProduceBatch } from './produce-batch.ts';
import { type ProduceRequestWriter, readProduceResponse } from './produce-request.ts';
import { type ProducerIdentity, takeProducerId } from './producer-id.ts';
import { ProducerTotals } from './producer-metrics.ts';
import type { ProducerConfig } from './properties/producer-properties.ts';
import { Sequences } from './sequences.ts';
import { Stopwatch } from './stopwatch.ts';
import type { TopicInTransaction, TransactionParticipant } from './transactions/topic-in-transaction.ts';
import type { Transactions } from './transactions/transactions.ts';
import { WakeTimer } from './wake-timer.ts';

/** How long a producer was held up by its own bounds, microseconds: `buffer.memory` full, and in-flight requests at their bound. */
export type ProducerLimits = { readonly memoryFullUs: number; readonly inFlightFullUs: number };

/** What the topics of one producer have in common. */
export type SharedByTopics = {
  readonly cluster: Cluster;
  readonly memory: BufferMemory;
  /** Unanswered requests by broker. */
  readonly inFlight: Map<number, InFlight>;
  /** Every topic's sender: an answer to one makes room for the requests of all. */
  readonly senders: Set<Sender>;
  /** Null without `transactional.id`. */
  readonly transactions: Transactions | null;
};

/**
 * Sends what the accumulator holds: at most `max.in.flight.requests.per.connection` requests to each leader, with the ready
 * batches of all the partitions it leads; settles batches as answers come, retries what may be retried, and follows leaders.
 *
 * Batches are looked for when one becomes full, when an answer makes room, and when a timer says that linger.ms, a wait for
 * a retry or delivery.timeout.ms has ended.
 */
export class Sender implements TransactionParticipant {
  /** Why no record is taken now; null while they are. */
  refusal: ClientError | null = null;
  readonly totals = new ProducerTotals();
  readonly #config: ProducerConfig;
  readonly #shared: SharedByTopics;
  readonly #memory: BufferMemory;
  readonly #accumulator: Accumulator;
  readonly #leaders: Leaders;
  readonly #compression: BatchCompression;
  /** Null without `enable.idempotence`. */
  readonly #sequences: Sequences | null;
  /** Null without `transactional.id`. */
  readonly #transaction: TopicInTransaction | null;
  readonly #nowUs: () => number;
  readonly #fates: BatchFates;
  readonly #lingerUs: number;
  readonly #deliveryTimeoutUs: number;
  readonly #wake: WakeTimer;
  readonly #inFlightFull = new Stopwatch();
  /** Why nothing can be sent any more; null while all is well. */
  #failure: ClientError | null = null;
  #inFlightBatches = 0;
  #isFlushing = false;
  #isDrainScheduled = false;
  #isAfterAnswerDue = false;
  #readAtUs = 0;
  #isRenewingId = false;
  #isClosed = false;
  #flushWaiters: (() => void)[] = [];

  constructor(options: {
    readonly config: ProducerConfig;
    readonly shared: SharedByTopics;
    readonly topic: TopicMetadata;
    readonly accumulator: Accumulator;
    /** Of an idempotent producer; null of another. */
    readonly identity: ProducerIdentity | null;
    readonly nowUs: () => number;
    readonly onSettled: SettledListener;
    readonly onRetry: RetryListener;
  }) {
    const { config, shared, topic, identity, nowUs } = options;
    this.#config = config;
    this.#shared = shared;
    this.#memory = shared.memory;
    this.#accumulator = options.accumulator;
    this.#compression = new BatchCompression(config);
    this.#sequences =
      identity === null
        ? null
        : new Sequences(identity, shared.transactions === null ? () => void this.#renewProducerId() : null);
    this.#nowUs = nowUs;
    this.#lingerUs = config.lingerMs * 1000;
    this.#deliveryTimeoutUs = config.deliveryTimeoutMs * 1000;
    this.#wake = new WakeTimer(nowUs, () => this.#awake());
    this.#leaders = new Leaders({
      config,
      cluster: shared.cluster,
      topic,
      inFlight: shared.inFlight,
      listener: {
        onTopic: ({ partitions }) => this.#accumulator.growTo(partitions.length),
        onChange: () => {
          if (this.#failure === null && this.#accumulator.waitingBytes > 0) this.drain();
        },
        onFailure: (error) => this.fail(error),
      },
    });
    this.#transaction = shared.transactions?.join(topic.name, this) ?? null;
    this.#fates = new BatchFates({
      config,
      topicName: topic.name,
      accumulator: this.#accumulator,
      memory: this.#memory,
      totals: this.totals,
      sequences: this.#sequences,
      transaction: this.#transaction,
      nowUs,
      onSettled: options.onSettled,
      onRetry: options.onRetry,
      onAcknowledged: () => this.#leaders.acknowledged(),
      onStale: () => void this.#leaders.refresh(),
    });
    shared.senders.add(this);
  }

  /** Connects to every leader, so that the first record does not pay for it. Rejects with a ClientError. */
  async connectAll(): Promise<void> {
    await this.#leaders.connectAll();
  }

  /** Whether a partition has a leader that took what it was given at some time within `withinUs` (0: whenever). */
  isAvailable(partition: number, nowUs: number, withinUs: number): boolean {
    const leader = this.#leaders.of(partition);
    return leader !== null && (withinUs === 0 || !(nowUs - leader.heldUpSinceUs > withinUs));
  }

  /** A batch became full, and another of the partition was begun: send it now if a request may go out. */
  onBatchFull(): void {
    this.drain();
  }

  /** The first record of a batch was appended. */
  onBatchBegun(partition: number): void {
    this.#transaction?.wants(partition);
    if (this.#lingerUs === 0) this.#drainSoon();
    else this.#wake.by(this.#nowUs() + this.#lingerUs);
  }

  /** A record found no room: batches of all topics go out without waiting for linger.ms. */
  onMemoryFull(): void {
    if (!this.#memory.isFull) this.#memory.ranOut(this.#nowUs());
    for (const sender of this.#shared.senders) sender.drain();
  }

  /** Resolves when memory for a batch is free, at once when it is; rejects after `max.block.ms`, or when the sender fails. */
  untilRoom(): Promise<void> {
    return this.#failure === null ? this.#memory.untilRoom() : Promise.reject(this.#failure);
  }

  /** Resolves when nothing waits and nothing is in flight. */
  flush(): Promise<void> {
    const startedUs = this.#nowUs();
    this.#isFlushing = true;
    this.drain();
    return new Promise((resolve) => {
      this.#flushWaiters.push(() => {
        this.totals.flushUs += this.#nowUs() - startedUs;
        resolve();
      });
      this.#checkFlushed();
    });
  }

  /** Stops; batches that are not settled fail. */
  close(): void {
    if (this.#isClosed) return;
    const why = lastErrorText(this.#fates.lastError);
    this.fail(new ClientError('CLOSED', `the producer was closed before the record was acknowledged${why}`));
    this.#isClosed = true;
    this.#wake.close();
    this.#leaders.closeConnections();
    this.#shared.senders.delete(this);
  }

  /** How long the bounds held records up so far. */
  limits(): ProducerLimits {
    const nowUs = this.#nowUs();
    return { memoryFullUs: this.#memory.fullUs(nowUs), inFlightFullUs: this.#inFlightFull.totalUs(nowUs) };
  }

  /** What the codec made of the batches that were closed. */
  compression(): CompressionTotals {
    return this.#compression.totals();
  }

  /** Requests that are not answered, to the leaders of this topic. */
  get requestsInFlight(): number {
    let count = 0;
    for (const leader of this.#leaders.all()) count += leader.inFlight.count;
    return count;
  }

  refuse(error: ClientError | null): void {
    if (this.#failure === null) this.refusal = error;
  }

  failWaiting(error: ClientError, which: 'all' | 'unsent'): void {
    const batches =
      which === 'all' ? this.#accumulator.takeOlderThan(Number.POSITIVE_INFINITY) : this.#accumulator.takeUnsent();
    for (const batch of batches) this.#fates.settle(batch, error);
    this.#checkFlushed();
  }

  restart(identity: ProducerIdentity): void {
    this.#sequences?.restart(identity);
  }

  /** Nothing can be sent any more: settles what waits; what is in flight settles when its connection closes. */
  fail(failure: ClientError): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#fates.failure = failure;
    this.refusal = failure;
    this.#leaders.stop();
    this.#transaction?.fail(failure);
    this.failWaiting(failure, 'all');
    this.#memory.fail(failure);
  }

  /** Sends what is ready and may go out. */
  drain(): void {
    const nowUs = this.#nowUs();
    const isImpatient = this.#isFlushing || this.#memory.isFull;
    const openedBeforeUs = isImpatient ? Number.POSITIVE_INFINITY : nowUs - this.#lingerUs;
    let isInFlightFull = false;
    for (const leader of this.#leaders.all()) {
      this.#drainLeader(leader, nowUs, openedBeforeUs);
      isInFlightFull ||= leader.connection !== null && !Number.isNaN(leader.heldUpSinceUs);
    }
    this.#inFlightFull.set(isInFlightFull, nowUs);
    if (this.#accumulator.waitingBytes > 0)
      this.#wake.by(this.#accumulator.nextEventUs(nowUs, this.#lingerUs, this.#deliveryTimeoutUs));
  }

  #drainSoon(): void {
    if (this.#isDrainScheduled) return;
    this.#isDrainScheduled = true;
    setImmediate(() => {
      this.#isDrainScheduled = false;
      this.drain();
    });
  }

  #drainLeader(leader: Leader, nowUs: number, openedBeforeUs: number): void {
    const { connection, writer, inFlight } = leader;
    const most = this.#config.maxInFlightRequestsPerConnection;
    if (inFlight.count >= most) {
      this.#markHeldUp(leader, nowUs, openedBeforeUs);
      return;
    }
    if (connection === null || writer === null) {
      this.#markHeldUp(leader, nowUs, openedBeforeUs);
      if (!leader.isConnecting && this.#accumulator.waitingBytes > 0) void this.#leaders.reconnect(leader);
      return;
    }
    leader.heldUpSinceUs = Number.NaN;
    const batches = this.#gather(leader, nowUs, openedBeforeUs);
    if (batches.length === 0) return;
    connection.inOneWrite(() => {
      let next = batches;
      do {
        this.#send(leader, connection, writer, next);
        if (inFlight.count >= most) {
          this.#markHeldUp(leader, nowUs, openedBeforeUs);
          return;
        }
        next = this.#gather(leader, nowUs, openedBeforeUs);
      } while (next.length > 0);
    });
  }

  /** A leader that cannot take what is ready stays so until it takes something, so that this costs one look. */
  #markHeldUp(leader: Leader, nowUs: number, openedBeforeUs: number): void {
    if (!Number.isNaN(leader.heldUpSinceUs)) return;
    if (leader.partitions.some((index) => this.#accumulator.hasReady(index, nowUs, openedBeforeUs)))
      leader.heldUpSinceUs = nowUs;
  }

  /** At most one ready batch of each of the leader's partitions, up to `max.request.size`. */
  #gather(leader: Leader, nowUs: number, openedBeforeUs: number): ProduceBatch[] {
    const batches: ProduceBatch[] = [];
    const { partitions } = leader;
    let roomBytes = this.#config.maxRequestSize;
    let at = leader.nextPartition;
    for (let tried = 0; tried < partitions.length; tried++, at++) {
      const partition = partitions[at % partitions.length] ?? -1;
      if (this.#transaction?.mayWrite(partition) === false) continue;
      if (this.#sequences?.maySend(partition, this.#accumulator.firstWaiting(partition)) === false) continue;
      // The first batch always goes: send() has refused records that are larger than a request may be.
      const maxBytes = batches.length === 0 ? Number.POSITIVE_INFINITY : roomBytes;
      const batch = this.#accumulator.takeReady(partition, nowUs, openedBeforeUs, maxBytes);
      if (batch === null) continue;
      batches.push(batch);
      roomBytes -= batch.sizeBytes;
      leader.nextPartition = (at + 1) % partitions.length;
    }
    return batches;
  }

  #send(leader: Leader, connection: Connection, writer: ProduceRequestWriter, batches: readonly ProduceBatch[]): void {
    for (const batch of batches) {
      this.#sequences?.sending(batch);
      if (batch.attempts === 0) {
        const { sizeBytes } = batch;
        batch.finish(this.#compression, this.#transaction !== null);
        this.#compression.count(sizeBytes, batch.sizeBytes);
      }
      batch.attempts++;
    }
    const correlationId = connection.takeCorrelationId();
    const pieces = writer.write(correlationId, batches);
    const sentUs = this.#nowUs();
    for (const batch of batches) {
      if (batch.attempts > 1) continue;
      batch.firstSentAtUs = sentUs;
      this.totals.batchLeft(batch, sentUs);
    }
    leader.inFlight.count++;
    this.#inFlightBatches += batches.length;
    let sizeBytes = 0;
    for (const piece of pieces) sizeBytes += piece.length;
    this.totals.requestSent(sizeBytes);
    let isDone = false;
    const done = (atUs: number): boolean => {
      if (isDone) return false;
      isDone = true;
      leader.inFlight.count--;
      this.#inFlightBatches -= batches.length;
      this.totals.requestDone(atUs - sentUs);
      return true;
    };
    const onFailure = (error: ClientError): void => {
      if (!done(this.#nowUs())) return;
      this.#fates.unanswered(batches, error);
      this.#afterAnswer();
    };
    if (this.#config.acks === 0) {
      const onWritten = (): void => {
        const atUs = this.#nowUs();
        if (!done(atUs)) return;
        for (const batch of batches) this.#fates.settle(batch, null, atUs);
        this.#afterAnswer();
      };
      connection.send(pieces, { correlationId, hasHeaderTags: false, onResponse: null, onFailure, onWritten });
      return;
    }
    connection.send(pieces, {
      correlationId,
      hasHeaderTags: writer.isFlexible,
      onFailure,
      onResponse: (slab, start, end) => {
        const outcomes = readProduceResponse(slab.bytes, start, end, leader.version);
        const atUs = this.#timeOfRead();
        done(atUs);
        this.#fates.answered(batches, outcomes, atUs);
        this.#afterAnswerSoon();
      },
    });
  }

  /** When the answers of this read came: the same for all of them, however long it takes to settle those in front. */
  #timeOfRead(): number {
    if (!this.#isAfterAnswerDue) this.#readAtUs = this.#nowUs();
    return this.#readAtUs;
  }

  /** Several answers often come in one read; what they make room for then goes out in one write. */
  #afterAnswerSoon(): void {
    if (this.#isAfterAnswerDue) return;
    this.#isAfterAnswerDue = true;
    queueMicrotask(() => {
      this.#isAfterAnswerDue = false;
      this.#afterAnswer();
    });
  }

  #afterAnswer(): void {
    for (const sender of this.#shared.senders) sender.drain();
    this.#checkFlushed();
  }

  #checkFlushed(): void {
    if (!this.#isFlushing || this.#inFlightBatches > 0 || this.#accumulator.waitingBytes > 0) return;
    this.#isFlushing = false;
    for (const resolve of this.#flushWaiters.splice(0)) resolve();
  }

  /** Takes another producer id when a partition has used all epochs of this one; batches of that partition wait for it. */
  async #renewProducerId(): Promise<void> {
    if (this.#isRenewingId || this.#failure !== null) return;
    this.#isRenewingId = true;
    try {
      this.#sequences?.renewId(await takeProducerId(this.#shared.cluster, this.#config));
      this.drain();
    } catch (error) {
      this.fail(asClientError(error));
    } finally {
      this.#isRenewingId = false;
    }
  }

  #awake(): void {
    const expired = this.#accumulator.takeOlderThan(this.#nowUs() - this.#deliveryTimeoutUs);
    for (const batch of expired) this.#fates.timeOut(batch);
    this.#afterAnswer();
  }
}
