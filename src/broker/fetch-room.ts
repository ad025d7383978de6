import { MAX_FETCH_BYTES_IN_FLIGHT, MAX_FETCHES_OVER_ROOM } from './limits.ts';

/**
 * The memory that all fetch responses together may hold, from before they are read until their sockets have taken them.
 * When it is full, a few fetches more may each hold the one batch that KIP-74 promises them; the rest wait their turn.
 */
export class FetchRoom {
  readonly #maxBytes: number;
  readonly #maxSqueezed: number;
  #bytes = 0;
  #squeezedCount = 0;
  readonly #waiting = new Set<() => void>();
  #isWaking = false;

  constructor(maxBytes: number = MAX_FETCH_BYTES_IN_FLIGHT, maxSqueezed: number = MAX_FETCHES_OVER_ROOM) {
    this.#maxBytes = maxBytes;
    this.#maxSqueezed = maxSqueezed;
  }

  /** Bytes that are held or set apart; over the bound only by the batches of squeezed fetches. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that may still be taken. */
  get freeBytes(): number {
    return Math.max(0, this.#maxBytes - this.#bytes);
  }

  /** Counts bytes as held. */
  take(sizeBytes: number): void {
    this.#bytes += sizeBytes;
  }

  /** Ends a `take()`. */
  giveBack(sizeBytes: number): void {
    this.#bytes -= sizeBytes;
    this.#wake();
  }

  /** Lets in a fetch for one batch although the room is full; false when enough of them are in. End it with `leaveSqueezed()`. */
  squeezeIn(): boolean {
    if (this.#squeezedCount >= this.#maxSqueezed) return false;
    this.#squeezedCount++;
    return true;
  }

  /** Ends a `squeezeIn()`. */
  leaveSqueezed(): void {
    this.#squeezedCount--;
    this.#wake();
  }

  /** Calls back once when there is room again, in the order of asking; that one may have to wait once more. */
  wait(onRoom: () => void): void {
    this.#waiting.add(onRoom);
  }

  /** Takes back a `wait()`. */
  stopWaiting(onRoom: () => void): void {
    this.#waiting.delete(onRoom);
  }

  #wake(): void {
    if (this.#waiting.size === 0 || this.#isWaking) return;
    this.#isWaking = true;
    setImmediate(() => {
      this.#isWaking = false;
      let remaining = this.#waiting.size;
      for (const onRoom of this.#waiting) {
        if (remaining-- === 0 || (this.freeBytes === 0 && this.#squeezedCount >= this.#maxSqueezed)) return;
        this.#waiting.delete(onRoom);
        onRoom();
      }
    });
  }
}
