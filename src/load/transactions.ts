/** The transactions of a producer under load: when they end, which are aborted, and how long commits take. */
import { DriverFailure, type TransactionControl } from '../drivers/driver.ts';
import { LatencyCounts } from '../measure/latency-counts.ts';
import { type JobControl, messageOf, settlesBeforeOrder } from './control.ts';
import type { TransactionCounts } from './messages.ts';
import { createRandom, derivedSeed, unitOf } from './random.ts';
import type { TransactionSpec } from './shape.ts';

/** What a transaction needs of the sending it is part of. */
export type TransactionSurroundings = {
  readonly control: JobControl;
  readonly nowUs: () => number;
  /** Sends what is pending; resolves when all of it is settled. */
  readonly flush: () => Promise<void>;
  /** Records that were acknowledged so far. */
  readonly acknowledged: () => number;
};

/** How long a stopped job waits for a transaction to end. */
const endAfterStopMs = 5000;

/** What became of a transaction; unknown is one whose commit was asked for and not answered. */
type Ending = 'committed' | 'aborted' | 'unknown';

/** One producer's transactions, one after the other. */
export class TransactionRunner {
  readonly #driver: TransactionControl;
  readonly #spec: TransactionSpec;
  readonly #surroundings: TransactionSurroundings;
  readonly #random: () => number;
  readonly #commitTime = new LatencyCounts();
  #begunUs: number | null = null;
  #firstIndex = 0;
  #acknowledgedBefore = 0;
  /** How the last transaction ended; its records are counted when the next one begins, or with the job: some may settle meanwhile. */
  #ended: Ending | null = null;
  readonly #transactions: Record<Ending, number> = { committed: 0, aborted: 0, unknown: 0 };
  readonly #records: Record<Ending, number> = { committed: 0, aborted: 0, unknown: 0 };

  constructor(
    driver: TransactionControl,
    spec: TransactionSpec,
    worker: number,
    surroundings: TransactionSurroundings,
  ) {
    this.#driver = driver;
    this.#spec = spec;
    this.#surroundings = surroundings;
    this.#random = createRandom(derivedSeed(derivedSeed(spec.seed, 5), worker));
  }

  /** Begins a transaction unless one is open; record `index` is its first. Throws a DriverFailure. */
  begin(index: number): void {
    if (this.#begunUs !== null) return;
    this.#countRecords();
    this.#driver.begin();
    this.#begunUs = this.#surroundings.nowUs();
    this.#firstIndex = index;
    this.#acknowledgedBefore = this.#surroundings.acknowledged();
  }

  /** The index that the open transaction ends before, when this producer's indexes are `step` apart. */
  untilIndex(step: number): number {
    return this.#spec.records === null ? Number.POSITIVE_INFINITY : this.#firstIndex + this.#spec.records * step;
  }

  /** When the open transaction is old enough to end, microseconds on the run's clock. */
  get untilUs(): number {
    const { durationMs } = this.#spec;
    return durationMs === null || this.#begunUs === null ? Number.POSITIVE_INFINITY : this.#begunUs + durationMs * 1e3;
  }

  /** Ends the open transaction when it is full or old enough. One without a record grows older. Rejects with a DriverFailure. */
  async endWhenOver(nextIndex: number, step: number): Promise<void> {
    if (nextIndex === this.#firstIndex) {
      if (this.#begunUs !== null) this.#begunUs = this.#surroundings.nowUs();
      return;
    }
    if (nextIndex >= this.untilIndex(step) || this.#surroundings.nowUs() >= this.untilUs) await this.end();
  }

  /** Ends the open transaction, if there is one: commits it, or aborts it when its turn to be aborted has come. Rejects with a DriverFailure. */
  async end(): Promise<void> {
    if (this.#begunUs === null) return;
    this.#begunUs = null;
    if (unitOf(this.#random()) < this.#spec.abortRate) return this.#abort();
    const { nowUs } = this.#surroundings;
    const fromUs = nowUs();
    try {
      if (!(await this.#settles(this.#driver.commit()))) return this.#end('unknown');
    } catch (error) {
      if (error instanceof DriverFailure && error.isOutcomeUnknown) this.#end('unknown');
      // A commit that fails leaves the transaction to be aborted, unless all is lost; the first failure is the one to tell.
      else await this.#abort().catch(() => {});
      throw new Error(`a transaction could not be committed: ${messageOf(error)}`, { cause: error });
    }
    this.#commitTime.record(nowUs() - fromUs);
    this.#end('committed');
  }

  /** Aborts the open transaction, if there is one, after a failure. Rejects with a DriverFailure. */
  async giveUp(): Promise<void> {
    if (this.#begunUs === null) return;
    this.#begunUs = null;
    await this.#abort();
  }

  /** What became of the transactions; asked once, at the end, when every record is settled. */
  counts(): TransactionCounts {
    this.#countRecords();
    return {
      committed: this.#transactions.committed,
      aborted: this.#transactions.aborted,
      recordsAborted: this.#records.aborted,
      unknown: this.#transactions.unknown,
      recordsUnknown: this.#records.unknown,
      commitTime: this.#commitTime.take(),
    };
  }

  /**
   * Its records are written first: a transaction that is dropped before it was sent would cost nothing. It counts as aborted even when
   * the abort is refused or not answered: nobody asked to commit it, and the coordinator aborts it when its time is over.
   */
  async #abort(): Promise<void> {
    this.#end('aborted');
    if (await this.#settles(this.#surroundings.flush())) await this.#settles(this.#driver.abort());
  }

  #end(ending: Ending): void {
    this.#transactions[ending]++;
    this.#ended = ending;
  }

  #countRecords(): void {
    if (this.#ended === null) return;
    this.#records[this.#ended] += this.#surroundings.acknowledged() - this.#acknowledgedBefore;
    this.#ended = null;
  }

  /** Waits for as long as it takes; after a stop for a bounded time, after an abort of the job not at all. */
  async #settles(promise: Promise<void>): Promise<boolean> {
    const { control } = this.#surroundings;
    // The last wait may be over before this settles.
    promise.catch(() => {});
    if (!control.isStopped && (await settlesBeforeOrder(control, promise, null))) return true;
    return control.abortMessage === null && (await settlesBeforeOrder(control, promise, endAfterStopMs));
  }
}
