import { openBatch } from '../protocol/compressed-batch.ts';
import { CodecError } from '../protocol/compression/codec.ts';
import { crc32c } from '../protocol/crc32c.ts';
import {
  BATCH_OVERHEAD_BYTES,
  batchCodec,
  batchCrc,
  batchLastOffset,
  batchMagic,
  batchProducerId,
  batchSizeBytes,
  isControl,
  isTransactional,
  MAGIC_V2,
  RecordBatchError,
  type RecordVisitor,
  walkRecords,
} from '../protocol/record-batch.ts';
import { readMarker } from '../protocol/transaction-marker.ts';
import { ClientError } from './client-error.ts';

/**
 * Receives each record in place, see `RecordSink` of the drivers; false stops the consumer before the record counts.
 * `headersAt` is where the count of headers stands, `batchAt` where the batch begins.
 */
export type RecordListener = (
  bytes: Buffer,
  partition: number,
  offset: number,
  timestampMs: number,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  headersAt: number,
  recordEnd: number,
  batchAt: number,
) => boolean;

/** A transaction that was aborted: its producer, and the first of its offsets in the partition. */
export type AbortedTransaction = { readonly producerId: number; readonly firstOffset: number };

/** What records are handed over, and to whom. */
export type DeliveryOptions = {
  readonly topic: string;
  readonly checkCrcs: boolean;
  readonly onRecord: RecordListener;
  /** Told about a batch that cannot be read, which is then passed over; null fails instead. */
  readonly onUnreadable: ((error: ClientError) => void) | null;
};

/** Hands the records of fetched batches to a listener, where they lie. */
export class RecordDelivery {
  /** Records that the listener took. */
  recordCount = 0;
  /** Bytes of the batches that were looked at. */
  byteCount = 0;
  /** Offset of the next record to hand over of the partition that was handed over last: behind its batches, or of a record refused. */
  reachedOffset = -1;
  readonly #options: DeliveryOptions;
  readonly #visit: RecordVisitor;
  #bytes: Buffer = Buffer.alloc(0);
  #partition = -1;
  #batchAt = 0;
  /** Size of the batch whose record was refused last. */
  #refusedBytes = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { onRecord } = options;
    this.#visit = (offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd, headersAt, recordEnd) => {
      if (
        !onRecord(
          this.#bytes,
          this.#partition,
          offset,
          timestampMs,
          keyStart,
          keyEnd,
          valueStart,
          valueEnd,
          headersAt,
          recordEnd,
          this.#batchAt,
        )
      ) {
        this.reachedOffset = offset;
        return false;
      }
      this.recordCount++;
      return true;
    };
  }

  /**
   * Hands over the records of whole batches from `fromOffset` on, but those of `aborted` transactions; false when the listener
   * wants no more. Throws a ClientError for a batch that cannot be read, unless `onUnreadable` takes it.
   */
  deliver(
    records: Buffer,
    partition: number,
    fromOffset: number,
    aborted: readonly AbortedTransaction[] | null,
  ): boolean {
    this.#partition = partition;
    this.reachedOffset = fromOffset;
    const filter = aborted === null || aborted.length === 0 ? null : new AbortedFilter(aborted);
    let at = 0;
    while (records.length - at >= BATCH_OVERHEAD_BYTES) {
      const sizeBytes = batchSizeBytes(records, at);
      if (sizeBytes > records.length - at) break;
      if (!this.#deliverBatch(records, at, sizeBytes, fromOffset, filter)) {
        this.#refusedBytes = sizeBytes;
        return false;
      }
      this.reachedOffset = Math.max(this.reachedOffset, batchLastOffset(records, at) + 1);
      at += sizeBytes;
    }
    return true;
  }

  /** The batch whose record was refused will be handed over again, from that record on. */
  expectAgain(): void {
    this.byteCount -= this.#refusedBytes;
  }

  #deliverBatch(
    records: Buffer,
    at: number,
    sizeBytes: number,
    fromOffset: number,
    filter: AbortedFilter | null,
  ): boolean {
    const { onUnreadable } = this.#options;
    // Behind it: all of it was handed over before.
    if (sizeBytes >= BATCH_OVERHEAD_BYTES && batchLastOffset(records, at) < fromOffset) {
      filter?.isAborted(records, at);
      return true;
    }
    try {
      this.#checkBatch(records, at, sizeBytes);
      this.byteCount += sizeBytes;
      if (filter?.isAborted(records, at) === true || isControl(records, at)) return true;
      this.#bytes = records;
      this.#batchAt = at;
      if (batchCodec(records, at) !== 0) {
        const opened = openBatch(records, at);
        this.#bytes = opened.bytes;
        this.#batchAt = opened.at;
      }
      return walkRecords(this.#bytes, this.#batchAt, fromOffset, this.#visit);
    } catch (error) {
      const isBroken = error instanceof RecordBatchError || error instanceof CodecError;
      const failure = isBroken ? this.#unreadable(records, at, error) : error;
      // A size that no batch has leaves no way to the next one.
      if (!(failure instanceof ClientError) || onUnreadable === null || sizeBytes < BATCH_OVERHEAD_BYTES) throw failure;
      onUnreadable(failure);
      return true;
    }
  }

  #checkBatch(records: Buffer, at: number, sizeBytes: number): void {
    if (sizeBytes < BATCH_OVERHEAD_BYTES || batchMagic(records, at) !== MAGIC_V2)
      throw new ClientError('CORRUPT_MESSAGE', `${this.#where(records, at)} is not of format 2`, { code: 2 });
    if (this.#options.checkCrcs && crc32c(records.subarray(at + 21, at + sizeBytes)) !== batchCrc(records, at))
      throw new ClientError('CORRUPT_MESSAGE', `${this.#where(records, at)} has a wrong CRC-32C`, { code: 2 });
  }

  #unreadable(records: Buffer, at: number, cause: RecordBatchError | CodecError): ClientError {
    const message = `${this.#where(records, at)} cannot be read: ${cause.message}`;
    return new ClientError('CORRUPT_MESSAGE', message, { code: 2, cause });
  }

  #where(records: Buffer, at: number): string {
    const { topic } = this.#options;
    return `a batch of partition ${this.#partition} of ${topic}, at offset ${batchLastOffset(records, at)} or before,`;
  }
}

/** Which batches belong to aborted transactions (Kafka's `CompletedFetch`, KIP-98). */
class AbortedFilter {
  /** Those that begin further on, in the order of their first offsets. */
  readonly #ahead: AbortedTransaction[];
  /** Producers whose transaction at this place is one that was aborted. */
  readonly #producers = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((one, other) => one.firstOffset - other.firstOffset);
  }

  /** Whether the records of this batch are to be left out; batches come in the order of the log. */
  isAborted(bytes: Buffer, at: number): boolean {
    const lastOffset = batchLastOffset(bytes, at);
    for (let next = this.#ahead[0]; next !== undefined && next.firstOffset <= lastOffset; next = this.#ahead[0]) {
      this.#producers.add(next.producerId);
      this.#ahead.shift();
    }
    if (!isTransactional(bytes, at)) return false;
    const producerId = batchProducerId(bytes, at);
    if (isControl(bytes, at) && readMarker(bytes, at)?.isCommit === false) this.#producers.delete(producerId);
    return this.#producers.has(producerId);
  }
}

/** Offset behind the last whole batch; `fallback` when there is none. */
export const nextOffset = (records: Buffer, fallback: number): number => {
  let next = fallback;
  let at = 0;
  while (records.length - at >= BATCH_OVERHEAD_BYTES) {
    const sizeBytes = batchSizeBytes(records, at);
    if (sizeBytes < BATCH_OVERHEAD_BYTES || sizeBytes > records.length - at) break;
    next = Math.max(next, batchLastOffset(records, at) + 1);
    at += sizeBytes;
  }
  return next;
};
