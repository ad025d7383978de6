/** Longest delay that Node's timers take, milliseconds. */
const LONGEST_DELAY_MS = 0x7fffffff;

/** Calls back once, at the earliest of the times that it was asked for since it last did. */
export class WakeTimer {
  readonly #nowUs: () => number;
  readonly #onWake: () => void;
  #atUs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(nowUs: () => number, onWake: () => void) {
    this.#nowUs = nowUs;
    this.#onWake = onWake;
  }

  /** Asks for a call at `atUs`, microseconds; infinity asks for nothing. */
  by(atUs: number): void {
    if (atUs >= this.#atUs || this.#isClosed || atUs === Number.POSITIVE_INFINITY) return;
    this.#atUs = atUs;
    if (this.#timer !== null) clearTimeout(this.#timer);
    // Node's timers fire up to a millisecond early or late; waking early would find nothing ready and spin.
    const delayMs = Math.min(Math.max(Math.ceil((atUs - this.#nowUs()) / 1000), 1), LONGEST_DELAY_MS);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#atUs = Number.POSITIVE_INFINITY;
      this.#onWake();
    }, delayMs);
  }

  /** Calls back no more. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
