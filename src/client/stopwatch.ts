/** Sums the times during which something is so. */
export class Stopwatch {
  #sumUs = 0;
  /** Since when it is so; NaN while it is not. */
  #sinceUs = Number.NaN;

  /** It is so from `nowUs` on (no change when it was already), or no longer. */
  set(isSo: boolean, nowUs: number): void {
    const was = !Number.isNaN(this.#sinceUs);
    if (was === isSo) return;
    if (was) this.#sumUs += nowUs - this.#sinceUs;
    this.#sinceUs = isSo ? nowUs : Number.NaN;
  }

  /** Microseconds so far, those of a time that has not ended included. */
  totalUs(nowUs: number): number {
    return this.#sumUs + (Number.isNaN(this.#sinceUs) ? 0 : nowUs - this.#sinceUs);
  }
}
