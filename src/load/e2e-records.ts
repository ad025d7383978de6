/** The records of an end-to-end test, one at a time: each can be told from those before, and is known again byte for byte when it comes back. */
import { createPayloads } from './payload.ts';

/** Bytes of a value that hold its record's index, big endian; shorter values hold the low ones. */
const indexBytes = 6;
/** Bytes behind them that hold the run's mark, so that records of an earlier run are not taken for this one's. */
const markBytes = 4;
/** A value from this size on holds its whole index and mark. */
export const wholeIndexBytes = indexBytes + markBytes;

/** In place of an index: the record is none of this run's. */
export const foreign = -1;
/** In place of an index: the record is this run's, and not as it was sent. */
export const changed = -2;

/** Keys and letters of values are the same in every run. */
export const lettersSeed = 0;
const letterA = 0x41;
const letters = 26;

/** Sizes of a test's records, bytes. */
export type E2eRecordSpec = {
  readonly valueBytes: number;
  /** 0 sends no key. */
  readonly keyBytes: number;
  readonly headerCount: number;
  readonly headerKeyBytes: number;
  /** -1 is a null value. */
  readonly headerValueBytes: number;
};

/** Makes and recognises records. */
export type E2eRecords = {
  /** The key of every record; null for none. */
  readonly key: Uint8Array | null;
  /** The value of record `index`; valid until the next call. */
  value(index: number): Uint8Array;
  /**
   * The index of a record that came back, or `foreign` or `changed`; a value too short for a mark is foreign only by its size or key.
   * @param newestIndex of the records that were sent: values too short for a whole index mean the latest that fits
   */
  recognise(
    bytes: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    newestIndex: number,
  ): number;
};

/** The alphabet again and again, of a length in bytes: constant keys and headers. */
export const lettersOf = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, position) => letterA + (position % letters)));

/** The key of every record of a test; null for none. */
export const e2eKey = ({ keyBytes }: E2eRecordSpec): Uint8Array | null => (keyBytes === 0 ? null : lettersOf(keyBytes));

/** Headers that every record of a test carries. */
export const e2eHeaders = ({
  headerCount,
  headerKeyBytes,
  headerValueBytes,
}: E2eRecordSpec): readonly (readonly [key: string, value: Uint8Array | null])[] =>
  Array.from({ length: headerCount }, () => [
    lettersOf(headerKeyBytes).toString('latin1'),
    headerValueBytes < 0 ? null : lettersOf(headerValueBytes),
  ]);

/**
 * Makes the records of a run.
 * @param mark a number of 32 bits that other runs do not have
 */
export const createE2eRecords = (spec: E2eRecordSpec, mark: number): E2eRecords => {
  const { valueBytes } = spec;
  const pool = createPayloads({ kind: 'random', sizeBytes: valueBytes, seed: lettersSeed });
  const key = e2eKey(spec);
  const ownIndexBytes = Math.min(indexBytes, valueBytes);
  const ownMarkBytes = Math.min(markBytes, valueBytes - ownIndexBytes);
  const ownMark = mark % 256 ** ownMarkBytes;
  const span = 256 ** ownIndexBytes;
  const write = (value: Buffer, index: number): Buffer => {
    value.set(pool(index));
    value.writeUIntBE(index % span, 0, ownIndexBytes);
    if (ownMarkBytes > 0) value.writeUIntBE(ownMark, ownIndexBytes, ownMarkBytes);
    return value;
  };
  const sent = Buffer.alloc(valueBytes);
  const expected = Buffer.alloc(valueBytes);
  const isKey = (bytes: Buffer, start: number, end: number): boolean =>
    key === null ? start < 0 : start >= 0 && bytes.compare(key, 0, key.length, start, end) === 0;
  return {
    key,
    value: (index) => write(sent, index),
    recognise(bytes, keyStart, keyEnd, valueStart, valueEnd, newestIndex) {
      if (valueStart < 0 || valueEnd - valueStart !== valueBytes || !isKey(bytes, keyStart, keyEnd)) return foreign;
      const markStart = valueStart + ownIndexBytes;
      if (ownMarkBytes > 0 && bytes.readUIntBE(markStart, ownMarkBytes) !== ownMark) return foreign;
      const behind = (newestIndex - bytes.readUIntBE(valueStart, ownIndexBytes)) % span;
      const index = newestIndex - (behind < 0 ? behind + span : behind);
      if (index < 0) return changed;
      return bytes.compare(write(expected, index), 0, valueBytes, valueStart, valueEnd) === 0 ? index : changed;
    },
  };
};
