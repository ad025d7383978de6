/** The time that a member of a group is without partitions, counted as Kafka's consumer test does: until it has some again (KAFKA-19617). */
import type { TopicPartitions } from '../drivers/driver.ts';

const keysOf = (topics: readonly TopicPartitions[]): readonly string[] =>
  topics.flatMap(({ topic, partitions }) => partitions.map((partition) => `${partition}:${topic}`));

/** Follows what one member holds. Times are microseconds on the run's clock. */
export class RebalanceClock {
  readonly #held = new Set<string>();
  /** Null while it holds partitions. */
  #emptySinceUs: number | null = null;
  #windowStartUs = 0;
  /** Of the current interval, by what is over. */
  #windowUs = 0;
  #hasJoined = false;
  #hasHeld = false;

  /** The load begins: from now on it waits for partitions. */
  start(atUs: number): void {
    this.#emptySinceUs = atUs;
    this.#windowStartUs = atUs;
  }

  /** It has its partitions without a group. */
  hold(atUs: number): void {
    this.rebalanced([{ topic: '', partitions: [0] }], [], atUs, 0);
  }

  /** Its group has given it nothing to read so far. */
  get isIdle(): boolean {
    return this.#hasJoined && !this.#hasHeld;
  }

  /** What is held now. */
  get partitions(): readonly TopicPartitions[] {
    const topics = new Map<string, number[]>();
    for (const key of this.#held) {
      const at = key.indexOf(':');
      const topic = key.slice(at + 1);
      topics.set(topic, [...(topics.get(topic) ?? []), Number(key.slice(0, at))]);
    }
    return Array.from(topics, ([topic, partitions]) => ({ topic, partitions: partitions.toSorted((a, b) => a - b) }));
  }

  /**
   * A rebalance has ended. What was revoked went at its beginning, which is how a member is left with nothing in between.
   * @param tookUs since that beginning
   * @returns how long the member was without partitions; 0 when it kept some, or has none now
   */
  rebalanced(
    assigned: readonly TopicPartitions[],
    revoked: readonly TopicPartitions[],
    atUs: number,
    tookUs: number,
  ): number {
    this.#hasJoined = true;
    for (const key of keysOf(revoked)) this.#held.delete(key);
    if (this.#held.size === 0) this.#emptySinceUs ??= atUs - tookUs;
    for (const key of keysOf(assigned)) this.#held.add(key);
    if (this.#held.size === 0 || this.#emptySinceUs === null) return 0;
    const emptySinceUs = this.#emptySinceUs;
    this.#emptySinceUs = null;
    this.#hasHeld = true;
    this.#windowUs += atUs - Math.max(emptySinceUs, this.#windowStartUs);
    return atUs - emptySinceUs;
  }

  /** An interval is over. @returns its time without partitions; a wait for the first ones counts while it lasts */
  endWindow(atUs: number): number {
    const waiting = this.#emptySinceUs !== null && !this.#hasHeld ? atUs - this.#windowStartUs : 0;
    const windowUs = Math.min(this.#windowUs + waiting, Math.max(0, atUs - this.#windowStartUs));
    this.#windowUs = 0;
    this.#windowStartUs = atUs;
    return windowUs;
  }
}
