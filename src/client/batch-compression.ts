import { type CodecName, codecNumber } from '../protocol/compression/codec.ts';
import { codecInfo, compressRecords } from '../protocol/compression/compression.ts';
import type { ProducerConfig } from './properties/producer-properties.ts';

/** What became of the batches that a producer closed. Sizes in bytes, of whole batches. */
export type CompressionTotals = {
  readonly codec: CodecName;
  /** Null for none, and for a codec without levels. */
  readonly level: number | null;
  /** What did the work: a library with its version, or `JavaScript`; null for none. */
  readonly implementation: string | null;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Batches that the codec made no smaller, and that went out without it. */
  readonly batchesLeft: number;
};

/** A producer's codec, and the account of what it did. */
export class BatchCompression {
  /** The codec's number in a batch's attributes. */
  readonly codec: number;
  readonly #name: CodecName;
  readonly #level: number | null;
  readonly #implementation: string | null;
  #bytesBefore = 0;
  #bytesAfter = 0;
  #batchesLeft = 0;

  /** Throws CodecError when nothing here can do the codec. */
  constructor({ compressionType, compressionLevel }: ProducerConfig) {
    this.#name = compressionType;
    this.#level = compressionLevel;
    this.codec = codecNumber(compressionType) ?? 0;
    this.#implementation = compressionType === 'none' ? null : codecInfo(compressionType);
  }

  /** The records of a batch under the codec; null when that makes them no smaller. */
  compress(records: Buffer): Buffer | null {
    const packed = compressRecords(this.#name, records, this.#level ?? undefined);
    return packed.length < records.length ? packed : null;
  }

  /** Counts a batch that is closed; one of the same size was left without the codec. */
  count(bytesBefore: number, bytesAfter: number): void {
    this.#bytesBefore += bytesBefore;
    this.#bytesAfter += bytesAfter;
    if (bytesAfter === bytesBefore && this.codec !== 0) this.#batchesLeft++;
  }

  /** The account so far. */
  totals(): CompressionTotals {
    return {
      codec: this.#name,
      level: this.#level,
      implementation: this.#implementation,
      bytesBefore: this.#bytesBefore,
      bytesAfter: this.#bytesAfter,
      batchesLeft: this.#batchesLeft,
    };
  }
}
