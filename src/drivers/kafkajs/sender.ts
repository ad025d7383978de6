import type { IHeaders, Message, Producer, Transaction } from 'kafkajs';
import type { Accumulator } from '../../client/accumulator.ts';
import { backoffMs } from '../../client/backoff.ts';
import type { BufferMemory } from '../../client/buffer-memory.ts';
import { ClientError } from '../../client/client-error.ts';
import type { TopicMetadata } from '../../client/cluster.ts';
import type { ProduceBatch } from '../../client/produce-batch.ts';
import type { ProducerConfig } from '../../client/properties/producer-properties.ts';
import { Stopwatch } from '../../client/stopwatch.ts';
import { WakeTimer } from '../../client/wake-timer.ts';
import { codecNumber } from '../../protocol/compression/codec.ts';
import { type DriverError, DriverFailure, type ProducerLimits } from '../driver.ts';
import { type KafkajsFault, kafkajsFault } from './errors.ts';
import { appendMessages } from './messages.ts';

/** Told about each batch when its records are acknowledged or have failed; the batch is valid only during the call. */
export type BatchListener = (batch: ProduceBatch, error: DriverError | null, settledAtUs: number) => void;

/** What sends: kafkajs's producer, or a transaction of it. */
export type KafkajsSend = Pick<Producer | Transaction, 'sendBatch'>;

/** What a sender is made for. */
export type KafkajsSenderOptions = {
  readonly config: ProducerConfig;
  /** Requests to one broker at a time. */
  readonly mostInFlight: number;
  readonly topic: TopicMetadata;
  readonly headers: IHeaders | undefined;
  readonly memory: BufferMemory;
  readonly accumulator: Accumulator;
  readonly nowUs: () => number;
  /** What the next request goes through. */
  readonly through: () => Promise<KafkajsSend> | KafkajsSend;
  readonly onSettled: BatchListener;
  readonly onRetry: (error: DriverError) => void;
  /** Asks who leads the partitions; null when nobody knows. */
  readonly findLeaders: () => Promise<TopicMetadata | null>;
};

/** A broker that leads partitions of the topic. */
type Leader = { readonly id: number; partitions: number[]; nextPartition: number; inFlightCount: number };

/** Batches that were handed to kafkajs together; one that is over its time is settled before kafkajs has settled it. */
type Request = { readonly batches: readonly ProduceBatch[]; readonly createdAtUs: number; isSettled: boolean };

/** `producer-metrics` of Kafka's names. */
export type SenderTotals = {
  recordSend: number;
  recordError: number;
  recordRetry: number;
  batch: number;
  batchBytes: number;
  request: number;
};

/**
 * Hands what the accumulator holds to kafkajs, which has neither batches nor a bound in time: at most
 * `max.in.flight.requests.per.connection` requests for each leader at a time, each with one ready batch of every partition that it
 * leads; sends again what may be sent again, until `retries` or `delivery.timeout.ms` is used up.
 */
export class KafkajsSender {
  /** Why nothing can be sent any more; null while all is well. */
  failure: DriverFailure | null = null;
  readonly totals: SenderTotals = {
    recordSend: 0,
    recordError: 0,
    recordRetry: 0,
    batch: 0,
    batchBytes: 0,
    request: 0,
  };
  readonly #options: KafkajsSenderOptions;
  readonly #leaders = new Map<number, Leader>();
  /** Partitions that have a leader. */
  readonly #led = new Set<number>();
  readonly #requests = new Set<Request>();
  readonly #lingerUs: number;
  readonly #deliveryTimeoutUs: number;
  readonly #inFlightFull = new Stopwatch();
  readonly #toldErrors = new Set<string>();
  readonly #timer: WakeTimer;
  #lastError: KafkajsFault | null = null;
  #isFlushing = false;
  #isDrainScheduled = false;
  #isFindingLeaders = false;
  #flushWaiters: (() => void)[] = [];

  constructor(options: KafkajsSenderOptions) {
    this.#options = options;
    this.#lingerUs = options.config.lingerMs * 1000;
    this.#deliveryTimeoutUs = options.config.deliveryTimeoutMs * 1000;
    this.#timer = new WakeTimer(options.nowUs, () => this.#wake());
    this.#follow(options.topic);
  }

  /** A batch became full: send it now if a request may go out. */
  onBatchFull(): void {
    this.#drain();
  }

  /** The first record of a batch was appended. */
  onBatchBegun(): void {
    if (this.#lingerUs === 0) this.#drainSoon();
    else this.#timer.by(this.#options.nowUs() + this.#lingerUs);
  }

  /** A record found no room: batches go out without waiting for linger.ms. */
  onMemoryFull(): void {
    this.#options.memory.ranOut(this.#options.nowUs());
    this.#drain();
  }

  /** Sends what waits without waiting for linger.ms; resolves when nothing waits and nothing is in flight. */
  flush(): Promise<void> {
    this.#isFlushing = true;
    this.#drain();
    return new Promise((resolve) => {
      this.#flushWaiters.push(resolve);
      this.#checkFlushed();
    });
  }

  /** Settles what was not handed to kafkajs yet with an error. */
  dropWaiting(error: DriverError): void {
    for (const batch of this.#options.accumulator.takeOlderThan(Number.POSITIVE_INFINITY))
      this.#settle(batch, error, true);
    this.#checkFlushed();
  }

  /** Stops; batches that are not settled fail. */
  close(): void {
    const last = this.#lastErrorText();
    this.fail(new DriverFailure('CLOSED', null, `the producer was closed before the record was acknowledged${last}`));
    for (const request of this.#requests) this.#settleRequest(request, this.failure, false);
    this.#timer.close();
  }

  /** Nothing can be sent any more: settles what waits. */
  fail(failure: DriverFailure): void {
    if (this.failure !== null) return;
    this.failure = failure;
    this.dropWaiting(failure);
    this.#options.memory.fail(new ClientError(failure.name, failure.message, { code: failure.code }));
  }

  /** Whether a partition can be sent to. */
  hasLeader(partition: number): boolean {
    return this.#led.has(partition);
  }

  /** How long the bounds held records up so far. */
  limits(): ProducerLimits {
    const nowUs = this.#options.nowUs();
    return { memoryFullUs: this.#options.memory.fullUs(nowUs), inFlightFullUs: this.#inFlightFull.totalUs(nowUs) };
  }

  #follow(topic: TopicMetadata): void {
    this.#options.accumulator.growTo(topic.partitions.length);
    for (const leader of this.#leaders.values()) leader.partitions = [];
    this.#led.clear();
    for (const { index, leader } of topic.partitions) {
      if (leader < 0) continue;
      const known = this.#leaders.get(leader) ?? { id: leader, partitions: [], nextPartition: 0, inFlightCount: 0 };
      known.partitions.push(index);
      this.#led.add(index);
      this.#leaders.set(leader, known);
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
    if (this.failure !== null) return;
    const { accumulator, memory, mostInFlight, nowUs: readClock } = this.#options;
    const nowUs = readClock();
    const isImpatient = this.#isFlushing || memory.isFull;
    const openedBeforeUs = isImpatient ? Number.POSITIVE_INFINITY : nowUs - this.#lingerUs;
    let isHeldUp = false;
    for (const leader of this.#leaders.values()) {
      while (leader.inFlightCount < mostInFlight) {
        const batches = this.#gather(leader, nowUs, openedBeforeUs);
        if (batches.length === 0) break;
        void this.#send(leader, batches, nowUs);
      }
      isHeldUp ||=
        leader.inFlightCount >= mostInFlight &&
        leader.partitions.some((index) => accumulator.hasReady(index, nowUs, openedBeforeUs));
    }
    this.#inFlightFull.set(isHeldUp, nowUs);
    if (accumulator.waitingBytes > 0)
      this.#timer.by(accumulator.nextEventUs(nowUs, this.#lingerUs, this.#deliveryTimeoutUs));
  }

  /** At most one ready batch of each of the leader's partitions, up to `max.request.size`. */
  #gather(leader: Leader, nowUs: number, openedBeforeUs: number): ProduceBatch[] {
    const { accumulator, config } = this.#options;
    const { partitions } = leader;
    const batches: ProduceBatch[] = [];
    let roomBytes = config.maxRequestSize;
    let at = leader.nextPartition;
    for (let tried = 0; tried < partitions.length; tried++, at++) {
      const maxBytes = batches.length === 0 ? Number.POSITIVE_INFINITY : roomBytes;
      const partition = partitions[at % partitions.length] ?? -1;
      const batch = accumulator.takeReady(partition, nowUs, openedBeforeUs, maxBytes);
      if (batch === null) continue;
      batches.push(batch);
      roomBytes -= batch.sizeBytes;
      leader.nextPartition = (at + 1) % partitions.length;
    }
    return batches;
  }

  async #send(leader: Leader, batches: readonly ProduceBatch[], nowUs: number): Promise<void> {
    const { config, headers, topic } = this.#options;
    const request: Request = {
      batches,
      createdAtUs: Math.min(...batches.map((batch) => batch.createdAtUs)),
      isSettled: false,
    };
    this.#requests.add(request);
    leader.inFlightCount++;
    this.totals.request++;
    const messages: Message[] = [];
    for (const batch of batches) {
      // A batch that is sent again has its header already.
      if (batch.attempts++ === 0) {
        batch.firstSentAtUs = nowUs;
        batch.finish();
      }
      appendMessages(batch, headers, messages);
    }
    this.#timer.by(request.createdAtUs + this.#deliveryTimeoutUs);
    let fault: KafkajsFault | null = null;
    try {
      const through = await this.#options.through();
      await through.sendBatch({
        acks: config.acks,
        timeout: config.requestTimeoutMs,
        compression: codecNumber(config.compressionType) ?? 0,
        topicMessages: [{ topic: topic.name, messages }],
      });
    } catch (error) {
      fault = kafkajsFault(error);
    }
    leader.inFlightCount--;
    this.#requests.delete(request);
    if (request.isSettled) this.#giveBack(request.batches);
    else if (fault === null) this.#settleRequest(request, null, true);
    else this.#sendAgain(request, fault);
    this.#drain();
    this.#checkFlushed();
  }

  #sendAgain({ batches }: Request, fault: KafkajsFault): void {
    const { accumulator, config, nowUs: readClock, onRetry } = this.#options;
    const nowUs = readClock();
    this.#lastError = fault;
    if (fault.isRetriable) void this.#findLeaders();
    for (const batch of batches) {
      if (this.failure !== null) this.#settle(batch, this.failure, true);
      else if (!fault.isRetriable || batch.attempts > config.retries) this.#settle(batch, fault, true);
      else if (nowUs >= batch.createdAtUs + this.#deliveryTimeoutUs) this.#settle(batch, this.#timedOut(), true);
      else {
        if (!this.#toldErrors.has(fault.name)) onRetry(fault);
        this.#toldErrors.add(fault.name);
        this.totals.recordRetry += batch.recordCount;
        batch.notBeforeUs = nowUs + backoffMs(config, batch.attempts) * 1000;
        accumulator.putBack(batch);
      }
    }
  }

  #settleRequest(request: Request, error: DriverError | null, isDone: boolean): void {
    if (request.isSettled) return;
    request.isSettled = true;
    for (const batch of request.batches) this.#settle(batch, error, isDone);
  }

  /** @param isDone whether kafkajs has let go of the batch, so that it may be used again */
  #settle(batch: ProduceBatch, error: DriverError | null, isDone: boolean): void {
    const { totals } = this;
    if (error === null) totals.recordSend += batch.recordCount;
    else totals.recordError += batch.recordCount;
    totals.batch++;
    totals.batchBytes += batch.sizeBytes;
    this.#options.onSettled(batch, error, this.#options.nowUs());
    if (isDone) this.#giveBack([batch]);
  }

  #giveBack(batches: readonly ProduceBatch[]): void {
    const { memory, nowUs } = this.#options;
    for (const batch of batches) memory.pool.giveBack(batch);
    if (memory.isFull) memory.released(nowUs());
  }

  async #findLeaders(): Promise<void> {
    if (this.#isFindingLeaders) return;
    this.#isFindingLeaders = true;
    try {
      const topic = await this.#options.findLeaders();
      if (topic !== null) this.#follow(topic);
    } finally {
      this.#isFindingLeaders = false;
    }
    this.#drain();
  }

  /** The error of records whose time is over, with what kept them from being acknowledged. */
  #timedOut(): DriverError {
    const { deliveryTimeoutMs } = this.#options.config;
    const message = `not acknowledged within delivery.timeout.ms=${deliveryTimeoutMs}${this.#lastErrorText()}`;
    return { name: 'DELIVERY_TIMED_OUT', code: null, message };
  }

  #lastErrorText(): string {
    return this.#lastError === null ? '' : `; last error: ${this.#lastError.message}`;
  }

  #checkFlushed(): void {
    const isSettled = [...this.#requests].every((request) => request.isSettled);
    if (!this.#isFlushing || !isSettled || this.#options.accumulator.waitingBytes > 0) return;
    this.#isFlushing = false;
    for (const resolve of this.#flushWaiters.splice(0)) resolve();
  }

  #wake(): void {
    const expiredUs = this.#options.nowUs() - this.#deliveryTimeoutUs;
    for (const batch of this.#options.accumulator.takeOlderThan(expiredUs)) this.#settle(batch, this.#timedOut(), true);
    for (const request of this.#requests) {
      if (request.isSettled) continue;
      if (request.createdAtUs <= expiredUs) this.#settleRequest(request, this.#timedOut(), false);
      else this.#timer.by(request.createdAtUs + this.#deliveryTimeoutUs);
    }
    this.#drain();
    this.#checkFlushed();
  }
}
