import { produce } from '../protocol/messages/produce.ts';
import type { Accumulator } from './accumulator.ts';
import { backoffMs } from './backoff.ts';
import { BatchCompression, type CompressionTotals } from './batch-compression.ts';
import { asClientError, ClientError } from './client-error.ts';
import { type Cluster, sleep, type TopicMetadata } from './cluster.ts';
import { type Connection, kafkaError } from './connection.ts';
import type { BatchPool, ProduceBatch } from './produce-batch.ts';
import { type ProduceOutcome, ProduceRequestWriter, readProduceResponse } from './produce-request.ts';
import { type ProducerIdentity, takeProducerId } from './producer-id.ts';
import type { ProducerConfig } from './properties/producer-properties.ts';
import { isDuplicate, isSequenceGap, Sequences } from './sequences.ts';
import { Stopwatch } from './stopwatch.ts';

/** Told about each batch when its records are acknowledged or have failed; the batch is valid only during the call. */
export type SettledListener = (batch: ProduceBatch, error: ClientError | null, settledAtUs: number) => void;

/** Told once about each kind of error (its name) for which records are sent again. */
export type RetryListener = (error: ClientError) => void;

/** How long a producer was held up by its own bounds, microseconds: `buffer.memory` full, and in-flight requests at their bound. */
export type ProducerLimits = { readonly memoryFullUs: number; readonly inFlightFullUs: number };

/** A broker that leads partitions of the topic. */
type Node = {
  readonly id: number;
  partitions: number[];
  /** Where the next request begins to look for batches, so that no partition starves. */
  nextPartition: number;
  connection: Connection | null;
  writer: ProduceRequestWriter | null;
  version: number;
  isConnecting: boolean;
  inFlightCount: number;
  /** A batch is ready, and as many requests as may be are out. */
  isHeldUp: boolean;
};

type Totals = {
  recordSend: number;
  recordError: number;
  recordRetry: number;
  batch: number;
  batchBytes: number;
  request: number;
  requestBytes: number;
  latencySumMs: number;
  latencyMaxMs: number;
};

/**
 * Sends what the accumulator holds: at most `max.in.flight.requests.per.connection` requests to each leader, with the ready
 * batches of all the partitions it leads; settles batches as answers come, retries what may be retried, and follows leaders.
 *
 * Batches are looked for when one becomes full, when an answer makes room, and when a timer says that linger.ms, a wait for
 * a retry or delivery.timeout.ms has ended.
 */
export class Sender {
  /** Why nothing can be sent any more; null while all is well. */
  failure: ClientError | null = null;
  readonly #config: ProducerConfig;
  readonly #cluster: Cluster;
  readonly #topicName: string;
  readonly #pool: BatchPool;
  readonly #accumulator: Accumulator;
  readonly #compression: BatchCompression;
  /** Null without `enable.idempotence`. */
  readonly #sequences: Sequences | null;
  readonly #nowUs: () => number;
  readonly #onSettled: SettledListener;
  readonly #onRetry: RetryListener;
  readonly #nodes = new Map<number, Node>();
  readonly #lingerUs: number;
  readonly #deliveryTimeoutUs: number;
  readonly #metadataTimer: NodeJS.Timeout;
  readonly #totals: Totals = {
    recordSend: 0,
    recordError: 0,
    recordRetry: 0,
    batch: 0,
    batchBytes: 0,
    request: 0,
    requestBytes: 0,
    latencySumMs: 0,
    latencyMaxMs: 0,
  };
  readonly #memoryFull = new Stopwatch();
  readonly #inFlightFull = new Stopwatch();
  /** The last error of each partition that has had no success since: why its records time out. */
  readonly #lastErrors = new Map<number, ClientError>();
  /** Names of the errors that were told as reasons for a retry. */
  readonly #toldErrors = new Set<string>();
  /** Metadata was asked for so many times since a batch was last acknowledged. */
  #refreshAttempts = 0;
  #inFlightBatches = 0;
  #isFlushing = false;
  #isMemoryFull = false;
  #isDrainScheduled = false;
  #isAfterAnswerDue = false;
  #isRefreshing = false;
  #isRenewingId = false;
  #isClosed = false;
  #wakeAtUs = Number.POSITIVE_INFINITY;
  #wakeTimer: NodeJS.Timeout | null = null;
  #flushWaiters: (() => void)[] = [];
  #roomWaiters: { resolve: () => void; reject: (error: ClientError) => void; timer: NodeJS.Timeout }[] = [];

  constructor(options: {
    readonly config: ProducerConfig;
    readonly cluster: Cluster;
    readonly topic: TopicMetadata;
    readonly pool: BatchPool;
    readonly accumulator: Accumulator;
    /** Of an idempotent producer; null of another. */
    readonly identity: ProducerIdentity | null;
    readonly nowUs: () => number;
    readonly onSettled: SettledListener;
    readonly onRetry: RetryListener;
  }) {
    this.#config = options.config;
    this.#cluster = options.cluster;
    this.#topicName = options.topic.name;
    this.#pool = options.pool;
    this.#accumulator = options.accumulator;
    this.#compression = new BatchCompression(options.config);
    this.#sequences =
      options.identity === null ? null : new Sequences(options.identity, () => void this.#renewProducerId());
    this.#nowUs = options.nowUs;
    this.#onSettled = options.onSettled;
    this.#onRetry = options.onRetry;
    this.#lingerUs = options.config.lingerMs * 1000;
    this.#deliveryTimeoutUs = options.config.deliveryTimeoutMs * 1000;
    this.#follow(options.topic);
    this.#metadataTimer = setInterval(() => void this.#refresh(), Math.max(options.config.metadataMaxAgeMs, 1000));
    this.#metadataTimer.unref();
  }

  /** Connects to every leader, so that the first record does not pay for it. Rejects with a ClientError. */
  async connectAll(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => this.#connect(node)));
  }

  /** A batch became full: send it now if a request may go out. */
  onBatchFull(): void {
    this.#drain();
  }

  /** The first record of a batch was appended. */
  onBatchBegun(): void {
    if (this.#lingerUs === 0) this.#drainSoon();
    else this.#wakeBy(this.#nowUs() + this.#lingerUs);
  }

  /** A record found no room: batches go out without waiting for linger.ms. */
  onMemoryFull(): void {
    if (!this.#isMemoryFull) this.#memoryFull.set(true, this.#nowUs());
    this.#isMemoryFull = true;
    this.#drain();
  }

  /** Resolves when memory for a batch is free, at once when it is; rejects after `max.block.ms`, or when the sender fails. */
  untilRoom(): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure);
    if (!this.#isMemoryFull) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#roomWaiters = this.#roomWaiters.filter((waiter) => waiter.timer !== timer);
        reject(
          new ClientError(
            'BUFFER_EXHAUSTED',
            `no room in buffer.memory=${this.#config.bufferMemory} within max.block.ms=${this.#config.maxBlockMs}`,
          ),
        );
      }, this.#config.maxBlockMs);
      this.#roomWaiters.push({ resolve, reject, timer });
    });
  }

  /** Resolves when nothing waits and nothing is in flight. */
  flush(): Promise<void> {
    this.#isFlushing = true;
    this.#drain();
    return new Promise((resolve) => {
      this.#flushWaiters.push(resolve);
      this.#checkFlushed();
    });
  }

  /** Stops; batches that are not settled fail. */
  close(): void {
    if (this.#isClosed) return;
    const [last] = this.#lastErrors.values();
    this.#fail(
      new ClientError('CLOSED', `the producer was closed before the record was acknowledged${lastErrorText(last)}`),
    );
    this.#isClosed = true;
    clearInterval(this.#metadataTimer);
    if (this.#wakeTimer !== null) clearTimeout(this.#wakeTimer);
    // Closing a connection settles what is in flight on it.
    for (const node of this.#nodes.values()) node.connection?.close();
  }

  /** Records that were sent again, counted each time: Kafka's `record-retry-total`. */
  get recordsRetried(): number {
    return this.#totals.recordRetry;
  }

  /** How long the bounds held records up so far. */
  limits(): ProducerLimits {
    const nowUs = this.#nowUs();
    return { memoryFullUs: this.#memoryFull.totalUs(nowUs), inFlightFullUs: this.#inFlightFull.totalUs(nowUs) };
  }

  /** What the codec made of the batches that were closed. */
  compression(): CompressionTotals {
    return this.#compression.totals();
  }

  /** Metrics under Kafka's names. */
  metrics(): Readonly<Record<string, number>> {
    const totals = this.#totals;
    const tags = `{client-id=${this.#config.clientId}}`;
    const metric = (name: string): string => `producer-metrics:${name}:${tags}`;
    const over = (sum: number, count: number): number => (count === 0 ? 0 : sum / count);
    const compressed = this.#compression.totals();
    return {
      [metric('batch-size-avg')]: over(totals.batchBytes, totals.batch),
      [metric('buffer-available-bytes')]: this.#pool.availableBytes,
      [metric('buffer-total-bytes')]: this.#config.bufferMemory,
      [metric('compression-rate-avg')]: over(compressed.bytesAfter, compressed.bytesBefore),
      [metric('outgoing-byte-total')]: totals.requestBytes,
      [metric('record-error-total')]: totals.recordError,
      [metric('record-retry-total')]: totals.recordRetry,
      [metric('record-send-total')]: totals.recordSend,
      [metric('records-per-request-avg')]: over(totals.recordSend, totals.request),
      [metric('request-latency-avg')]: over(totals.latencySumMs, totals.request),
      [metric('request-latency-max')]: totals.latencyMaxMs,
      [metric('request-size-avg')]: over(totals.requestBytes, totals.request),
      [metric('request-total')]: totals.request,
    };
  }

  #follow(topic: TopicMetadata): void {
    this.#accumulator.growTo(topic.partitions.length);
    for (const node of this.#nodes.values()) node.partitions = [];
    for (const { index, leader } of topic.partitions) {
      if (leader < 0) continue;
      const node = this.#nodes.get(leader) ?? newNode(leader);
      node.partitions.push(index);
      this.#nodes.set(leader, node);
    }
  }

  #drainSoon(): void {
    if (this.#isDrainScheduled) return;
    this.#isDrainScheduled = true;
    setImmediate(() => {
      this.#isDrainScheduled = false;
      this.#drain();
    });
  }

  #drain(): void {
    const nowUs = this.#nowUs();
    const isImpatient = this.#isFlushing || this.#isMemoryFull;
    const openedBeforeUs = isImpatient ? Number.POSITIVE_INFINITY : nowUs - this.#lingerUs;
    let isHeldUp = false;
    for (const node of this.#nodes.values()) {
      this.#drainNode(node, nowUs, openedBeforeUs);
      isHeldUp ||= node.isHeldUp;
    }
    this.#inFlightFull.set(isHeldUp, nowUs);
    if (this.#accumulator.waitingBytes > 0)
      this.#wakeBy(this.#accumulator.nextEventUs(nowUs, this.#lingerUs, this.#deliveryTimeoutUs));
  }

  #drainNode(node: Node, nowUs: number, openedBeforeUs: number): void {
    const { connection, writer } = node;
    if (node.inFlightCount >= this.#config.maxInFlightRequestsPerConnection) {
      // It stays so until an answer makes room, so that this costs one look.
      node.isHeldUp ||= this.#hasReady(node, nowUs, openedBeforeUs);
      return;
    }
    node.isHeldUp = false;
    if (connection === null || writer === null) {
      if (!node.isConnecting && this.#accumulator.waitingBytes > 0) void this.#reconnect(node);
      return;
    }
    const batches = this.#gather(node, nowUs, openedBeforeUs);
    if (batches.length === 0) return;
    connection.inOneWrite(() => {
      let next = batches;
      do {
        this.#send(node, connection, writer, next);
        if (node.inFlightCount >= this.#config.maxInFlightRequestsPerConnection) {
          node.isHeldUp = this.#hasReady(node, nowUs, openedBeforeUs);
          return;
        }
        next = this.#gather(node, nowUs, openedBeforeUs);
      } while (next.length > 0);
    });
  }

  #hasReady(node: Node, nowUs: number, openedBeforeUs: number): boolean {
    return node.partitions.some((index) => this.#accumulator.hasReady(index, nowUs, openedBeforeUs));
  }

  /** At most one ready batch of each of the node's partitions, up to `max.request.size`. */
  #gather(node: Node, nowUs: number, openedBeforeUs: number): ProduceBatch[] {
    const batches: ProduceBatch[] = [];
    const { partitions } = node;
    let roomBytes = this.#config.maxRequestSize;
    let at = node.nextPartition;
    for (let tried = 0; tried < partitions.length; tried++, at++) {
      const partition = partitions[at % partitions.length] ?? -1;
      if (this.#sequences?.maySend(partition, this.#accumulator.firstWaiting(partition)) === false) continue;
      // The first batch always goes: send() has refused records that are larger than a request may be.
      const maxBytes = batches.length === 0 ? Number.POSITIVE_INFINITY : roomBytes;
      const batch = this.#accumulator.takeReady(partition, nowUs, openedBeforeUs, maxBytes);
      if (batch === null) continue;
      batches.push(batch);
      roomBytes -= batch.sizeBytes;
      node.nextPartition = (at + 1) % partitions.length;
    }
    return batches;
  }

  #send(node: Node, connection: Connection, writer: ProduceRequestWriter, batches: readonly ProduceBatch[]): void {
    for (const batch of batches) {
      this.#sequences?.sending(batch);
      if (batch.attempts === 0) {
        const { sizeBytes } = batch;
        batch.finish(this.#compression);
        this.#compression.count(sizeBytes, batch.sizeBytes);
      }
      batch.attempts++;
    }
    const correlationId = connection.takeCorrelationId();
    const pieces = writer.write(correlationId, batches);
    const sentUs = this.#nowUs();
    for (const batch of batches) if (batch.attempts === 1) batch.firstSentAtUs = sentUs;
    node.inFlightCount++;
    this.#inFlightBatches += batches.length;
    this.#totals.request++;
    this.#totals.requestBytes += pieces.reduce((sum, piece) => sum + piece.length, 0);
    let isDone = false;
    const done = (): boolean => {
      if (isDone) return false;
      isDone = true;
      node.inFlightCount--;
      this.#inFlightBatches -= batches.length;
      const latencyMs = (this.#nowUs() - sentUs) / 1000;
      this.#totals.latencySumMs += latencyMs;
      this.#totals.latencyMaxMs = Math.max(this.#totals.latencyMaxMs, latencyMs);
      return true;
    };
    const onFailure = (error: ClientError): void => {
      if (!done()) return;
      for (const batch of batches) {
        this.#sequences?.returned(batch);
        this.#retryOrFail(batch, error);
      }
      this.#afterAnswer();
    };
    if (this.#config.acks === 0) {
      const onWritten = (): void => {
        if (!done()) return;
        for (const batch of batches) this.#settle(batch, null);
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
        const outcomes = readProduceResponse(slab.bytes, start, end, node.version);
        done();
        this.#answered(batches, outcomes);
        this.#afterAnswerSoon();
      },
    });
  }

  #answered(batches: readonly ProduceBatch[], outcomes: readonly ProduceOutcome[]): void {
    for (const batch of batches) {
      this.#sequences?.returned(batch);
      const outcome = outcomes.find(({ partition }) => partition === batch.partition);
      if (outcome === undefined)
        this.#settle(
          batch,
          new ClientError('PROTOCOL_ERROR', `the broker's answer leaves partition ${batch.partition} out`),
        );
      else if (outcome.errorCode === 0 || isDuplicate(outcome.errorCode)) this.#settle(batch, null);
      else
        this.#retryOrFail(
          batch,
          kafkaError(
            outcome.errorCode,
            `partition ${batch.partition} of ${this.#topicName} refused a batch`,
            outcome.errorMessage,
          ),
        );
    }
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
    this.#drain();
    this.#checkFlushed();
  }

  #retryOrFail(batch: ProduceBatch, error: ClientError): void {
    const nowUs = this.#nowUs();
    const isGap = this.#sequences !== null && isSequenceGap(error);
    if (this.failure !== null || !(error.isRetriable || isGap) || batch.attempts > this.#config.retries) {
      this.#settle(batch, this.failure ?? error);
      return;
    }
    // That a batch comes back because the one before it did says nothing new.
    const isEcho = this.#sequences?.refused(batch, error) === false && isGap;
    if (!isEcho) this.#lastErrors.set(batch.partition, error);
    if (nowUs >= batch.createdAtUs + this.#deliveryTimeoutUs) {
      this.#settle(batch, this.#timedOut(batch.partition));
      return;
    }
    if (!isEcho && !this.#toldErrors.has(error.name)) {
      this.#toldErrors.add(error.name);
      this.#onRetry(error);
    }
    this.#totals.recordRetry += batch.recordCount;
    batch.notBeforeUs = nowUs + backoffMs(this.#config, batch.attempts) * 1000;
    this.#accumulator.putBack(batch);
    if (!isGap) void this.#refresh();
  }

  /** The error of records whose time is over, with what kept them from being acknowledged. */
  #timedOut(partition: number): ClientError {
    const last = this.#lastErrors.get(partition);
    return new ClientError(
      'DELIVERY_TIMED_OUT',
      `not acknowledged within delivery.timeout.ms=${this.#config.deliveryTimeoutMs}${lastErrorText(last)}`,
      { cause: last },
    );
  }

  #settle(batch: ProduceBatch, error: ClientError | null): void {
    const totals = this.#totals;
    this.#sequences?.settled(batch, error === null);
    if (error === null) {
      totals.recordSend += batch.recordCount;
      this.#refreshAttempts = 0;
      if (this.#lastErrors.size > 0) this.#lastErrors.delete(batch.partition);
    } else totals.recordError += batch.recordCount;
    totals.batch++;
    totals.batchBytes += batch.sizeBytes;
    const settledAtUs = this.#nowUs();
    this.#onSettled(batch, error, settledAtUs);
    this.#pool.giveBack(batch);
    if (!this.#isMemoryFull) return;
    this.#isMemoryFull = false;
    this.#memoryFull.set(false, settledAtUs);
    for (const waiter of this.#roomWaiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.resolve();
    }
  }

  #checkFlushed(): void {
    if (!this.#isFlushing || this.#inFlightBatches > 0 || this.#accumulator.waitingBytes > 0) return;
    this.#isFlushing = false;
    for (const resolve of this.#flushWaiters.splice(0)) resolve();
  }

  async #connect(node: Node): Promise<void> {
    node.isConnecting = true;
    try {
      const connection = await this.#cluster.connectionTo(node.id);
      node.version = connection.versionOf(produce);
      node.writer = new ProduceRequestWriter({
        version: node.version,
        clientId: this.#config.clientId,
        acks: this.#config.acks,
        timeoutMs: this.#config.requestTimeoutMs,
        topic: this.#topicName,
      });
      node.connection = connection;
      connection.onClose(() => {
        if (node.connection === connection) node.connection = null;
        if (this.failure === null) void this.#refresh();
      });
    } finally {
      node.isConnecting = false;
    }
  }

  async #reconnect(node: Node): Promise<void> {
    try {
      await this.#connect(node);
      this.#drain();
    } catch (error) {
      const failure = asClientError(error);
      if (!failure.isRetriable) this.#fail(failure);
      else await this.#refresh();
    }
  }

  /** Learns who leads what; one at a time. A cluster of which no broker answers is a failure for good. */
  async #refresh(): Promise<void> {
    if (this.#isRefreshing || this.failure !== null) return;
    this.#isRefreshing = true;
    try {
      this.#refreshAttempts++;
      await sleep(backoffMs(this.#config, this.#refreshAttempts));
      if (this.failure !== null) return;
      const { topics } = await this.#cluster.describeTopics([this.#topicName], { allowAutoCreation: false });
      const topic = topics.find((candidate) => candidate.name === this.#topicName);
      if (topic !== undefined && topic.errorCode === 0) this.#follow(topic);
    } catch (error) {
      const failure = asClientError(error);
      if (!failure.isRetriable) this.#fail(failure);
    } finally {
      this.#isRefreshing = false;
      if (this.failure === null && this.#accumulator.waitingBytes > 0) this.#drain();
    }
  }

  /** Takes another producer id when a partition has used all epochs of this one; batches of that partition wait for it. */
  async #renewProducerId(): Promise<void> {
    if (this.#isRenewingId || this.failure !== null) return;
    this.#isRenewingId = true;
    try {
      this.#sequences?.renewId(await takeProducerId(this.#cluster, this.#config));
      this.#drain();
    } catch (error) {
      this.#fail(asClientError(error));
    } finally {
      this.#isRenewingId = false;
    }
  }

  #wakeBy(atUs: number): void {
    if (atUs >= this.#wakeAtUs || this.#isClosed || atUs === Number.POSITIVE_INFINITY) return;
    this.#wakeAtUs = atUs;
    if (this.#wakeTimer !== null) clearTimeout(this.#wakeTimer);
    // Node's timers fire up to a millisecond early or late; waking early would find nothing ready and spin.
    const delayMs = Math.min(Math.max(Math.ceil((atUs - this.#nowUs()) / 1000), 1), 0x7fffffff);
    this.#wakeTimer = setTimeout(() => this.#wake(), delayMs);
  }

  #wake(): void {
    this.#wakeTimer = null;
    this.#wakeAtUs = Number.POSITIVE_INFINITY;
    const expired = this.#accumulator.takeOlderThan(this.#nowUs() - this.#deliveryTimeoutUs);
    for (const batch of expired) this.#settle(batch, this.#timedOut(batch.partition));
    this.#afterAnswer();
  }

  /** Nothing can be sent any more: settles what waits; what is in flight settles when its connection closes. */
  #fail(failure: ClientError): void {
    if (this.failure !== null) return;
    this.failure = failure;
    for (const batch of this.#accumulator.takeOlderThan(Number.POSITIVE_INFINITY)) this.#settle(batch, failure);
    for (const waiter of this.#roomWaiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.reject(failure);
    }
    this.#checkFlushed();
  }
}

const lastErrorText = (last: ClientError | undefined): string =>
  last === undefined ? '' : `; last error: ${last.message}`;

const newNode = (id: number): Node => ({
  id,
  partitions: [],
  nextPartition: 0,
  connection: null,
  writer: null,
  version: 0,
  isConnecting: false,
  inFlightCount: 0,
  isHeldUp: false,
});
