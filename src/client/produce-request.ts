import { ByteReader } from '../protocol/byte-reader.ts';
import { skipTaggedFields } from '../protocol/headers.ts';
import { uvarintSize, writeUvarint } from '../protocol/varint.ts';
import type { ProduceBatch } from './produce-batch.ts';

/** First version of Produce that is flexible (KIP-482). */
const FLEXIBLE_FROM = 9;
const PRODUCE_KEY = 0;
/** Bytes before a batch that its partition's index and length take at most, with the previous partition's tag byte. */
const PARTITION_ROOM_BYTES = 1 + 4 + 5;
/** Of a string's length in front of it. */
const MAX_LENGTH_BYTES = 5;
/** Fixed fields of size, header and body, and three lengths of up to 5 bytes. */
const FIXED_HEAD_BYTES = 4 + 2 + 2 + 4 + 2 + 1 + 2 + 2 + 4 + 3 * 5;

/** Room that every batch of a topic keeps in front of its records, so that it can stand first in a request. */
export const headroomBytes = (clientId: string, topic: string, transactionalId: string | null = null): number =>
  headroomFor(clientId, Buffer.byteLength(topic), transactionalId);

/** The same for any topic whose name takes up to `topicBytes`. */
export const headroomFor = (clientId: string, topicBytes: number, transactionalId: string | null): number =>
  FIXED_HEAD_BYTES +
  Buffer.byteLength(clientId) +
  topicBytes +
  (transactionalId === null ? 0 : MAX_LENGTH_BYTES + Buffer.byteLength(transactionalId)) +
  PARTITION_ROOM_BYTES;

/**
 * Writes Produce requests (versions 3 to 11) for the batches of one topic around the batches themselves: no schema, no
 * copy of the records. A property test holds it equal to the schema's codec.
 */
export class ProduceRequestWriter {
  readonly isFlexible: boolean;
  readonly #headStart: Buffer;

  constructor(options: {
    readonly version: number;
    readonly clientId: string;
    /** Null without transactions, as when left out. */
    readonly transactionalId?: string | null;
    readonly acks: number;
    readonly timeoutMs: number;
    readonly topic: string;
  }) {
    const { version, clientId, transactionalId = null, acks, timeoutMs, topic } = options;
    this.isFlexible = version >= FLEXIBLE_FROM;
    const topicBytes = Buffer.from(topic, 'utf8');
    const head = Buffer.alloc(headroomBytes(clientId, topic, transactionalId));
    let at = head.writeInt32BE(0, 0);
    at = head.writeInt16BE(PRODUCE_KEY, at);
    at = head.writeInt16BE(version, at);
    at = head.writeInt32BE(0, at);
    at = head.writeInt16BE(Buffer.byteLength(clientId), at);
    at += head.write(clientId, at, 'utf8');
    if (this.isFlexible) {
      head[at++] = 0; // header tags
    }
    at = writeNullableString(head, at, transactionalId, this.isFlexible);
    at = head.writeInt16BE(acks, at);
    at = head.writeInt32BE(timeoutMs, at);
    if (this.isFlexible) {
      at = writeUvarint(head, at, 2); // one topic
      at = writeUvarint(head, at, topicBytes.length + 1);
    } else {
      at = head.writeInt32BE(1, at);
      at = head.writeInt16BE(topicBytes.length, at);
    }
    at += topicBytes.copy(head, at);
    this.#headStart = head.subarray(0, at);
  }

  /** The request as slices of the batches' own buffers, in order. The batches are finished and of distinct partitions. */
  write(correlationId: number, batches: readonly ProduceBatch[]): Buffer[] {
    const pieces: Buffer[] = [];
    let sizeBytes = -4;
    for (let index = 0; index < batches.length; index++) {
      const batch = batches[index];
      if (batch === undefined) continue;
      const start = this.#prefix(batch, index === 0 ? batches.length : 0);
      let end = batch.end;
      if (this.isFlexible && index === batches.length - 1) {
        batch.bytes.fill(0, end, end + 3); // tags of the partition, the topic and the body
        end += 3;
      }
      sizeBytes += end - start;
      pieces.push(batch.bytes.subarray(start, end));
    }
    const first = pieces[0];
    if (first === undefined) throw new RangeError('a produce request holds at least one batch');
    first.writeInt32BE(sizeBytes, 0);
    first.writeInt32BE(correlationId, 8);
    return pieces;
  }

  /** Writes what stands before a batch, ending where the batch begins; `partitionCount` is 0 for all but the first. Returns where it starts. */
  #prefix(batch: ProduceBatch, partitionCount: number): number {
    const { bytes, partition, sizeBytes } = batch;
    const isFirst = partitionCount > 0;
    const countBytes = isFirst ? (this.isFlexible ? uvarintSize(partitionCount + 1) : 4) : 0;
    const lengthBytes = this.isFlexible ? uvarintSize(sizeBytes + 1) : 4;
    const leadBytes = isFirst ? this.#headStart.length + countBytes : this.isFlexible ? 1 : 0;
    const start = batch.start - leadBytes - 4 - lengthBytes;
    let at = start;
    if (isFirst) {
      at += this.#headStart.copy(bytes, at);
      at = this.isFlexible ? writeUvarint(bytes, at, partitionCount + 1) : bytes.writeInt32BE(partitionCount, at);
    } else if (this.isFlexible) {
      bytes[at++] = 0; // tags of the partition before
    }
    at = bytes.writeInt32BE(partition, at);
    if (this.isFlexible) writeUvarint(bytes, at, sizeBytes + 1);
    else bytes.writeInt32BE(sizeBytes, at);
    return start;
  }
}

const writeNullableString = (bytes: Buffer, at: number, text: string | null, isCompact: boolean): number => {
  const lengthBytes = text === null ? -1 : Buffer.byteLength(text);
  const textAt = isCompact ? writeUvarint(bytes, at, lengthBytes + 1) : bytes.writeInt16BE(lengthBytes, at);
  return text === null ? textAt : textAt + bytes.write(text, textAt, 'utf8');
};

/** What the broker said about one partition's batch. */
export type ProduceOutcome = {
  readonly partition: number;
  readonly errorCode: number;
  /** Of the batch's first record; -1 when the broker does not say. */
  readonly baseOffset: number;
  /** Milliseconds since the epoch; -1 in a topic that keeps the producer's times. */
  readonly logAppendTimeMs: number;
  readonly errorMessage: string | null;
};

/** Reads a Produce response body (versions 3 to 11), only what a producer needs. Throws ProtocolError. */
export const readProduceResponse = (bytes: Buffer, start: number, end: number, version: number): ProduceOutcome[] => {
  const reader = new ByteReader(bytes, start, end);
  const isFlexible = version >= FLEXIBLE_FROM;
  const outcomes: ProduceOutcome[] = [];
  const arrayLength = (): number => (isFlexible ? reader.unsignedVarint() - 1 : reader.int32());
  const nullableString = (): string | null => (isFlexible ? reader.compactNullableString() : reader.nullableString());
  for (let topics = arrayLength(); topics > 0; topics--) {
    if (isFlexible) reader.compactString();
    else reader.string();
    for (let partitions = arrayLength(); partitions > 0; partitions--) {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const baseOffset = reader.int64();
      const logAppendTimeMs = reader.int64();
      if (version >= 5) reader.skip(8);
      let errorMessage: string | null = null;
      if (version >= 8) {
        for (let errors = arrayLength(); errors > 0; errors--) {
          reader.int32();
          nullableString();
          if (isFlexible) skipTaggedFields(reader);
        }
        errorMessage = nullableString();
      }
      if (isFlexible) skipTaggedFields(reader);
      outcomes.push({ partition, errorCode, baseOffset, logAppendTimeMs, errorMessage });
    }
    if (isFlexible) skipTaggedFields(reader);
  }
  return outcomes;
};
