/** Knows of every record of an end-to-end test whether it came back: once, again, or not. */
import { changed, foreign } from './e2e-records.ts';

/** Follows records from the send to their receipt; memory grows with those that are on their way alone. */
export class E2eTracker {
  /** Index of the record that was sent last; -1 before the first. */
  newestIndex = -1;
  /** Records that came back, each counted once. */
  received = 0;
  /** Records that came back again. */
  duplicated = 0;
  /** Records that this run did not send. */
  foreign = 0;
  /** Records of this run that were changed on their way. */
  changed = 0;
  /** Sending times of the records that did not come back yet. */
  readonly #sentAtUs = new Map<number, number>();
  readonly #acknowledged = new Set<number>();

  /** Record `index`, greater than those before, is on its way. */
  send(index: number, sentAtUs: number): void {
    this.newestIndex = index;
    this.#sentAtUs.set(index, sentAtUs);
  }

  /** The broker has taken a record, before or after it came back. */
  acknowledge(index: number): void {
    if (this.#sentAtUs.has(index)) this.#acknowledged.add(index);
  }

  /**
   * A record came back.
   * @param index `foreign` or `changed` for one that was not recognised
   * @returns when it was sent, microseconds; null when it does not count, since it came before or is none of this run's
   */
  receive(index: number): number | null {
    const sentAtUs = this.#sentAtUs.get(index);
    if (sentAtUs === undefined) {
      if (index === foreign) this.foreign++;
      else if (index === changed) this.changed++;
      else this.duplicated++;
      return null;
    }
    this.#sentAtUs.delete(index);
    this.#acknowledged.delete(index);
    this.received++;
    return sentAtUs;
  }

  /** Records that were acknowledged and did not come back; at the end of a test, the lost ones. */
  get missing(): number {
    return this.#acknowledged.size;
  }
}
