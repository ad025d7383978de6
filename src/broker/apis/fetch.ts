import type { ByteWriter } from '../../protocol/byte-writer.ts';
import { decodeRequest } from '../../protocol/codec.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { fetch } from '../../protocol/messages/fetch.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import { type Exchange, UNEXPECTED } from '../exchange.ts';
import { serveInTurn, settleWith, streamHandler } from '../handler.ts';
import { MAX_FETCH_WAIT_MS } from '../limits.ts';
import { CorruptLogError, errorCode as systemErrorCode } from '../log/errors.ts';
import { MAX_FILE_READ_BYTES } from '../log/limits.ts';
import { EMPTY_READ, joinReads, type LogRead, offsetBehind } from '../log/log-read.ts';
import type { AbortedTransaction } from '../log/producer-states.ts';
import type { Outgoing } from '../outgoing.ts';
import { type AppendWaiter, leaderEpochError, type Partition } from '../partition.ts';
import type { BrokerState } from '../state.ts';
import type { Topic } from '../topics.ts';

const FIRST_WITH_LOG_START_OFFSET = 5;
const FIRST_WITH_SESSIONS = 7;
const FIRST_WITH_PREFERRED_REPLICA = 11;
const FIRST_WITH_TOPIC_IDS = 13;
const NO_SESSION = 0;
/** Bytes of a response that are not records: at most so many for its head, a topic without its name, a partition. */
const HEAD_BYTES = 32;
const TOPIC_BYTES = 32;
const PARTITION_BYTES = 64;
/** An aborted transaction in a response. */
const ABORTED_BYTES = 17;
const READ_COMMITTED = 1;
const NONE_ABORTED: readonly AbortedTransaction[] = [];

type Request = RequestOf<typeof fetch>;
type AskedPartition = Request['topics'][number]['partitions'][number];

/** One partition of a fetch, and what was found for it. */
type Part = {
  readonly asked: AskedPartition;
  readonly topicAt: number;
  partition: Partition | null;
  errorCode: number;
  highWatermark: number;
  lastStableOffset: number;
  /** Records from here on are not handed out: the last stable offset or the high watermark. */
  limitOffset: number;
  aborted: readonly AbortedTransaction[];
  read: LogRead;
  /** Where the next read goes on. */
  nextOffset: number;
  /** True when there is more than the partition's own limit lets through: waiting brings nothing. */
  isCut: boolean;
};

/**
 * Fetch: whole batches from the offsets asked for, first come from the tail cache, then from files. With fewer than
 * `minBytes` it waits for appends up to `maxWaitMs`; the first batch comes even when it is over the limits (KIP-74).
 * There are no fetch sessions: every response says session 0 (KIP-227's own way to say so).
 *
 * It is read and served when all earlier requests of its connection are answered, as in Kafka, so that a connection holds
 * one response's records, however many fetches it sends ahead; over all connections `FetchRoom` bounds them.
 */
export const handleFetch = streamHandler(
  fetch,
  { versions: fetch.versions, advertised: fetch.versions },
  (exchange, reader, slab, broker) => {
    serveInTurn(exchange, slab, () => serveFetch(exchange, decodeRequest(fetch, exchange.version, reader), broker));
  },
);

const serveFetch = (exchange: Exchange, request: Request, broker: BrokerState): void => {
  if (request.sessionId === NO_SESSION || request.sessionEpoch <= 0) {
    new FetchCall(exchange, request, broker).begin();
    return;
  }
  settleWith(fetch, exchange, {
    errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
    sessionId: NO_SESSION,
    responses: [],
  });
};

/** One fetch from its turn to its response. */
class FetchCall implements AppendWaiter {
  readonly #exchange: Exchange;
  readonly #request: Request;
  readonly #broker: BrokerState;
  readonly #parts: Part[] = [];
  #foundBytes = 0;
  #throttleMs = 0;
  /** What is counted in the fetch room for what was found. */
  #memoryBytes = 0;
  #remainingBytes = 0;
  /** Bytes that partitions have beyond their own limits, as far as they count for `minBytes`. */
  #cutBytes = 0;
  /** True when the limit of the whole response, or the room, kept something out. */
  #isFull = false;
  /** True when the first batch comes whatever the limits. */
  #isFirstSure = true;
  #isSqueezed = false;
  #hasError = false;
  #missingBytes = 0;
  #deadlineMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #isWaiting = false;
  #isAbandoned = false;

  constructor(exchange: Exchange, request: Request, broker: BrokerState) {
    this.#exchange = exchange;
    this.#request = request;
    this.#broker = broker;
    request.topics.forEach((topic, topicAt) => {
      for (const asked of topic.partitions)
        this.#parts.push({
          asked,
          topicAt,
          partition: null,
          errorCode: 0,
          highWatermark: -1,
          lastStableOffset: -1,
          limitOffset: -1,
          aborted: NONE_ABORTED,
          read: EMPTY_READ,
          nextOffset: asked.fetchOffset,
          isCut: false,
        });
    });
  }

  /** Reads, and answers or waits. */
  begin(): void {
    this.#exchange.onAbandoned = () => this.#abandon();
    const waitMs = Math.min(Math.max(this.#request.maxWaitMs, 0), MAX_FETCH_WAIT_MS);
    this.#deadlineMs = waitMs === 0 ? 0 : performance.now() + waitMs;
    this.#attempt();
  }

  /** A partition that is waited for has grown, or is gone. */
  appended(addedBytes: number): void {
    this.#missingBytes -= addedBytes;
    if (!this.#isWaiting || this.#missingBytes > 0) return;
    this.#stopWaiting();
    this.#attempt();
  }

  #attempt(): void {
    const { settings, fetchRoom } = this.#broker;
    this.#remainingBytes = Math.min(this.#request.maxBytes, settings.fetchMaxBytes);
    this.#foundBytes = 0;
    this.#cutBytes = 0;
    this.#isFull = false;
    this.#hasError = false;
    this.#isFirstSure = fetchRoom.freeBytes > 0;
    if (!this.#isFirstSure && fetchRoom.squeezeIn()) {
      this.#isSqueezed = true;
      this.#isFirstSure = true;
    }
    for (const part of this.#parts) {
      part.nextOffset = part.asked.fetchOffset;
      part.isCut = false;
    }
    this.#gather(0);
  }

  /** Reads the parts in order; goes on later when one of them comes from a file. */
  #gather(from: number): void {
    for (let at = from; at < this.#parts.length; ) {
      const part = this.#parts[at];
      if (part === undefined) break;
      const limitBytes = this.#limitFor(part);
      const read = this.#read(part, limitBytes);
      if (read instanceof Promise) {
        this.#readLater(part, at, read, limitBytes);
        return;
      }
      if (!this.#take(part, read)) at++;
    }
    this.#gathered();
  }

  /** Sets the room apart that the read may need, so that other fetches do not count on it meanwhile. */
  #readLater(part: Part, at: number, read: Promise<LogRead>, limitBytes: number): void {
    const { fetchRoom } = this.#broker;
    const setApartBytes = Math.min(Math.max(limitBytes, 0), MAX_FILE_READ_BYTES);
    fetchRoom.take(setApartBytes);
    const resume = (found: LogRead): void => {
      fetchRoom.giveBack(setApartBytes);
      const isToBeContinued = this.#take(part, found);
      if (this.#isAbandoned) this.#release();
      else this.#gather(isToBeContinued ? at : at + 1);
    };
    read
      .then(resume, (error: unknown) => resume(this.#failed(part, error)))
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.stack : String(error);
        this.#exchange.owner.fail(`Fetch failed in a way the broker did not expect (${why})`, UNEXPECTED);
      });
  }

  /** Bytes that may still be read for a partition; the limits of all and the room included. */
  #limitFor(part: Part): number {
    const own = part.asked.partitionMaxBytes - part.read.sizeBytes;
    return Math.max(0, Math.min(own, this.#remainingBytes, this.#broker.fetchRoom.freeBytes));
  }

  /** Adds what was read to its part; true when the part is to be read on, since more is there and less than asked for was found. */
  #take(part: Part, read: LogRead): boolean {
    if (part.errorCode !== ErrorCode.NONE) {
      this.#hasError = true;
      this.#drop(part);
      return false;
    }
    this.#foundBytes += read.sizeBytes;
    this.#remainingBytes -= read.sizeBytes;
    this.#memoryBytes += read.memoryBytes;
    this.#broker.fetchRoom.take(read.memoryBytes);
    if (read.sizeBytes > 0) part.read = part.read === EMPTY_READ ? read : joinReads(part.read, read);
    if (this.#foundBytes >= this.#request.minBytes) return false;
    if (read.sizeBytes > 0) {
      part.nextOffset = offsetBehind(read);
      return part.nextOffset < part.limitOffset;
    }
    if (part.nextOffset < part.limitOffset) this.#noteLimit(part);
    return false;
  }

  /** More is there than was let through: by the partition's own limit, which then counts as Kafka counts it, or by the others. */
  #noteLimit(part: Part): void {
    const own = Math.max(0, part.asked.partitionMaxBytes - part.read.sizeBytes);
    if (own >= Math.min(this.#remainingBytes, this.#broker.fetchRoom.freeBytes)) this.#isFull = true;
    part.isCut = true;
    this.#cutBytes += own;
  }

  #read(part: Part, limitBytes: number): LogRead | Promise<LogRead> {
    const { asked } = part;
    const topic = this.#topic(part.topicAt);
    const partition = topic?.partitions[asked.partition] ?? null;
    const { access } = this.#exchange.owner.session;
    part.partition = partition;
    part.highWatermark = -1;
    part.lastStableOffset = -1;
    part.limitOffset = -1;
    if (access !== null && (topic !== undefined || this.#exchange.version < FIRST_WITH_TOPIC_IDS)) {
      const name = topic?.name ?? this.#request.topics[part.topicAt]?.topic ?? '';
      if (!access.allows('READ', 'TOPIC', name)) {
        part.errorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        return EMPTY_READ;
      }
    }
    if (partition === null) {
      const isById = this.#exchange.version >= FIRST_WITH_TOPIC_IDS && topic === undefined;
      part.errorCode = isById ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      return EMPTY_READ;
    }
    const { log } = partition;
    part.errorCode = leaderEpochError(asked.currentLeaderEpoch);
    if (part.errorCode !== ErrorCode.NONE) return EMPTY_READ;
    part.highWatermark = log.highWatermark;
    part.lastStableOffset = log.lastStableOffset;
    part.limitOffset = this.#request.isolationLevel === READ_COMMITTED ? part.lastStableOffset : part.highWatermark;
    if (part.nextOffset < log.logStartOffset || part.nextOffset > log.highWatermark) {
      part.errorCode = ErrorCode.OFFSET_OUT_OF_RANGE;
      return EMPTY_READ;
    }
    const isFirst = this.#isFirstSure && this.#foundBytes === 0;
    if (part.nextOffset >= part.limitOffset || (!isFirst && limitBytes <= 0)) return EMPTY_READ;
    try {
      return log.read(part.nextOffset, limitBytes, isFirst, part.limitOffset);
    } catch (error) {
      return this.#failed(part, error);
    }
  }

  #failed(part: Part, error: unknown): LogRead {
    if (part.partition?.isDeleted === true) {
      part.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      return EMPTY_READ;
    }
    // As Kafka does: consumers try again after the one, and tell their user of the other.
    const answer = error instanceof CorruptLogError ? 'CORRUPT_MESSAGE' : 'KAFKA_STORAGE_ERROR';
    part.errorCode = ErrorCode[answer];
    this.#broker.journal.say(
      `cannot read ${systemErrorCode(error)}`,
      `${error instanceof Error ? error.message : String(error)}; consumers get ${answer}`,
      1,
    );
    return EMPTY_READ;
  }

  #topic(topicAt: number): Topic | undefined {
    const asked = this.#request.topics[topicAt];
    if (asked === undefined) return undefined;
    const { topics } = this.#broker;
    return this.#exchange.version >= FIRST_WITH_TOPIC_IDS ? topics.getById(asked.topicId) : topics.get(asked.topic);
  }

  #gathered(): void {
    const waitMs = this.#deadlineMs === 0 ? 0 : this.#deadlineMs - performance.now();
    const countedBytes = this.#foundBytes + this.#cutBytes;
    const isEnough = countedBytes >= this.#request.minBytes || this.#parts.length === 0 || this.#hasError;
    if (waitMs <= 0) this.#answer();
    else if (!this.#isFirstSure && this.#foundBytes === 0 && this.#isFull) this.#waitForRoom(waitMs);
    // What the limits cut off does not grow by waiting.
    else if (isEnough || (this.#foundBytes > 0 && this.#isFull) || this.#parts.every(({ isCut }) => isCut))
      this.#answer();
    else this.#wait(waitMs);
  }

  #wait(waitMs: number): void {
    this.#missingBytes = this.#request.minBytes - this.#foundBytes - this.#cutBytes;
    this.#release();
    this.#isWaiting = true;
    for (const { partition, isCut } of this.#parts) if (!isCut) partition?.addWaiter(this);
    this.#wakeIn(waitMs);
  }

  /** The room is full, and so are the places of those who are squeezed in. */
  #waitForRoom(waitMs: number): void {
    this.#release();
    this.#isWaiting = true;
    this.#broker.fetchRoom.wait(this.#onRoom);
    this.#wakeIn(waitMs);
  }

  readonly #onRoom = (): void => {
    this.#stopWaiting();
    this.#attempt();
  };

  /** The last attempt after so many milliseconds. */
  #wakeIn(waitMs: number): void {
    this.#timer = setTimeout(() => {
      this.#deadlineMs = 0;
      this.#stopWaiting();
      this.#attempt();
    }, waitMs);
  }

  #stopWaiting(): void {
    this.#isWaiting = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#broker.fetchRoom.stopWaiting(this.#onRoom);
    for (const { partition } of this.#parts) partition?.removeWaiter(this);
  }

  #answer(): void {
    const { clientId, owner } = this.#exchange;
    const { quotas } = this.#broker.security;
    this.#throttleMs = quotas.throttleMs('consumer_byte_rate', owner.session, clientId, this.#foundBytes);
    if (this.#throttleMs > 0) owner.mute(this.#throttleMs);
    this.#exchange.onAbandoned = null;
    if (this.#request.isolationLevel === READ_COMMITTED) for (const part of this.#parts) findAborted(part);
    this.#exchange.settle(
      (outgoing) => this.#encode(outgoing),
      this.#memoryBytes,
      () => this.#release(),
    );
    this.#exchange.owner.pump();
  }

  #abandon(): void {
    this.#isAbandoned = true;
    if (this.#isWaiting) this.#stopWaiting();
    this.#release();
  }

  /** Lets go of what was read. */
  #release(): void {
    for (const part of this.#parts) {
      part.read.release();
      part.read = EMPTY_READ;
    }
    const { fetchRoom } = this.#broker;
    fetchRoom.giveBack(this.#memoryBytes);
    this.#memoryBytes = 0;
    if (this.#isSqueezed) fetchRoom.leaveSqueezed();
    this.#isSqueezed = false;
  }

  /** Lets go of what was read of one partition, which turned out not to be readable. */
  #drop(part: Part): void {
    const { sizeBytes, memoryBytes } = part.read;
    this.#foundBytes -= sizeBytes;
    this.#remainingBytes += sizeBytes;
    this.#memoryBytes -= memoryBytes;
    this.#broker.fetchRoom.giveBack(memoryBytes);
    part.read.release();
    part.read = EMPTY_READ;
  }

  /** The response by hand: small pieces of header between the slices of the logs, which are not copied. */
  #encode(outgoing: Outgoing): void {
    const { version, correlationId } = this.#exchange;
    const isFlexible = version >= fetch.flexibleFrom;
    const { writer } = outgoing;
    writer.reserve(this.#headerBytes());
    outgoing.beginFrame(correlationId, isFlexible);
    writer.int32(this.#throttleMs);
    if (version >= FIRST_WITH_SESSIONS) {
      writer.int16(ErrorCode.NONE);
      writer.int32(NO_SESSION);
    }
    const { topics } = this.#request;
    writeCount(writer, topics.length, isFlexible);
    let partAt = 0;
    for (const topic of topics) {
      if (version >= FIRST_WITH_TOPIC_IDS) writer.uuid(topic.topicId);
      else if (isFlexible) writer.compactString(topic.topic);
      else writer.string(topic.topic);
      writeCount(writer, topic.partitions.length, isFlexible);
      for (let count = topic.partitions.length; count > 0; count--) {
        const part = this.#parts[partAt++];
        if (part !== undefined) this.#encodePart(outgoing, part, isFlexible);
      }
      if (isFlexible) writer.unsignedVarint(0);
    }
    if (isFlexible) writer.unsignedVarint(0);
    outgoing.endFrameWith(this.#foundBytes);
  }

  #encodePart(outgoing: Outgoing, part: Part, isFlexible: boolean): void {
    const { writer } = outgoing;
    const { version } = this.#exchange;
    writer.int32(part.asked.partition);
    writer.int16(part.errorCode);
    writer.int64(part.highWatermark);
    writer.int64(part.lastStableOffset);
    if (version >= FIRST_WITH_LOG_START_OFFSET)
      writer.int64(part.highWatermark < 0 ? -1 : (part.partition?.log.logStartOffset ?? -1));
    this.#encodeAborted(writer, part, isFlexible);
    if (version >= FIRST_WITH_PREFERRED_REPLICA) writer.int32(-1);
    writeCount(writer, part.read.sizeBytes, isFlexible);
    if (part.read.sizeBytes > 0) outgoing.add(part.read.slices);
    if (isFlexible) writer.unsignedVarint(0);
  }

  /** Aborted transactions among what was read; null means that nobody asked for committed records only. */
  #encodeAborted(writer: ByteWriter, { aborted }: Part, isFlexible: boolean): void {
    writeCount(writer, this.#request.isolationLevel === READ_COMMITTED ? aborted.length : -1, isFlexible);
    for (const { producerId, firstOffset } of aborted) {
      writer.int64(producerId);
      writer.int64(firstOffset);
      if (isFlexible) writer.unsignedVarint(0);
    }
  }

  #headerBytes(): number {
    let sizeBytes = HEAD_BYTES + this.#parts.length * PARTITION_BYTES;
    for (const { aborted } of this.#parts) sizeBytes += aborted.length * ABORTED_BYTES;
    for (const { topic } of this.#request.topics) sizeBytes += TOPIC_BYTES + Buffer.byteLength(topic);
    return sizeBytes;
  }
}

/** Names the aborted transactions among the records that go out, so that the consumer drops them. */
const findAborted = (part: Part): void => {
  const { asked, read, partition } = part;
  part.aborted =
    read.sizeBytes === 0 || partition === null
      ? NONE_ABORTED
      : partition.log.producers.abortedWithin(asked.fetchOffset, offsetBehind(read));
};

/** A count or size as this form of the message has it; -1 is null. */
const writeCount = (writer: ByteWriter, count: number, isCompact: boolean): void => {
  if (isCompact) writer.unsignedVarint(count + 1);
  else writer.int32(count);
};
