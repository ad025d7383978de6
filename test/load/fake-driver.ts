import type {
  Compression,
  ConsumerDriver,
  ConsumerDriverOptions,
  DriverError,
  ProducerDriver,
  ProducerDriverOptions,
  ProducerLimits,
  Repeats,
  TransactionControl,
} from '../../src/drivers/driver.ts';

/** One record as a fake producer saw it. */
export type SeenRecord = {
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string;
  readonly sentAtUs: number;
  readonly dueAtUs: number;
  readonly tag: number;
};

/** How a fake producer behaves. */
export type FakeBehaviour = {
  readonly batchRecords?: number;
  /** Records that fit before send() says no. */
  readonly roomRecords?: number;
  /** The error of the batch that starts with this record, or null. */
  readonly errorOf?: (firstTag: number) => DriverError | null;
  /** Thrown by send() for this record. */
  readonly throwAt?: { readonly tag: number; readonly error: Error };
  /** Batches are settled only by close(). */
  readonly isSilent?: boolean;
  /** Takes transactions; the commits with these numbers, from 0, fail with the error, and all aborts when they are refused. */
  readonly transactions?: {
    readonly failingCommits?: readonly number[];
    readonly commitError?: Error;
    readonly refusesAborts?: boolean;
  };
};

/** A transaction as a fake producer saw it: what it did, before the record with this place among those seen. */
export type SeenTransaction = { readonly step: 'begin' | 'commit' | 'abort'; readonly records: number };

/** A producer that acknowledges batches in the next turn of the event loop and remembers every record. */
export class FakeProducer implements ProducerDriver {
  readonly notes = [];
  readonly partitionCount = 1;
  readonly transactions: TransactionControl | null;
  readonly headers: readonly (readonly [string, string | null])[];
  readonly seenTransactions: SeenTransaction[] = [];
  readonly seen: SeenRecord[] = [];
  refusals = 0;
  backlogBytes = 0;
  mostBacklogBytes = 0;
  #waiting: SeenRecord[] = [];
  #isScheduled = false;
  #whenSettled: (() => void)[] = [];
  readonly #options: ProducerDriverOptions;
  readonly #behaviour: FakeBehaviour;

  constructor(options: ProducerDriverOptions, behaviour: FakeBehaviour = {}) {
    this.#options = options;
    this.#behaviour = behaviour;
    this.headers = (options.headers ?? []).map(([key, value]) => [
      key,
      value === null ? null : Buffer.from(value).toString(),
    ]);
    this.transactions = behaviour.transactions === undefined ? null : this.#transactions(behaviour.transactions);
  }

  send(
    _partition: number,
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array,
    sentAtUs: number,
    dueAtUs: number,
    tag: number,
  ): boolean {
    const { throwAt, roomRecords = Number.POSITIVE_INFINITY } = this.#behaviour;
    if (throwAt?.tag === tag) throw throwAt.error;
    if (this.#waiting.length >= roomRecords) {
      this.refusals++;
      return false;
    }
    const text = key === null ? null : Buffer.from(key).toString();
    const record = { timestampMs, key: text, value: Buffer.from(value).toString(), sentAtUs, dueAtUs, tag };
    this.seen.push(record);
    this.#waiting.push(record);
    this.backlogBytes += value.length;
    this.mostBacklogBytes = Math.max(this.mostBacklogBytes, this.backlogBytes);
    this.#schedule();
    return true;
  }

  async ready(): Promise<void> {
    await this.flush();
  }

  flush(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }

  async close(): Promise<void> {
    this.#settle({ name: 'CLOSED', code: null, message: 'the producer was closed' });
  }

  compression(): Compression {
    return { codec: 'none', level: null, implementation: null, bytesBefore: 0, bytesAfter: 0, batchesLeft: 0 };
  }

  limits(): ProducerLimits {
    return { memoryFullUs: 0, inFlightFullUs: 0 };
  }

  repeats(): Repeats {
    return { retries: 2, reconnects: 1 };
  }

  metrics(): Readonly<Record<string, number>> {
    return { 'producer-metrics:record-send-total:{client-id=fake}': this.seen.length };
  }

  #transactions(behaviour: NonNullable<FakeBehaviour['transactions']>): TransactionControl {
    const { failingCommits = [], commitError = new Error('the coordinator is gone') } = behaviour;
    const see = (step: SeenTransaction['step']): void => {
      this.seenTransactions.push({ step, records: this.seen.length });
    };
    let commits = 0;
    return {
      begin: () => see('begin'),
      commit: async () => {
        await this.flush();
        if (failingCommits.includes(commits++)) throw commitError;
        see('commit');
      },
      abort: async () => {
        see('abort');
        if (behaviour.refusesAborts === true) throw new Error('fenced');
      },
    };
  }

  #schedule(): void {
    if (this.#isScheduled || this.#behaviour.isSilent === true) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#settle(null);
    });
  }

  #settle(error: DriverError | null): void {
    const { batchRecords = 100, errorOf } = this.#behaviour;
    while (this.#waiting.length > 0) {
      const records = this.#waiting.splice(0, batchRecords);
      this.#options.onSettled({
        partition: 0,
        recordCount: records.length,
        valueBytes: records.reduce((sum, record) => sum + record.value.length, 0),
        sentAtUs: Float64Array.from(records, (record) => record.sentAtUs),
        dueAtUs: Float64Array.from(records, (record) => record.dueAtUs),
        tags: Float64Array.from(records, (record) => record.tag),
        openedAtUs: records[0]?.sentAtUs ?? 0,
        requestSentAtUs: records[0]?.sentAtUs ?? Number.NaN,
        settledAtUs: this.#options.nowUs(),
        error: error ?? errorOf?.(records[0]?.tag ?? -1) ?? null,
      });
    }
    this.backlogBytes = 0;
    for (const resolve of this.#whenSettled.splice(0)) resolve();
  }
}

/** A consumer that hands over so many records of ten bytes, a few in each turn of the event loop, then idles. */
export class FakeConsumer implements ConsumerDriver {
  readonly notes = [];
  readonly partitions = [0];
  handedOver = 0;
  readonly #options: ConsumerDriverOptions;
  readonly #records: number;
  readonly #burst: number;
  #isStopped = false;
  #isPaused = false;
  #isHolding = false;

  constructor(options: ConsumerDriverOptions, records: number, burst = 10) {
    this.#options = options;
    this.#records = records;
    this.#burst = burst;
  }

  async run(): Promise<void> {
    const bytes = Buffer.from('keyvaluexx');
    while (!this.#isStopped) {
      for (let turn = 0; !this.#isPaused && turn < this.#burst && this.handedOver < this.#records; turn++) {
        if (this.#options.onRecord(bytes, 0, this.handedOver, 0, 0, 3, 3, 10)) this.handedOver++;
        else if (!this.#isHolding) return;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  readonly hold = (): void => {
    this.#isPaused = true;
    this.#isHolding = true;
  };

  resume(): void {
    this.#isPaused = false;
    this.#isHolding = false;
  }

  async close(): Promise<void> {
    this.stop();
  }

  repeats(): Repeats {
    return { retries: 2, reconnects: 1 };
  }

  metrics(): Readonly<Record<string, number>> {
    return {};
  }
}
