import type { ByteReader } from '../../protocol/byte-reader.ts';
import type { ByteWriter } from '../../protocol/byte-writer.ts';
import type { OpenBatch } from '../../protocol/compressed-batch.ts';
import { ErrorCode, ProtocolError } from '../../protocol/errors.ts';
import { skipTaggedFields } from '../../protocol/headers.ts';
import { produce } from '../../protocol/messages/produce.ts';
import {
  batchBaseSequence,
  batchBaseTimestamp,
  batchCodec,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  checkBatch,
  checkRecords,
  hasProducerId,
  isControl,
  isLogAppendTime,
  isTransactional,
  type SeenRecords,
  setLogAppendTime,
  setMaxTimestamp,
} from '../../protocol/record-batch.ts';
import type { Slab } from '../../protocol/slab.ts';
import type { StagedProduce } from '../append-queue.ts';
import type { Exchange, ExchangeOwner } from '../exchange.ts';
import { streamHandler } from '../handler.ts';
import type { Outgoing } from '../outgoing.ts';
import type { Partition } from '../partition.ts';
import type { BrokerState } from '../state.ts';
import { isRecoded, openProduced, recode } from '../stored-codec.ts';
import { isInternalTopic } from '../topics.ts';

const ZSTD = 4;
const FIRST_WITH_TRANSACTIONAL_ID = 3;
const FIRST_WITH_LOG_START_OFFSET = 5;
const FIRST_WITH_ZSTD = 7;
const FIRST_WITH_RECORD_ERRORS = 8;
/** From here on clients know TRANSACTION_ABORTABLE (KIP-890). */
const FIRST_WITH_ABORTABLE_ERROR = 11;
/** Rules for record checks: compaction keeps the last record of each key, and needs one. */
const RULES = { delete: { isKeyRequired: false }, compact: { isKeyRequired: true } } as const;

/** Filled in anew by each check of records. */
const seen: SeenRecords = { maxTimestampMs: -1 };

/** What became of one partition's batch. */
type Appended = {
  readonly partitionIndex: number;
  /** Null when the batch was refused before it was staged. */
  readonly partition: Partition | null;
  errorCode: number;
  errorMessage: string | null;
  baseOffset: number;
  logAppendTimeMs: number;
};

/**
 * Produce: batches are checked where they were received, staged, and acknowledged once they are written.
 *
 * Served from version 3, but advertised from 0 as Kafka 4 does: librdkafka up to 2.11.0 turns compression off when it does not
 * find the old versions (KAFKA-18659). Versions 0 to 2 are answered with UNSUPPORTED_VERSION.
 */
export const handleProduce = streamHandler(
  produce,
  { versions: produce.versions, advertised: [0, produce.versions[1]] },
  (exchange, reader, slab, broker) => {
    const call = new ProduceCall(exchange, broker);
    call.stage(reader, slab);
    if (call.hasStaged) broker.appends.settleLater(call);
    else call.settle();
  },
);

/** One produce request from its frame to its acknowledgement; parsed and answered by hand, without objects of the schema. */
class ProduceCall implements StagedProduce {
  readonly owner: ExchangeOwner;
  /** True when at least one batch waits to be written. */
  hasStaged = false;
  /** The transactional id of the request, or null. */
  #transactionalId: string | null = null;
  readonly #exchange: Exchange;
  readonly #broker: BrokerState;
  readonly #version: number;
  readonly #isFlexible: boolean;
  readonly #topicNames: string[] = [];
  #recordBytes = 0;
  #throttleMs = 0;
  /** False when the client may not write in the name of the transactional id. */
  #mayUseId = true;
  /** False when the client may not write to the topic whose batches are being staged. */
  #mayWrite = true;
  /** How many partitions each topic has in the request. */
  readonly #partitionCounts: number[] = [];
  /** In the order of the request, over all topics. */
  readonly #appended: Appended[] = [];
  #acks = 0;
  /** The batch that was found acceptable last, decompressed; null when it was not compressed or its topic does not want that. */
  #open: OpenBatch | null = null;

  constructor(exchange: Exchange, broker: BrokerState) {
    this.owner = exchange.owner;
    this.#exchange = exchange;
    this.#broker = broker;
    this.#version = exchange.version;
    this.#isFlexible = exchange.version >= produce.flexibleFrom;
  }

  /** Reads the request and stages its batches. Throws ProtocolError when it cannot be read; batches before that stay staged. */
  stage(reader: ByteReader, slab: Slab): void {
    if (this.#version >= FIRST_WITH_TRANSACTIONAL_ID)
      this.#transactionalId = this.#isFlexible ? reader.compactNullableString() : reader.nullableString();
    const { access } = this.#exchange.owner.session;
    if (access !== null && this.#transactionalId !== null)
      this.#mayUseId = access.allows('WRITE', 'TRANSACTIONAL_ID', this.#transactionalId);
    this.#acks = reader.int16();
    reader.int32();
    const topicCount = this.#count(reader);
    for (let topicIndex = 0; topicIndex < topicCount; topicIndex++) {
      const name = this.#isFlexible ? reader.compactString() : reader.string();
      const topic = this.#broker.topics.get(name);
      if (access !== null) this.#mayWrite = access.allows('WRITE', 'TOPIC', name);
      const partitionCount = this.#count(reader);
      this.#topicNames.push(name);
      this.#partitionCounts.push(partitionCount);
      for (let count = 0; count < partitionCount; count++) {
        const index = reader.int32();
        const sizeBytes = this.#isFlexible ? reader.unsignedVarint() - 1 : reader.int32();
        const start = reader.position;
        this.#recordBytes += Math.max(sizeBytes, 0);
        if (sizeBytes > 0) reader.skip(sizeBytes);
        if (this.#isFlexible) skipTaggedFields(reader);
        this.#append(index, topic?.partitions[index] ?? null, slab, start, start + Math.max(sizeBytes, 0));
      }
      if (this.#isFlexible) skipTaggedFields(reader);
    }
  }

  /** The batches are written or lost, or none was staged. */
  settle(): void {
    let hasFailed = false;
    for (const appended of this.#appended) {
      if (appended.partition?.hasFailed === true && appended.errorCode === ErrorCode.NONE) {
        appended.errorCode = appended.partition.isDeleted
          ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
          : ErrorCode.KAFKA_STORAGE_ERROR;
        appended.baseOffset = -1;
      }
      if (appended.errorCode !== ErrorCode.NONE) hasFailed = true;
    }
    const { session } = this.#exchange.owner;
    const { quotas } = this.#broker.security;
    this.#throttleMs = quotas.throttleMs('producer_byte_rate', session, this.#exchange.clientId, this.#recordBytes);
    if (this.#throttleMs > 0) this.#exchange.owner.mute(this.#throttleMs);
    if (this.#acks !== 0) {
      this.#exchange.settle((outgoing) => this.#encode(outgoing));
      return;
    }
    this.#exchange.settle(null);
    // Nothing can be answered to acks=0: as in Kafka, the closed connection tells the producer.
    if (hasFailed) this.owner.fail('a produce request with acks=0 failed');
  }

  #append(partitionIndex: number, partition: Partition | null, slab: Slab, start: number, end: number) {
    const appended: Appended = {
      partitionIndex,
      partition,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      baseOffset: -1,
      logAppendTimeMs: -1,
    };
    this.#appended.push(appended);
    if (this.#version < FIRST_WITH_TRANSACTIONAL_ID) appended.errorCode = ErrorCode.UNSUPPORTED_VERSION;
    else if (this.#acks < -1 || this.#acks > 1) appended.errorCode = ErrorCode.INVALID_REQUIRED_ACKS;
    else if (!this.#mayWrite) appended.errorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED;
    else if (partition === null) appended.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    else if (isInternalTopic(partition.topic.name)) appended.errorCode = ErrorCode.INVALID_TOPIC_EXCEPTION;
    else if (
      this.#isAcceptable(appended, partition, slab.bytes, start, end) &&
      (!hasProducerId(slab.bytes, start) || this.#isInSequence(appended, partition, slab.bytes, start))
    ) {
      if (partition.topic.settings.compressionType === 'producer') this.#stage(appended, partition, slab, start, end);
      else this.#stageRecoded(appended, partition, slab, start, end);
    }
  }

  #stage(appended: Appended, partition: Partition, slab: Slab, start: number, end: number): void {
    if (partition.topic.settings.messageTimestampType === 'LogAppendTime') {
      appended.logAppendTimeMs = Date.now();
      setLogAppendTime(slab.bytes, start, appended.logAppendTimeMs);
    }
    appended.baseOffset = partition.log.stage(slab, start, end);
    this.hasStaged = true;
    this.#broker.appends.staged(partition, end - start);
  }

  /** Stages a batch in the codec of its topic; it was found acceptable, and so is open. */
  #stageRecoded(appended: Appended, partition: Partition, slab: Slab, start: number, end: number): void {
    const { compressionType, maxMessageBytes } = partition.topic.settings;
    const recoded = recode(slab.bytes, start, this.#open ?? { bytes: slab.bytes, at: start }, compressionType);
    if (recoded === null) {
      this.#stage(appended, partition, slab, start, end);
      return;
    }
    const sizeBytes = recoded.bytes.length;
    if (sizeBytes > maxMessageBytes) {
      appended.errorCode = ErrorCode.MESSAGE_TOO_LARGE;
      appended.errorMessage = `the record batch takes ${sizeBytes} bytes in compression.type=${compressionType}, over max.message.bytes (${maxMessageBytes})`;
    } else {
      this.#stage(appended, partition, recoded, 0, sizeBytes);
    }
    recoded.release();
  }

  /** Holds an idempotent producer's batch against what it wrote before; one that is in the log already is acknowledged. */
  #isInSequence(appended: Appended, partition: Partition, bytes: Buffer, start: number): boolean {
    const { states } = partition.log.producers;
    const producerId = batchProducerId(bytes, start);
    const isInTransaction = isTransactional(bytes, start);
    const verdict = states.check(bytes, start);
    if (verdict?.kind === 'duplicate') {
      appended.baseOffset = verdict.baseOffset;
      // The batch that it repeats may still wait for its write; the acknowledgement waits with it.
      if (partition.isQueued) this.hasStaged = true;
      return false;
    }
    if (verdict !== null) {
      appended.errorCode = ErrorCode[verdict.error];
      appended.errorMessage = verdict.message;
      return false;
    }
    if (!isInTransaction || (states.get(producerId)?.transactionStart ?? -1) >= 0) return true;
    const error = this.#broker.transactions.writeError(
      this.#transactionalId ?? '',
      { producerId, producerEpoch: batchProducerEpoch(bytes, start) },
      { topic: partition.topic.name, index: partition.index },
    );
    if (error === null) return true;
    const isAbortable = error === 'INVALID_TXN_STATE' && this.#version >= FIRST_WITH_ABORTABLE_ERROR;
    appended.errorCode = ErrorCode[isAbortable ? 'TRANSACTION_ABORTABLE' : error];
    appended.errorMessage = 'the partition is not part of an open transaction of this producer';
    return false;
  }

  /** Holds a batch against Kafka's rules, but for those about its producer. */
  #isAcceptable(appended: Appended, partition: Partition, bytes: Buffer, start: number, end: number): boolean {
    const refuse = (errorCode: number, message: string): boolean => {
      appended.errorCode = errorCode;
      appended.errorMessage = message;
      return false;
    };
    const { maxMessageBytes, messageTimestampType, minInsyncReplicas, cleanupPolicy, compressionType } =
      partition.topic.settings;
    if (minInsyncReplicas > 1 && this.#acks === -1)
      return refuse(
        ErrorCode.NOT_ENOUGH_REPLICAS,
        `acks=all needs min.insync.replicas (${minInsyncReplicas}) replicas; there is one`,
      );
    if (end === start)
      return refuse(ErrorCode.INVALID_RECORD, 'exactly one record batch a partition is expected; got none');
    if (end - start > maxMessageBytes)
      return refuse(
        ErrorCode.MESSAGE_TOO_LARGE,
        `the record batch of ${end - start} bytes is over max.message.bytes (${maxMessageBytes})`,
      );
    const fault = checkBatch(bytes, start, end);
    if (fault !== null) return refuse(ErrorCode[fault.error], fault.message);
    if (isControl(bytes, start)) return refuse(ErrorCode.INVALID_RECORD, 'clients cannot write control batches');
    if (hasProducerId(bytes, start)) {
      if (batchBaseSequence(bytes, start) < 0)
        return refuse(ErrorCode.INVALID_RECORD, 'a batch with a producer id needs a sequence number');
    } else if (isTransactional(bytes, start))
      return refuse(ErrorCode.INVALID_RECORD, 'a batch of a transaction needs a producer id');
    if (isTransactional(bytes, start) && !this.#mayUseId)
      return refuse(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'not allowed to use the transactional id');
    if (isTransactional(bytes, start) && this.#transactionalId === null)
      return refuse(
        ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        'a request with batches of a transaction must name its transactional id',
      );
    if (messageTimestampType === 'CreateTime' && isLogAppendTime(bytes, start))
      return refuse(
        ErrorCode.INVALID_TIMESTAMP,
        'the topic keeps the time of creation; the batch has that of the append',
      );
    const timeFault = messageTimestampType === 'CreateTime' ? timestampFault(partition, bytes, start) : null;
    if (timeFault !== null) return refuse(ErrorCode.INVALID_TIMESTAMP, timeFault);
    const codec = batchCodec(bytes, start);
    if (codec > ZSTD) return refuse(ErrorCode.INVALID_RECORD, `compression codec ${codec} is not known`);
    if (codec === ZSTD && this.#version < FIRST_WITH_ZSTD)
      return refuse(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, `zstd needs Produce version ${FIRST_WITH_ZSTD} or later`);
    const isCompacted = cleanupPolicy.includes('compact');
    this.#open = null;
    if (codec !== 0) {
      // Others are taken as they are: decompressing them all would make the broker the bottleneck.
      if (!isCompacted && !isRecoded(compressionType, codec)) return true;
      const open = openProduced(bytes, start);
      if (typeof open === 'string') return refuse(ErrorCode.CORRUPT_MESSAGE, open);
      this.#open = open;
    }
    const rules = RULES[isCompacted ? 'compact' : 'delete'];
    const recordFault =
      this.#open === null
        ? checkRecords(bytes, start, end, rules, seen)
        : checkRecords(this.#open.bytes, this.#open.at, this.#open.bytes.length, rules, seen);
    if (recordFault !== null) return refuse(ErrorCode[recordFault.error], recordFault.message);
    if (messageTimestampType === 'CreateTime' && seen.maxTimestampMs !== batchMaxTimestamp(bytes, start)) {
      // The time index goes by the header: it says what the records say, as in Kafka.
      setMaxTimestamp(bytes, start, seen.maxTimestampMs);
      const fault = timestampFault(partition, bytes, start);
      if (fault !== null) return refuse(ErrorCode.INVALID_TIMESTAMP, fault);
    }
    return true;
  }

  #count(reader: ByteReader): number {
    const count = this.#isFlexible ? reader.unsignedVarint() - 1 : reader.int32();
    if (count < 0 || count > reader.remaining)
      throw new ProtocolError(`Produce request: an array has ${count} elements`);
    return count;
  }

  #encode(outgoing: Outgoing): void {
    const { writer } = outgoing;
    outgoing.beginFrame(this.#exchange.correlationId, this.#isFlexible);
    this.#writeCount(writer, this.#topicNames.length);
    let at = 0;
    this.#topicNames.forEach((name, topicIndex) => {
      if (this.#isFlexible) writer.compactString(name);
      else writer.string(name);
      const end = at + (this.#partitionCounts[topicIndex] ?? 0);
      this.#writeCount(writer, end - at);
      for (; at < end; at++) {
        const appended = this.#appended[at];
        if (appended !== undefined) this.#writePartition(writer, appended);
      }
      if (this.#isFlexible) writer.unsignedVarint(0);
    });
    // Version 0 had no throttle time.
    if (this.#version >= 1) writer.int32(this.#throttleMs);
    if (this.#isFlexible) writer.unsignedVarint(0);
    outgoing.endFrame();
  }

  #writePartition(writer: ByteWriter, appended: Appended): void {
    writer.int32(appended.partitionIndex);
    writer.int16(appended.errorCode);
    writer.int64(appended.baseOffset);
    if (this.#version >= 2) writer.int64(appended.logAppendTimeMs);
    if (this.#version >= FIRST_WITH_LOG_START_OFFSET)
      writer.int64(appended.errorCode === ErrorCode.NONE ? (appended.partition?.log.logStartOffset ?? -1) : -1);
    if (this.#version >= FIRST_WITH_RECORD_ERRORS) {
      this.#writeCount(writer, 0);
      if (this.#isFlexible) writer.compactNullableString(appended.errorMessage);
      else writer.nullableString(appended.errorMessage);
    }
    if (this.#isFlexible) writer.unsignedVarint(0);
  }

  #writeCount(writer: ByteWriter, count: number): void {
    if (this.#isFlexible) writer.unsignedVarint(count + 1);
    else writer.int32(count);
  }
}

/** What is wrong with the times of a batch, by its header: the first record's and the latest; null for nothing. */
const timestampFault = ({ topic }: Partition, bytes: Buffer, start: number): string | null => {
  const { messageTimestampBeforeMaxMs: beforeMs, messageTimestampAfterMaxMs: afterMs } = topic.settings;
  const nowMs = Date.now();
  const maxMs = batchMaxTimestamp(bytes, start);
  if (maxMs - nowMs > afterMs)
    return `a record's time, ${maxMs}, is over message.timestamp.after.max.ms (${afterMs}) after the broker's, ${nowMs}`;
  const baseMs = batchBaseTimestamp(bytes, start);
  if (baseMs >= 0 && nowMs - baseMs > beforeMs)
    return `a record's time, ${baseMs}, is over message.timestamp.before.max.ms (${beforeMs}) before the broker's, ${nowMs}`;
  return null;
};
