/**
 * Records of an end-to-end test at a rate: each carries its run, its number and its times in the first bytes of its value, so that
 * whoever receives it knows how long it took, without a word from its sender.
 *
 * Big endian: the run's mark (4 bytes), the record's index (6), when it was due and when send was called (6 each, whole microseconds on
 * the run's clock); letters follow, picked by the index.
 */
import { changed, type E2eRecordSpec, e2eKey, foreign, lettersSeed } from './e2e-records.ts';
import { createPayloads, type Payloads } from './payload.ts';

const indexAt = 4;
const dueAt = 10;
const sentAt = 16;
const timeBytes = 6;

/** Bytes of a value in front of its letters: the least size of a value. */
export const stampBytes = 22;

/** Makes the records of a run, and reads them. */
export class StampedRecords {
  /** The key of every record; null for none. */
  readonly key: Uint8Array | null;
  /** Times of the record that was read last, microseconds on the run's clock. */
  dueAtUs = 0;
  sentAtUs = 0;
  readonly #mark: number;
  readonly #valueBytes: number;
  readonly #endIndex: number;
  readonly #letters: Payloads;
  readonly #value: Buffer;

  /**
   * @param mark a number of 32 bits that other runs do not have
   * @param endIndex of the run: no record has this index or one above it
   */
  constructor(spec: E2eRecordSpec, mark: number, endIndex: number) {
    this.key = e2eKey(spec);
    this.#mark = mark;
    this.#valueBytes = spec.valueBytes;
    this.#endIndex = endIndex;
    this.#letters = createPayloads({ kind: 'random', sizeBytes: spec.valueBytes, seed: lettersSeed });
    this.#value = Buffer.alloc(spec.valueBytes);
  }

  /** The value of record `index`; valid until the next call. */
  value(index: number, sentAtUs: number, dueAtUs: number): Uint8Array {
    const value = this.#value;
    value.set(this.#letters(index));
    value.writeUInt32BE(this.#mark, 0);
    value.writeUIntBE(index, indexAt, timeBytes);
    value.writeUIntBE(Math.round(dueAtUs), dueAt, timeBytes);
    value.writeUIntBE(Math.round(sentAtUs), sentAt, timeBytes);
    return value;
  }

  /** The index of a record that came, or `foreign` or `changed`; its times are in `dueAtUs` and `sentAtUs` afterwards. */
  read(bytes: Buffer, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): number {
    if (valueStart < 0 || valueEnd - valueStart < stampBytes) return foreign;
    if (bytes.readUInt32BE(valueStart) !== this.#mark) return foreign;
    const index = bytes.readUIntBE(valueStart + indexAt, timeBytes);
    if (index >= this.#endIndex || valueEnd - valueStart !== this.#valueBytes) return changed;
    const letters = this.#letters(index);
    if (bytes.compare(letters, stampBytes, letters.length, valueStart + stampBytes, valueEnd) !== 0) return changed;
    if (!this.#isKey(bytes, keyStart, keyEnd)) return changed;
    this.dueAtUs = bytes.readUIntBE(valueStart + dueAt, timeBytes);
    this.sentAtUs = bytes.readUIntBE(valueStart + sentAt, timeBytes);
    return index;
  }

  #isKey(bytes: Buffer, start: number, end: number): boolean {
    if (this.key === null) return start < 0;
    return start >= 0 && bytes.compare(this.key, 0, this.key.length, start, end) === 0;
  }
}
