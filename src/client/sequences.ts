import type { ClientError } from './client-error.ts';
import type { ProduceBatch } from './produce-batch.ts';
import type { ProducerIdentity } from './producer-id.ts';

/** Batches of a producer that a broker recognises a repetition by (Kafka's `ProducerStateEntry.NUM_BATCHES_TO_RETAIN`). */
export const MAX_UNSETTLED_BATCHES = 5;
/** Epochs are 16 bits on the wire. */
const MAX_EPOCH = 0x7fff;
/** The sequence behind 2^31 - 1 is 0. */
const SEQUENCE_COUNT = 2 ** 31;

const OUT_OF_ORDER_SEQUENCE_NUMBER = 45;
const DUPLICATE_SEQUENCE_NUMBER = 46;
const UNKNOWN_PRODUCER_ID = 59;

/** Whether the broker has the batch already: it was written by an earlier attempt whose answer was lost. */
export const isDuplicate = (errorCode: number): boolean => errorCode === DUPLICATE_SEQUENCE_NUMBER;

/** Whether the broker missed a batch before this one, and so did not write it. */
export const isSequenceGap = (error: ClientError): boolean =>
  error.code === OUT_OF_ORDER_SEQUENCE_NUMBER || error.code === UNKNOWN_PRODUCER_ID;

type PartitionState = {
  producerId: number;
  epoch: number;
  nextSequence: number;
  /** Batches with a sequence that are neither acknowledged nor failed, in its order. */
  readonly unsettled: ProduceBatch[];
  /** How many of them are in requests that are not answered. */
  inFlightCount: number;
  /** A batch was acknowledged in this epoch: the broker knows the producer, and refuses what leaves a batch out. */
  isKnown: boolean;
  /** A sequence is lost: its batch has failed, or the broker misses it. Nothing new goes out before a new epoch. */
  isBroken: boolean;
};

/**
 * The sequence numbers of an idempotent producer (KIP-98), which let a broker write each batch once and in order.
 *
 * A batch gets its sequence when it is first sent and keeps it over retries. Those that are sent again go out one at a time and
 * in order, and nothing new of the partition before all of them are settled. When a sequence is lost, the partition goes on in a new epoch, from
 * sequence 0 (KIP-360), which fences whatever of the old one is still on its way. That begins only when nothing is in flight
 * and it is known of the oldest batch that it was not written: one whose answer was lost is sent again under its old
 * sequence first, to learn that. Epochs count for each partition apart: brokers compare them within a partition alone.
 */
export class Sequences {
  readonly #partitions: PartitionState[] = [];
  /** Null when a partition's sequence, once lost, stays so until restart(). */
  readonly #onEpochsSpent: (() => void) | null;
  #identity: ProducerIdentity;

  /**
   * @param onEpochsSpent a partition has used all epochs of the producer id: renewId() must follow. Null in transactions, whose
   * epochs are the coordinator's: restart() follows when a sequence was lost
   */
  constructor(identity: ProducerIdentity, onEpochsSpent: (() => void) | null) {
    this.#identity = identity;
    this.#onEpochsSpent = onEpochsSpent;
  }

  /** Goes on with another producer id where the epochs of the one before are spent. */
  renewId(identity: ProducerIdentity): void {
    this.#identity = identity;
  }

  /** Every partition begins anew, at sequence 0 under `identity`; no batch of the one before is unsettled. */
  restart(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#partitions.length = 0;
  }

  /**
   * Whether the batch that stands first in a partition's queue may be sent now.
   * @param waiting that batch, when it is a full one or one to be sent again; null for the open one
   */
  maySend(partition: number, waiting: ProduceBatch | null): boolean {
    const state = this.#stateOf(partition);
    if (state.isBroken && state.inFlightCount === 0 && state.unsettled[0]?.isUnsure !== true) this.#beginEpoch(state);
    if (waiting !== null && waiting.sequence >= 0) return state.inFlightCount === 0 && !isStuck(state);
    // A batch whose answer was lost would leave the few that the broker remembers if newer ones went past it.
    if (state.isBroken || (state.unsettled[0]?.attempts ?? 0) > 1) return false;
    return state.isKnown ? state.unsettled.length < MAX_UNSETTLED_BATCHES : state.inFlightCount === 0;
  }

  /** Takes note that a batch goes out; one that has no sequence gets the next. */
  sending(batch: ProduceBatch): void {
    const state = this.#stateOf(batch.partition);
    state.inFlightCount++;
    if (batch.sequence >= 0) return;
    this.#number(state, batch);
    state.unsettled.push(batch);
  }

  /** Takes note that the request of a batch was answered, or never will be. */
  returned(batch: ProduceBatch): void {
    this.#stateOf(batch.partition).inFlightCount--;
  }

  /**
   * Takes note of what a batch came back with.
   * @returns whether nothing was in front of a batch that a gap was found before: no other batch's retry will fill it
   */
  refused(batch: ProduceBatch, error: ClientError): boolean {
    const state = this.#stateOf(batch.partition);
    batch.isUnsure = !isSequenceGap(error);
    if (batch.isUnsure || state.unsettled[0] !== batch) return false;
    state.isBroken = true;
    return true;
  }

  /** Takes note that a batch was acknowledged or has failed for good. */
  settled(batch: ProduceBatch, isAcknowledged: boolean): void {
    if (batch.sequence < 0) return;
    const state = this.#stateOf(batch.partition);
    const index = state.unsettled.indexOf(batch);
    if (index >= 0) state.unsettled.splice(index, 1);
    if (isAcknowledged) state.isKnown = true;
    else state.isBroken = true;
  }

  #stateOf(partition: number): PartitionState {
    const found = this.#partitions[partition];
    if (found !== undefined) return found;
    const fresh: PartitionState = {
      ...this.#identity,
      nextSequence: 0,
      unsettled: [],
      inFlightCount: 0,
      isKnown: false,
      isBroken: false,
    };
    this.#partitions[partition] = fresh;
    return fresh;
  }

  #number(state: PartitionState, batch: ProduceBatch): void {
    batch.producerId = state.producerId;
    batch.producerEpoch = state.epoch;
    batch.sequence = state.nextSequence;
    state.nextSequence = (state.nextSequence + batch.recordCount) % SEQUENCE_COUNT;
  }

  #beginEpoch(state: PartitionState): void {
    if (this.#onEpochsSpent === null) return;
    if (state.epoch < MAX_EPOCH) state.epoch++;
    else if (state.producerId === this.#identity.producerId) {
      this.#onEpochsSpent();
      return;
    } else {
      state.producerId = this.#identity.producerId;
      state.epoch = this.#identity.epoch;
    }
    state.nextSequence = 0;
    state.isKnown = false;
    state.isBroken = false;
    for (const batch of state.unsettled) {
      this.#number(state, batch);
      batch.restamp();
    }
  }
}

/** Whether the oldest batch cannot be sent before a new epoch: it was refused in this one. */
const isStuck = ({ isBroken, unsettled }: PartitionState): boolean => isBroken && unsettled[0]?.isUnsure !== true;
