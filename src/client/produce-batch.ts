import {
  BATCH_OVERHEAD_BYTES,
  finishBatch,
  maxRecordSizeBytes,
  NO_PRODUCER_ID,
  stampProducer,
  writeRecord,
} from '../protocol/record-batch.ts';
import { writeRecordWithHeaders } from '../protocol/record-headers.ts';
import type { BatchCompression } from './batch-compression.ts';

/** Room behind the records for the tagged fields that end a flexible request. */
const TAIL_ROOM_BYTES = 8;
/** Attribute bit of batches that count once their transaction is committed. */
const TRANSACTIONAL = 0x10;
const FIRST_TIMES_CAPACITY = 256;

/**
 * A record batch that is being filled, in the very buffer that goes out: [headroom | batch header | records | tail room].
 * The headroom takes the request header and the partition's fields, so that a request needs no second copy. The times of its
 * records lie beside it until their acknowledgement. Batches are pooled and used again.
 */
export class ProduceBatch {
  readonly bytes: Buffer;
  /** Where the batch begins; everything before is headroom. */
  readonly start: number;
  /** Position behind the last record. */
  end: number;
  partition = -1;
  recordCount = 0;
  /** Sum of the lengths of keys and values. */
  valueBytes = 0;
  sentAtUs = new Float64Array(FIRST_TIMES_CAPACITY);
  dueAtUs = new Float64Array(FIRST_TIMES_CAPACITY);
  tags = new Float64Array(FIRST_TIMES_CAPACITY);
  /** When the first record was appended, microseconds; linger.ms and delivery.timeout.ms count from it. */
  createdAtUs = 0;
  /** Not to be sent before, microseconds; moves with each retry. */
  notBeforeUs = 0;
  attempts = 0;
  /** Offset of the first record; -1 unless it was acknowledged and the broker said. */
  baseOffset = -1;
  /** When the broker appended it, milliseconds since the epoch, in topics that keep that time; else -1. */
  logAppendTimeMs = -1;
  /** When a request with it was first handed to a socket, microseconds; NaN before. */
  firstSentAtUs = Number.NaN;
  /** Place in the order of batches of the producer, so that a retried one goes back where it was. */
  order = 0;
  /** Of an idempotent producer: its id and epoch and the sequence of the first record; -1 until the batch is first sent. */
  producerId = NO_PRODUCER_ID;
  producerEpoch = -1;
  sequence = -1;
  /** Whether an idempotent producer cannot tell that the batch was not written: the answer to an attempt was lost. */
  isUnsure = false;
  #baseTimestampMs = 0;
  #maxTimestampMs = 0;

  constructor(headroomBytes: number, sizeBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(headroomBytes + sizeBytes + TAIL_ROOM_BYTES);
    this.start = headroomBytes;
    this.end = headroomBytes + BATCH_OVERHEAD_BYTES;
  }

  /** Size of the batch as it stands, bytes. */
  get sizeBytes(): number {
    return this.end - this.start;
  }

  /** Largest size that the batch can reach, bytes. */
  get capacityBytes(): number {
    return this.bytes.length - TAIL_ROOM_BYTES - this.start;
  }

  /** Makes the batch empty, for records of `partition`. */
  begin(partition: number, nowUs: number): void {
    this.end = this.start + BATCH_OVERHEAD_BYTES;
    this.partition = partition;
    this.recordCount = 0;
    this.valueBytes = 0;
    this.createdAtUs = nowUs;
    this.notBeforeUs = 0;
    this.attempts = 0;
    this.baseOffset = -1;
    this.logAppendTimeMs = -1;
    this.firstSentAtUs = Number.NaN;
    this.producerId = NO_PRODUCER_ID;
    this.producerEpoch = -1;
    this.sequence = -1;
    this.isUnsure = false;
  }

  /** Appends a record; returns false, having done nothing, when it might not fit. Headers are packed ones. */
  append(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    sentAtUs: number,
    dueAtUs: number,
    tag: number,
    headers: Uint8Array | null = null,
  ): boolean {
    const index = this.recordCount;
    const payloadBytes = (key === null ? 0 : key.length) + (value === null ? 0 : value.length);
    const headerBytes = headers === null ? 0 : headers.length;
    if (this.end + maxRecordSizeBytes(0, payloadBytes + headerBytes) > this.bytes.length - TAIL_ROOM_BYTES)
      return false;
    if (index === 0) {
      this.#baseTimestampMs = timestampMs;
      this.#maxTimestampMs = timestampMs;
    } else if (timestampMs > this.#maxTimestampMs) {
      this.#maxTimestampMs = timestampMs;
    }
    if (index === this.sentAtUs.length) this.#growTimes();
    const timestampDelta = timestampMs - this.#baseTimestampMs;
    this.end =
      headers === null
        ? writeRecord(this.bytes, this.end, index, timestampDelta, key, value)
        : writeRecordWithHeaders(this.bytes, this.end, index, timestampDelta, key, value, headers);
    this.sentAtUs[index] = sentAtUs;
    this.dueAtUs[index] = dueAtUs;
    this.tags[index] = tag;
    this.recordCount = index + 1;
    this.valueBytes += payloadBytes;
    return true;
  }

  /** Compresses the records where they lie, and writes the batch header with its CRC; nothing is appended afterwards. */
  finish(compression: BatchCompression | null = null, isTransactional = false): void {
    const codec = compression === null || compression.codec === 0 ? 0 : this.#compress(compression);
    finishBatch(this.bytes, this.start, this.end, {
      baseTimestampMs: this.#baseTimestampMs,
      maxTimestampMs: this.#maxTimestampMs,
      recordCount: this.recordCount,
      attributes: isTransactional ? codec | TRANSACTIONAL : codec,
      producerId: this.producerId,
      producerEpoch: this.producerEpoch,
      baseSequence: this.sequence,
    });
  }

  /** Writes a changed producer id, epoch and sequence into a finished batch; it must not be on its way. */
  restamp(): void {
    stampProducer(this.bytes, this.start, this.end, this.producerId, this.producerEpoch, this.sequence);
  }

  /** Puts the compressed records in the place of the records unless they are larger, and returns the codec that they have then. */
  #compress(compression: BatchCompression): number {
    const recordsAt = this.start + BATCH_OVERHEAD_BYTES;
    const packed = compression.compress(this.bytes.subarray(recordsAt, this.end));
    if (packed === null) return 0;
    this.bytes.set(packed, recordsAt);
    this.end = recordsAt + packed.length;
    return compression.codec;
  }

  #growTimes(): void {
    const grow = (times: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(times.length * 2);
      larger.set(times);
      return larger;
    };
    this.sentAtUs = grow(this.sentAtUs);
    this.dueAtUs = grow(this.dueAtUs);
    this.tags = grow(this.tags);
  }
}

/** Size that a batch needs to hold one record, bytes. */
export const sizeForRecord = (keyBytes: number, valueBytes: number): number =>
  BATCH_OVERHEAD_BYTES + maxRecordSizeBytes(keyBytes, valueBytes);

/**
 * `buffer.memory`: hands out batches of `batch.size`, larger ones for records that need it, and never more bytes than
 * the bound at a time.
 */
export class BatchPool {
  readonly #headroomBytes: number;
  readonly #batchSizeBytes: number;
  readonly #bufferMemoryBytes: number;
  readonly #free: ProduceBatch[] = [];
  #usedBytes = 0;

  constructor(options: {
    readonly headroomBytes: number;
    readonly batchSizeBytes: number;
    readonly bufferMemoryBytes: number;
  }) {
    this.#headroomBytes = options.headroomBytes;
    this.#batchSizeBytes = Math.min(options.batchSizeBytes, options.bufferMemoryBytes);
    this.#bufferMemoryBytes = options.bufferMemoryBytes;
  }

  /** Bytes of `buffer.memory` that no batch holds. */
  get availableBytes(): number {
    return this.#bufferMemoryBytes - this.#usedBytes;
  }

  /** A batch with room for at least `minSizeBytes`; null when `buffer.memory` has no room for it now. */
  take(minSizeBytes: number): ProduceBatch | null {
    const sizeBytes = Math.max(minSizeBytes, this.#batchSizeBytes);
    if (this.#usedBytes > 0 && this.#usedBytes + sizeBytes > this.#bufferMemoryBytes) return null;
    this.#usedBytes += sizeBytes;
    if (sizeBytes > this.#batchSizeBytes) return new ProduceBatch(this.#headroomBytes, sizeBytes);
    return this.#free.pop() ?? new ProduceBatch(this.#headroomBytes, sizeBytes);
  }

  /** Takes a batch back when its records are settled. */
  giveBack(batch: ProduceBatch): void {
    this.#usedBytes -= batch.capacityBytes;
    if (batch.capacityBytes === this.#batchSizeBytes) this.#free.push(batch);
  }
}
