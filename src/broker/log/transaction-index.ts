import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AbortedTransaction } from './producer-states.ts';

/*
 * Kafka's transaction index, `<base offset>.txnindex`: the transactions whose abort marker stands in that segment.
 * Entries of 34 bytes: version int16 0 · producer id · first offset · last offset · last stable offset, each int64.
 */
const INDEX_FILE = /^(\d{20})\.txnindex$/;
const ENTRY_BYTES = 34;
const VERSION = 0;

/**
 * The aborted transactions of one partition, in memory in the order of their markers, and in the index files of their
 * segments. A damaged or missing file is made again from the log by whoever opens it.
 */
export class TransactionIndex {
  readonly #directory: string;
  #entries: AbortedTransaction[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Number of aborted transactions. */
  get count(): number {
    return this.#entries.length;
  }

  /** Offset of the last marker, or -1. */
  get lastMarker(): number {
    return this.#entries.at(-1)?.lastOffset ?? -1;
  }

  /** Reads the index files. Returns false when one of them does not hold whole entries in order. */
  load(): boolean {
    this.#entries = [];
    for (const name of this.#fileNames()) {
      const bytes = readFileSync(join(this.#directory, name));
      if (bytes.length % ENTRY_BYTES !== 0) return false;
      for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
        const entry = readEntry(bytes, at);
        if (bytes.readInt16BE(at) !== VERSION || entry.lastOffset <= this.lastMarker) return false;
        this.#entries.push(entry);
      }
    }
    return true;
  }

  /** Takes in an aborted transaction whose marker stands in the segment at `segmentBase`. Throws the file system's error. */
  add(aborted: AbortedTransaction, segmentBase: number): void {
    if (aborted.lastOffset <= this.lastMarker) return;
    this.#entries.push(aborted);
    appendFileSync(join(this.#directory, fileName(segmentBase)), writeEntry(aborted));
  }

  /** Aborted transactions that touch offsets [from, to). */
  within(from: number, to: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (let index = this.#firstEndingFrom(from); index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      if (entry !== undefined && entry.firstOffset < to) found.push(entry);
    }
    return found;
  }

  /** Forgets transactions that ended before `offset` (the log's start). */
  dropBefore(offset: number): void {
    this.#entries.splice(0, this.#firstEndingFrom(offset));
  }

  /** Forgets all and removes the files. Throws the file system's error. */
  reset(): void {
    this.#entries = [];
    for (const name of this.#fileNames()) rmSync(join(this.#directory, name), { force: true });
  }

  #fileNames(): string[] {
    return readdirSync(this.#directory)
      .filter((name) => INDEX_FILE.test(name))
      .sort();
  }

  #firstEndingFrom(offset: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.lastOffset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const fileName = (segmentBase: number): string => `${String(segmentBase).padStart(20, '0')}.txnindex`;

const readEntry = (bytes: Buffer, at: number): AbortedTransaction => ({
  producerId: Number(bytes.readBigInt64BE(at + 2)),
  firstOffset: Number(bytes.readBigInt64BE(at + 10)),
  lastOffset: Number(bytes.readBigInt64BE(at + 18)),
  lastStableOffset: Number(bytes.readBigInt64BE(at + 26)),
});

const writeEntry = (aborted: AbortedTransaction): Buffer => {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  bytes.writeInt16BE(VERSION, 0);
  bytes.writeBigInt64BE(BigInt(aborted.producerId), 2);
  bytes.writeBigInt64BE(BigInt(aborted.firstOffset), 10);
  bytes.writeBigInt64BE(BigInt(aborted.lastOffset), 18);
  bytes.writeBigInt64BE(BigInt(aborted.lastStableOffset), 26);
  return bytes;
};
