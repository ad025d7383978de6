/**
 * What a record carries so that whoever reads it knows who it is, without a word from its sender: the last bytes of its value.
 *
 * Big endian, behind the value's own bytes: with times, when the record was due and when send was called (6 bytes each, whole microseconds
 * on the run's clock); then the record's index (6), the run's mark (4), and a check over all of that (4). Of `producers` producers, number
 * `index % producers` sent the record as its `floor(index / producers)`-th.
 */
import { changed, foreign } from './e2e-records.ts';

/** Bytes of a value behind its own: the least size of a value. */
export const stampBytes = 14;
/** The same with times. */
export const timedStampBytes = 26;

const twoTo32 = 2 ** 32;
const wordBytes = 4;
const halfBytes = 2;
const longBytes = wordBytes + halfBytes;

const put32 = (bytes: Uint8Array, at: number, word: number): void => {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
};

const put48 = (bytes: Uint8Array, at: number, high: number, low: number): void => {
  bytes[at] = high >>> 8;
  bytes[at + 1] = high;
  put32(bytes, at + halfBytes, low);
};

const get32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);

const get16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** Each step can be undone, so that no two words give one check: any change within one word is seen. */
const mixed = (check: number, word: number): number => {
  const bits = Math.imul(check ^ word, 0x85ebca6b);
  return bits ^ (bits >>> 15);
};

/** Writes stamps, and reads them; nothing is allocated. */
export class RecordStamp {
  /** Bytes that it takes at the end of a value. */
  readonly sizeBytes: number;
  /** Times of the stamp that was read last, microseconds on the run's clock; 0 without times. */
  dueAtUs = 0;
  sentAtUs = 0;
  readonly #mark: number;
  readonly #isTimed: boolean;

  /**
   * @param mark a number of 32 bits that other runs do not have
   * @param isTimed whether stamps hold times
   */
  constructor(mark: number, isTimed: boolean) {
    this.#mark = mark | 0;
    this.#isTimed = isTimed;
    this.sizeBytes = isTimed ? timedStampBytes : stampBytes;
  }

  /** Stamps a value in place. Without times the last two are not looked at. */
  write(value: Uint8Array, index: number, dueAtUs: number, sentAtUs: number): void {
    let at = value.length - this.sizeBytes;
    let check = this.#mark;
    if (this.#isTimed) {
      const due = Math.round(dueAtUs);
      const sent = Math.round(sentAtUs);
      const dueHigh = Math.floor(due / twoTo32);
      const sentHigh = Math.floor(sent / twoTo32);
      put48(value, at, dueHigh, due >>> 0);
      put48(value, at + longBytes, sentHigh, sent >>> 0);
      check = mixed(mixed(check, (dueHigh << 16) | sentHigh), due >>> 0);
      check = mixed(check, sent >>> 0);
      at += 2 * longBytes;
    }
    const high = Math.floor(index / twoTo32);
    put48(value, at, high, index >>> 0);
    put32(value, at + longBytes, this.#mark);
    put32(value, at + longBytes + wordBytes, mixed(mixed(check, high), index >>> 0));
  }

  /**
   * The index in the stamp of a value that ends before `end` and is long enough for one; `foreign` for a value of others, `changed` for one
   * of this run whose stamp is damaged. Its times are in `dueAtUs` and `sentAtUs` afterwards.
   */
  read(bytes: Uint8Array, end: number): number {
    let at = end - this.sizeBytes;
    let check = this.#mark;
    if (this.#isTimed) {
      const dueHigh = get16(bytes, at);
      const due = get32(bytes, at + halfBytes);
      const sentHigh = get16(bytes, at + longBytes);
      const sent = get32(bytes, at + longBytes + halfBytes);
      check = mixed(mixed(mixed(check, (dueHigh << 16) | sentHigh), due), sent);
      this.dueAtUs = dueHigh * twoTo32 + (due >>> 0);
      this.sentAtUs = sentHigh * twoTo32 + (sent >>> 0);
      at += 2 * longBytes;
    }
    const high = get16(bytes, at);
    const low = get32(bytes, at + halfBytes);
    const isMarked = get32(bytes, at + longBytes) === this.#mark;
    const isChecked = mixed(mixed(check, high), low) === get32(bytes, at + longBytes + wordBytes);
    if (isMarked && isChecked) return high * twoTo32 + (low >>> 0);
    return isMarked || isChecked ? changed : foreign;
  }
}
