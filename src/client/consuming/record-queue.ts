import { type ConsumedRecord, readRecord } from '../consumed-record.ts';
import type { Fetcher } from '../fetcher.ts';
import type { RecordHandling } from '../group/group-consumer-options.ts';
import type { PartitionReading } from '../partition-reading.ts';
import type { RecordListener } from '../record-delivery.ts';

/** A record of a topic, copied out of what was fetched. */
export type TopicRecord = ConsumedRecord & { readonly topic: string };

type Queued = { readonly record: TopicRecord; readonly reading: PartitionReading; readonly version: number };

/**
 * Records that were fetched and are not handled yet. Fetching waits while there are some, so that there are never more than the
 * answers on their way hold: `fetch.max.bytes` from each broker, twice.
 */
export class RecordQueue implements RecordHandling {
  readonly #maxRecords: number;
  #fetcher: Fetcher | null = null;
  #queued: Queued[] = [];
  /** Where in the queue the next record is. */
  #next = 0;
  #isFull = false;
  #isPaused = false;
  #isHeld = false;
  #isEnded = false;
  #sinceMs: number | null = null;
  #waiting: (() => void)[] = [];

  /** @param maxRecords most that are given at once: `max.poll.records` */
  constructor(maxRecords: number) {
    this.#maxRecords = maxRecords;
  }

  /** Whose records these are; to be called before anything is fetched. */
  attach(fetcher: Fetcher): void {
    this.#fetcher = fetcher;
  }

  /** Puts the records of a topic aside. */
  listenerFor(topic: string): RecordListener {
    return (...args) => {
      const reading = this.#fetcher?.reading(topic, args[1]);
      if (reading === undefined || this.#isEnded) return !this.#isEnded;
      this.#queued.push({ record: { topic, ...readRecord(...args) }, reading, version: reading.version });
      if (!this.#isFull) {
        this.#isFull = true;
        this.#fetcher?.pause();
        this.#wake();
      }
      return true;
    };
  }

  /** Fetches nothing more until resume(), however empty the queue is. */
  pause(): void {
    this.#isPaused = true;
    this.#fetcher?.pause();
  }

  /** See pause(). */
  resume(): void {
    this.#isPaused = false;
    if (!this.#isFull) this.#fetcher?.resume();
  }

  /** Since when the records that were given last have not been handled, or null. */
  busySinceMs(): number | null {
    return this.#sinceMs;
  }

  /** Resolves when nothing is being handled; nothing is given until release(). */
  async settle(): Promise<void> {
    this.#isHeld = true;
    while (this.#sinceMs !== null) await this.#changed();
  }

  /** Gives records again. */
  release(): void {
    this.#isHeld = false;
    this.#wake();
  }

  /** Gives nothing more. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** The next records, at most `max.poll.records`, for which done() has to be called; null at the end. */
  async take(): Promise<readonly TopicRecord[] | null> {
    for (;;) {
      if (this.#isEnded) return null;
      const records = this.#isHeld ? [] : this.#takeNow();
      if (records.length > 0) {
        this.#sinceMs = performance.now();
        return records;
      }
      await this.#changed();
    }
  }

  /** A record that was given is handled: its partition's position is behind it. */
  handled(record: TopicRecord): void {
    const reading = this.#fetcher?.reading(record.topic, record.partition);
    // After a seek the position is elsewhere already.
    if (reading !== undefined && this.#versions.get(record) === reading.version) reading.position = record.offset + 1;
    this.#versions.delete(record);
    if (this.#sinceMs !== null) this.#sinceMs = performance.now();
  }

  /** Nothing of what was given is handled any more; what was not handled by now never is, and is not committed. */
  done(): void {
    const isAllHandled = this.#versions.size === 0;
    this.#sinceMs = null;
    this.#versions.clear();
    if (isAllHandled && this.#next === this.#queued.length) this.#emptied();
    this.#wake();
  }

  /** When nothing waits to be handled, what was handed over without records (markers of transactions) is behind, too. */
  onHandedOver(): void {
    if (this.#isFull || this.#sinceMs !== null) return;
    for (const reading of this.#fetcher?.readings ?? []) reading.position = reading.deliveredTo;
  }

  /** Versions of the partitions of records that are being handled. */
  readonly #versions = new Map<TopicRecord, number>();

  #takeNow(): readonly TopicRecord[] {
    const records: TopicRecord[] = [];
    while (records.length < this.#maxRecords && this.#next < this.#queued.length) {
      const each = this.#queued[this.#next++];
      // What was given up, paused or left by a seek is not handled; what is due again is fetched again.
      if (each === undefined || each.version !== each.reading.version) continue;
      records.push(each.record);
      this.#versions.set(each.record, each.version);
    }
    if (records.length === 0 && this.#next > 0) this.#emptied();
    return records;
  }

  #emptied(): void {
    this.#queued = [];
    this.#next = 0;
    this.#isFull = false;
    this.onHandedOver();
    if (!this.#isPaused) this.#fetcher?.resume();
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
