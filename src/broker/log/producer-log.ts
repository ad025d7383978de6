import { batchLastOffset, hasProducerId } from '../../protocol/record-batch.ts';
import { readSnapshot, removeSnapshots, snapshotOffsets, writeSnapshot } from './producer-snapshot.ts';
import { type AbortedTransaction, ProducerStates } from './producer-states.ts';
import { TransactionIndex } from './transaction-index.ts';

/** Snapshots that are kept: the newest may be torn by the kernel's end, then the one before it serves. */
const KEPT_SNAPSHOTS = 2;

/** What the log tells about itself when its producers are made known again. */
export type ProducerLogSource = {
  readonly logStartOffset: number;
  readonly endOffset: number;
  /** Whether all was written when the broker stopped the last time. */
  readonly isCleanStart: boolean;
  /** Base offset of the segment that holds `offset`. */
  readonly segmentBaseOf: (offset: number) => number;
  /** Base offset of the segment before the last one; where nothing is known, the replay begins there. */
  readonly lateOffset: number;
  /** Walks all batches from the one that holds `offset` on, their headers and whole control batches. */
  readonly walk: (offset: number, visit: (bytes: Buffer, at: number) => void) => void;
};

/**
 * The producers of one partition's log and what is kept of them on disk: snapshots (`.snapshot`) at the log's end whenever a
 * segment was closed and at a clean stop, and the index of aborted transactions (`.txnindex`). A partition that no
 * idempotent producer has written to has neither file.
 */
export class ProducerLog {
  readonly states = new ProducerStates();
  readonly #directory: string;
  readonly #aborted: TransactionIndex;
  #snapshots: number[] = [];

  constructor(directory: string) {
    this.#directory = directory;
    this.#aborted = new TransactionIndex(directory);
  }

  /** Reads snapshot and index, and replays the batches behind the snapshot. Throws the file system's errors. */
  open(source: ProducerLogSource): void {
    const { endOffset, logStartOffset } = source;
    this.#snapshots = snapshotOffsets(this.#directory);
    // A snapshot from behind the end is of records that were lost.
    this.#dropSnapshots((offset) => offset > endOffset);
    const isIndexWhole = this.#aborted.load() && this.#aborted.lastMarker < endOffset;
    if (!isIndexWhole) this.#aborted.reset();
    const from = isIndexWhole ? this.#restore(source) : logStartOffset;
    if (from < endOffset)
      source.walk(from, (bytes, at) => {
        if (!hasProducerId(bytes, at) || batchLastOffset(bytes, at) < from) return;
        const aborted = this.states.replay(bytes, at);
        if (aborted !== null) this.#aborted.add(aborted, source.segmentBaseOf(aborted.lastOffset));
      });
    this.#aborted.dropBefore(logStartOffset);
  }

  /** Takes note of a batch with a producer id that was staged. */
  staged(bytes: Buffer, at: number, baseOffset: number): void {
    this.states.staged(bytes, at, baseOffset);
  }

  /**
   * What was staged is written, up to `endOffset`; `hasRolled` when a segment was closed by it. Throws the file system's
   * errors; the producers are right then all the same, and the next start replays what the files lack.
   */
  written(endOffset: number, hasRolled: boolean, segmentBaseOf: (offset: number) => number): void {
    const aborted = this.states.written();
    for (const each of aborted) this.#aborted.add(each, segmentBaseOf(each.lastOffset));
    if (hasRolled) this.#takeSnapshot(endOffset);
  }

  /** What was staged could not be written. */
  undo(): void {
    this.states.undo();
  }

  /** Leaves a snapshot of the end for a quick start. Throws the file system's errors. */
  close(endOffset: number): void {
    this.#takeSnapshot(endOffset);
  }

  /** Aborted transactions that touch offsets [from, to). */
  abortedWithin(from: number, to: number): AbortedTransaction[] {
    return this.#aborted.count === 0 ? [] : this.#aborted.within(from, to);
  }

  /** The log begins at `offset` now. */
  startMoved(offset: number): void {
    this.#aborted.dropBefore(offset);
  }

  /** Puts in the newest snapshot that can be read; returns the offset behind it. */
  #restore({ endOffset, isCleanStart, lateOffset, logStartOffset }: ProducerLogSource): number {
    for (const offset of this.#snapshots.toReversed()) {
      const entries = readSnapshot(this.#directory, offset);
      if (entries === null) continue;
      this.states.restore(entries);
      return Math.max(offset, logStartOffset);
    }
    return isCleanStart ? endOffset : Math.max(lateOffset, logStartOffset);
  }

  #takeSnapshot(endOffset: number): void {
    if (this.states.count === 0 && this.#snapshots.length === 0) return;
    if (this.#snapshots.at(-1) === endOffset) return;
    writeSnapshot(this.#directory, endOffset, this.states.entries());
    this.#snapshots.push(endOffset);
    const kept = new Set(this.#snapshots.slice(-KEPT_SNAPSHOTS));
    this.#dropSnapshots((offset) => !kept.has(offset));
  }

  #dropSnapshots(isDoomed: (offset: number) => boolean): void {
    const doomed = this.#snapshots.filter(isDoomed);
    if (doomed.length === 0) return;
    removeSnapshots(this.#directory, doomed);
    this.#snapshots = this.#snapshots.filter((offset) => !isDoomed(offset));
  }
}
