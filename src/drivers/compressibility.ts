/** What each codec makes of given records, batch by batch, as the producer would do it. */
import { CodecError, codecNames, codecNumber } from '../protocol/compression/codec.ts';
import { type Codec, codecInfo, compressRecords, prepareCodecs } from '../protocol/compression/compression.ts';
import { maxRecordSizeBytes, writeRecord } from '../protocol/record-batch.ts';

export type { Codec };

/** A record to be measured. */
export type SampleRecord = { readonly key: Uint8Array | null; readonly value: Uint8Array };

/** Every codec that Kafka has. */
export const codecs: readonly Codec[] = codecNames.filter((name) => name !== 'none');

/** Size of the batches that are measured, bytes of records. */
export const sampleBatchBytes = 64 * 1024;

/** The records as they stand in batches of about `sampleBatchBytes`; a larger record has a batch of its own. */
export const encodeSample = (records: readonly SampleRecord[]): readonly Buffer[] => {
  const batches: Buffer[] = [];
  let bytes = Buffer.alloc(sampleBatchBytes);
  let end = 0;
  let count = 0;
  const close = (): void => {
    if (count > 0) batches.push(bytes.subarray(0, end));
    bytes = Buffer.alloc(sampleBatchBytes);
    end = 0;
    count = 0;
  };
  for (const { key, value } of records) {
    const sizeBytes = maxRecordSizeBytes(key?.length ?? 0, value.length);
    if (end + sizeBytes > bytes.length) close();
    if (sizeBytes > bytes.length) bytes = Buffer.alloc(sizeBytes);
    end = writeRecord(bytes, end, count, 0, key, value);
    count++;
  }
  close();
  return batches;
};

/** What does a codec's work here. To be called after codecsReady(). Throws CodecError when nothing does, or no codec has the name. */
export const codecImplementation = (name: string): string => {
  const known = codecNames[codecNumber(name) ?? -1];
  if (known === undefined) throw new CodecError(`${name} is no codec`);
  return codecInfo(known);
};

/** Resolves when codecs can be used. Rejects when one that needs to be loaded cannot be. */
export const codecsReady = (): Promise<void> => prepareCodecs();

/**
 * Compressed size by size, of batches together, at the codec's default level; a batch that becomes no smaller counts as it is. To be
 * called after codecsReady(). Throws CodecError when nothing here does the codec.
 */
export const compressibility = (codec: Codec, batches: readonly Buffer[]): number => {
  let before = 0;
  let after = 0;
  for (const batch of batches) {
    before += batch.length;
    after += Math.min(batch.length, compressRecords(codec, batch).length);
  }
  return before === 0 ? 1 : after / before;
};
