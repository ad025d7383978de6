import type { ErrorName } from '../../protocol/errors.ts';
import {
  batchBaseOffset,
  batchBaseSequence,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  isControl,
  isTransactional,
} from '../../protocol/record-batch.ts';
import { readMarker } from '../../protocol/transaction-marker.ts';

const NONE = -1;
const MAX_SEQUENCE = 0x7fff_ffff;
/** Batches of a producer that a repetition is recognised by (Kafka's `ProducerStateEntry.NUM_BATCHES_TO_RETAIN`). */
const KEPT_BATCHES = 5;

/** A batch of an idempotent producer in the log. */
type KeptBatch = {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestampMs: number;
};

/** What a partition knows of one idempotent producer; replaced as a whole, never changed in place. */
export type ProducerState = {
  readonly epoch: number;
  /** Its last batches of this epoch, oldest first. */
  readonly batches: readonly KeptBatch[];
  /** First offset of its open transaction, or -1. */
  readonly transactionStart: number;
  /** Epoch of the coordinator whose marker came last, or -1. */
  readonly coordinatorEpoch: number;
  /** Time of its last batch or marker, milliseconds since the epoch. */
  readonly timestampMs: number;
};

/** A transaction that was aborted: a `read_committed` consumer drops what the producer wrote from its first offset on. */
export type AbortedTransaction = {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Offset of the abort marker. */
  readonly lastOffset: number;
  /** Last stable offset once the marker was written. */
  readonly lastStableOffset: number;
};

/** Why a batch is not appended: Kafka's error, or that it is in the log already. */
export type ProducerVerdict =
  | { readonly kind: 'refused'; readonly error: ErrorName; readonly message: string }
  | { readonly kind: 'duplicate'; readonly baseOffset: number };

/** A marker that is staged: it counts once it is written. */
type StagedMarker = { readonly producerId: number; readonly isCommit: boolean; readonly offset: number };

/**
 * The idempotent and transactional producers of one partition (Kafka's `ProducerStateManager`): sequence numbers, the last
 * batches against repetitions, open transactions. Batches count from the moment they are staged; `written()` or `undo()`
 * follows the write, so that a write the disk refuses leaves no trace. Markers count when they are written.
 */
export class ProducerStates {
  readonly #byId = new Map<number, ProducerState>();
  /** Producers with an open transaction and its first offset, in ascending order of that offset. */
  #open = new Map<number, number>();
  /** States to go back to when the staged batches cannot be written; null for a producer that was not known. */
  readonly #before = new Map<number, ProducerState | null>();
  #stagedMarkers: StagedMarker[] = [];

  /** Number of producers that are known. */
  get count(): number {
    return this.#byId.size;
  }

  /** All producers by id. */
  entries(): Iterable<readonly [producerId: number, state: ProducerState]> {
    return this.#byId;
  }

  /** What is known of a producer. */
  get(producerId: number): ProducerState | undefined {
    return this.#byId.get(producerId);
  }

  /** First offset of the earliest open transaction, or null when none is open. */
  get firstUnstableOffset(): number | null {
    for (const offset of this.#open.values()) return offset;
    return null;
  }

  /**
   * Holds a batch with a producer id against what the producer wrote before. Null when it may be appended.
   * The checks are those of Kafka's `ProducerAppendInfo`.
   */
  check(bytes: Buffer, at: number): ProducerVerdict | null {
    const producerId = batchProducerId(bytes, at);
    const state = this.#byId.get(producerId);
    if (state === undefined) return null;
    const epoch = batchProducerEpoch(bytes, at);
    const first = batchBaseSequence(bytes, at);
    const last = lastSequence(first, batchLastOffsetDelta(bytes, at));
    if (epoch === state.epoch)
      for (const batch of state.batches)
        if (batch.firstSequence === first && batch.lastSequence === last)
          return { kind: 'duplicate', baseOffset: batch.baseOffset };
    if (epoch < state.epoch)
      return refused('INVALID_PRODUCER_EPOCH', `epoch ${epoch} of producer ${producerId} is behind ${state.epoch}`);
    if (epoch > state.epoch) {
      if (first !== 0)
        return refused(
          'OUT_OF_ORDER_SEQUENCE_NUMBER',
          `epoch ${epoch} of producer ${producerId} must begin with sequence 0; got ${first}`,
        );
    } else {
      const before = state.batches.at(-1)?.lastSequence ?? NONE;
      const expected = before === MAX_SEQUENCE ? 0 : before + 1;
      if (first !== expected)
        return refused(
          'OUT_OF_ORDER_SEQUENCE_NUMBER',
          `sequence ${expected} of producer ${producerId} (epoch ${epoch}) is next; got ${first}`,
        );
    }
    if (state.transactionStart !== NONE && !isTransactional(bytes, at))
      return refused(
        'INVALID_TXN_STATE',
        `producer ${producerId} has an open transaction; the batch is not part of it`,
      );
    return null;
  }

  /** Takes note of a checked batch, or of a marker, that was staged at this offset. */
  staged(bytes: Buffer, at: number, baseOffset: number): void {
    const producerId = batchProducerId(bytes, at);
    if (!this.#before.has(producerId)) this.#before.set(producerId, this.#byId.get(producerId) ?? null);
    if (!isControl(bytes, at)) {
      this.#append(producerId, bytes, at, baseOffset);
      return;
    }
    const marker = readMarker(bytes, at);
    if (marker === null) return;
    this.#mark(producerId, bytes, at, marker.coordinatorEpoch);
    this.#stagedMarkers.push({ producerId, isCommit: marker.isCommit, offset: baseOffset });
  }

  /** What was staged is in the log: markers end their transactions. Returns those that were aborted. */
  written(): readonly AbortedTransaction[] {
    this.#before.clear();
    if (this.#stagedMarkers.length === 0) return [];
    const aborted: AbortedTransaction[] = [];
    for (const marker of this.#stagedMarkers.splice(0)) {
      const ended = this.#end(marker);
      if (ended !== null) aborted.push(ended);
    }
    return aborted;
  }

  /** What was staged could not be written. */
  undo(): void {
    for (const [producerId, state] of this.#before) {
      if (state === null) this.#byId.delete(producerId);
      else this.#byId.set(producerId, state);
    }
    this.#before.clear();
    this.#stagedMarkers = [];
    this.#sortOpen();
  }

  /** Takes in a batch that stands in the log already (at start). Returns the transaction that it aborts, if it does. */
  replay(bytes: Buffer, at: number): AbortedTransaction | null {
    const producerId = batchProducerId(bytes, at);
    if (producerId < 0) return null;
    this.staged(bytes, at, batchBaseOffset(bytes, at));
    return this.written()[0] ?? null;
  }

  /** Puts in what a snapshot holds, in place of all that is known. */
  restore(entries: Iterable<readonly [producerId: number, state: ProducerState]>): void {
    this.#byId.clear();
    for (const [producerId, state] of entries) this.#byId.set(producerId, state);
    this.#sortOpen();
  }

  /** Forgets producers without an open transaction that wrote nothing since `beforeMs`. */
  expire(beforeMs: number): void {
    for (const [producerId, { transactionStart, timestampMs }] of this.#byId)
      if (transactionStart === NONE && timestampMs < beforeMs && !this.#before.has(producerId))
        this.#byId.delete(producerId);
  }

  #append(producerId: number, bytes: Buffer, at: number, baseOffset: number): void {
    const epoch = batchProducerEpoch(bytes, at);
    const delta = batchLastOffsetDelta(bytes, at);
    const firstSequence = batchBaseSequence(bytes, at);
    const timestampMs = batchMaxTimestamp(bytes, at);
    const batch: KeptBatch = {
      firstSequence,
      lastSequence: lastSequence(firstSequence, delta),
      baseOffset,
      lastOffset: baseOffset + delta,
      timestampMs,
    };
    const state = this.#byId.get(producerId);
    const former = state === undefined || state.epoch !== epoch ? [] : state.batches.slice(1 - KEPT_BATCHES);
    let transactionStart = state?.transactionStart ?? NONE;
    if (transactionStart === NONE && isTransactional(bytes, at)) {
      transactionStart = baseOffset;
      this.#open.set(producerId, baseOffset);
    }
    const coordinatorEpoch = state?.coordinatorEpoch ?? NONE;
    this.#byId.set(producerId, { epoch, batches: [...former, batch], transactionStart, coordinatorEpoch, timestampMs });
  }

  #mark(producerId: number, bytes: Buffer, at: number, coordinatorEpoch: number): void {
    const epoch = batchProducerEpoch(bytes, at);
    const state = this.#byId.get(producerId);
    this.#byId.set(producerId, {
      epoch,
      batches: state?.epoch === epoch ? state.batches : [],
      transactionStart: state?.transactionStart ?? NONE,
      coordinatorEpoch,
      timestampMs: batchMaxTimestamp(bytes, at),
    });
  }

  #end({ producerId, isCommit, offset }: StagedMarker): AbortedTransaction | null {
    const state = this.#byId.get(producerId);
    this.#open.delete(producerId);
    if (state === undefined || state.transactionStart === NONE) return null;
    this.#byId.set(producerId, { ...state, transactionStart: NONE });
    if (isCommit) return null;
    const lastStableOffset = this.firstUnstableOffset ?? offset + 1;
    return { producerId, firstOffset: state.transactionStart, lastOffset: offset, lastStableOffset };
  }

  #sortOpen(): void {
    const open: [producerId: number, offset: number][] = [];
    for (const [producerId, { transactionStart }] of this.#byId)
      if (transactionStart !== NONE) open.push([producerId, transactionStart]);
    this.#open = new Map(open.sort(([, left], [, right]) => left - right));
  }
}

const refused = (error: ErrorName, message: string): ProducerVerdict => ({ kind: 'refused', error, message });

/** The sequence of a batch's last record; sequences go on at 0 behind 2^31 - 1. */
const lastSequence = (first: number, delta: number): number =>
  first > MAX_SEQUENCE - delta ? delta - (MAX_SEQUENCE - first) - 1 : first + delta;
