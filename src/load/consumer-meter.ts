/**
 * Counts what one consumer reads. A record costs a few additions; clocks are read once for each burst of records, which is what a driver
 * hands over in one turn of the event loop.
 */
import type { RecordSink } from '../drivers/driver.ts';
import type { ConsumerCounts, FromConsumer } from './consumer-messages.ts';
import { positionStride } from './positions.ts';
import type { ProgressWriter } from './progress.ts';
import type { QuotaHolder } from './quota.ts';
import type { RateShare } from './rate-share.ts';
import type { RebalanceClock } from './rebalance-clock.ts';

/** Records reserved from the shared quota at a time. */
const recordsPerReservation = 4096;

/** What holds a consumer to a rate, together with others. */
export type Pace = {
  readonly recordsPerSecond: number;
  readonly startUs: number;
  readonly share: RateShare;
  /** Called when no record is due: the driver holds the one that is refused then until it is resumed. */
  readonly hold: (nowUs: number, dueUs: number) => void;
};

/** Counts the records of one consumer and sends one message for each reporting interval. */
export class ConsumerMeter {
  firstRecordUs: number | null = null;
  lastRecordUs: number | null = null;
  /** The test's last record has been consumed. */
  isQuotaUsedUp = false;
  /** Called once when isQuotaUsedUp becomes true between two records, as no record may follow to be refused. */
  onUsedUp: () => void = () => {};
  /** Called at the end of each burst of records. */
  onBurst: ((nowUs: number) => void) | null = null;
  /** Null takes records as they come. */
  pace: Pace | null = null;
  readonly #quota: QuotaHolder;
  readonly #rebalances: RebalanceClock;
  readonly #nowUs: () => number;
  readonly #intervalUs: number;
  readonly #progress: ProgressWriter;
  readonly #post: (message: FromConsumer) => void;
  #windowIndex = 0;
  #windowEndUs = Number.POSITIVE_INFINITY;
  /** Of the current interval. */
  #records = 0;
  #bytes = 0;
  #redelivered = 0;
  /** Before it. */
  #recordsBefore = 0;
  #bytesBefore = 0;
  #redeliveredBefore = 0;
  /** Left of the reserved part. */
  #reserved = 0;
  #isInBurst = false;

  constructor(options: {
    readonly quota: QuotaHolder;
    readonly rebalances: RebalanceClock;
    readonly nowUs: () => number;
    readonly reportingIntervalMs: number;
    readonly progress: ProgressWriter;
    readonly post: (message: FromConsumer) => void;
  }) {
    this.#quota = options.quota;
    this.#rebalances = options.rebalances;
    this.#nowUs = options.nowUs;
    this.#intervalUs = options.reportingIntervalMs * 1e3;
    this.#progress = options.progress;
    this.#post = options.post;
  }

  /** Begins the first interval; before any record comes. */
  start(startUs: number): void {
    this.#windowEndUs = startUs + this.#intervalUs;
    this.#rebalances.start(startUs);
  }

  /**
   * What the driver calls for each record of a topic; false once all records of the test have been consumed, and while none is due at its pace.
   * @param positions the topic's, `load/positions.ts`
   */
  sink(positions: Float64Array): RecordSink {
    return (_bytes, partition, offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
      const place = partition * positionStride;
      if (offset < (positions[place] ?? 0)) {
        this.#redelivered++;
        return true;
      }
      if (this.#reserved === 0 && !this.#reserve()) return false;
      positions[place] = offset + 1;
      this.#reserved--;
      this.#records++;
      if (keyStart >= 0) this.#bytes += keyEnd - keyStart;
      if (valueStart >= 0) this.#bytes += valueEnd - valueStart;
      return true;
    };
  }

  /** Sends a message for every interval that is over at this time. */
  closeWindows(nowUs: number): void {
    while (nowUs >= this.#windowEndUs) {
      this.#postWindow(false, this.#windowEndUs);
      this.#windowEndUs += this.#intervalUs;
    }
  }

  /** When the current interval ends, microseconds on the run's clock. */
  get windowEndUs(): number {
    return this.#windowEndUs;
  }

  /** Gives back what was reserved and sends the unfinished interval. */
  close(): void {
    const nowUs = this.#nowUs();
    this.#endBurst(nowUs);
    this.#postWindow(true, nowUs);
  }

  /** All that was read, once the last interval is closed. */
  counts(): ConsumerCounts {
    return {
      recordsConsumed: this.#recordsBefore,
      bytesConsumed: this.#bytesBefore,
      recordsRedelivered: this.#redeliveredBefore,
    };
  }

  /** Reserves the next part; the first one of a burst also reads the clock. */
  #reserve(): boolean {
    if (this.isQuotaUsedUp) return false;
    const nowUs = this.#nowUs();
    this.closeWindows(nowUs);
    const limit = this.pace === null ? recordsPerReservation : this.#takeDue(this.pace, nowUs);
    if (limit === 0) return false;
    this.#reserved = this.#quota.reserve(limit);
    this.pace?.share.giveBack(limit - this.#reserved);
    if (this.#reserved === 0) {
      this.isQuotaUsedUp = true;
      this.#endBurst(nowUs);
      return false;
    }
    this.firstRecordUs ??= nowUs;
    if (!this.#isInBurst) {
      this.#isInBurst = true;
      setImmediate(() => this.#endBurst(this.#nowUs()));
    }
    return true;
  }

  /** Records that are due by now and that no other has taken; none holds the driver, unless the test is over. */
  #takeDue({ share, startUs, recordsPerSecond, hold }: Pace, nowUs: number): number {
    // The first one is due at the start.
    const due = Math.floor(((nowUs - startUs) * recordsPerSecond) / 1e6) + 1;
    const part = share.take(recordsPerReservation, due);
    if (part > 0) return part;
    if (this.#quota.isUsedUp()) this.isQuotaUsedUp = true;
    else hold(nowUs, startUs + (due * 1e6) / recordsPerSecond);
    return 0;
  }

  /** The driver's turn is over: its last record came at this time, and what is reserved and unused goes back. */
  #endBurst(lastRecordUs: number): void {
    if (!this.#isInBurst) return;
    this.#isInBurst = false;
    this.#quota.settle(this.#reserved);
    this.pace?.share.giveBack(this.#reserved);
    this.#reserved = 0;
    if (!this.isQuotaUsedUp && this.#quota.isUsedUp()) {
      this.isQuotaUsedUp = true;
      this.onUsedUp();
    }
    this.lastRecordUs = lastRecordUs;
    this.#progress.report(this.#recordsBefore + this.#records, lastRecordUs);
    this.onBurst?.(lastRecordUs);
  }

  #postWindow(isFinal: boolean, endUs: number): void {
    this.#post({
      kind: 'window',
      index: this.#windowIndex++,
      isFinal,
      recordsConsumed: this.#records,
      bytesConsumed: this.#bytes,
      recordsRedelivered: this.#redelivered,
      rebalanceUs: this.#rebalances.endWindow(endUs),
      isIdle: this.#rebalances.isIdle,
    });
    this.#recordsBefore += this.#records;
    this.#bytesBefore += this.#bytes;
    this.#redeliveredBefore += this.#redelivered;
    this.#records = 0;
    this.#bytes = 0;
    this.#redelivered = 0;
  }
}
