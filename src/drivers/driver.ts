/**
 * The small interface between the load path and a Kafka client under load. One file a driver beside this one.
 *
 * Times are microseconds on the run's one monotonic clock (`measure/clock.ts`), record time stamps are Kafka's
 * milliseconds since the Unix epoch.
 */

/** The clients that can be put under load, by the names that --driver takes. */
export const driverNames = ['native', 'kafkajs'] as const;

/** Name of a client under load; `exec:NAME` is another program, which the harness runs. */
export type DriverName = (typeof driverNames)[number] | `exec:${string}`;

/** A failure as Kafka names it; `code` is Kafka's error code, or null for a failure on our side of the wire. */
export type DriverError = { readonly name: string; readonly code: number | null; readonly message: string };

/**
 * Records whose fate is known together: acknowledged (for acks=0: written to the socket) or failed.
 * The arrays belong to the driver and are valid only during the call.
 */
export type SettledBatch = {
  readonly partition: number;
  /** Number of records; also the number of valid entries of the arrays below. */
  readonly recordCount: number;
  /** Sum of the lengths of keys and values, before compression, in bytes. */
  readonly valueBytes: number;
  /** When send() was called for each record, microseconds. */
  readonly sentAtUs: Float64Array;
  /** When each record was due by the schedule, microseconds; meaningless when the run has no schedule. */
  readonly dueAtUs: Float64Array;
  /** Each record's tag, as given to send(). */
  readonly tags: Float64Array;
  /** When the first record was appended, microseconds: linger.ms counts from it. */
  readonly openedAtUs: number;
  /** When the first request with these records was handed to the socket, microseconds; NaN when none was. */
  readonly requestSentAtUs: number;
  /** When the acknowledgement was read, microseconds. */
  readonly settledAtUs: number;
  /** Null when the records were acknowledged. */
  readonly error: DriverError | null;
};

/** What a client did again because something failed. */
export type Repeats = {
  /** Records that were sent again, counted each time (Kafka's `record-retry-total`), or fetches that were made again. */
  readonly retries: number;
  /** Connections that were opened again to where one had been open. */
  readonly reconnects: number;
};

/** What a producer's codec made of the batches that were closed, whether or not they were acknowledged. Sizes of whole batches, bytes. */
export type Compression = {
  /** Kafka's name: `none`, `gzip`, `snappy`, `lz4`, `zstd`. */
  readonly codec: string;
  /** Null for none, and for a codec without levels. */
  readonly level: number | null;
  /** What did the work: a library with its version, or `JavaScript`; null for none. */
  readonly implementation: string | null;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Batches that the codec made no smaller, and that went out without it. */
  readonly batchesLeft: number;
};

/** How long a producer was held up by its own bounds since it was opened, microseconds. */
export type ProducerLimits = {
  /** `buffer.memory` was full. */
  readonly memoryFullUs: number;
  /** Every connection that had something to send had `max.in.flight.requests.per.connection` requests out. */
  readonly inFlightFullUs: number;
};

/** The transactions of a producer with a `transactional.id`. Every record is sent between begin() and what ends it. */
export type TransactionControl = {
  /** Begins a transaction. Throws a DriverFailure when one is open, or when the producer has failed for good. */
  begin(): void;
  /**
   * Sends what is pending, waits until it is settled, and commits. Rejects with a DriverFailure; after one that `isAbortable` the
   * transaction is to be aborted, and the producer goes on.
   */
  commit(): Promise<void>;
  /**
   * Sends what is pending and waits as commit() does, so that the work is measured, and aborts. Rejects with a DriverFailure when the
   * producer has failed for good.
   */
  abort(): Promise<void>;
};

/** What several clients did again, together. */
export const sumOfRepeats = (parts: readonly Repeats[]): Repeats => ({
  retries: parts.reduce((sum, { retries }) => sum + retries, 0),
  reconnects: parts.reduce((sum, { reconnects }) => sum + reconnects, 0),
});

/** What a driver is told when it is opened. `properties` are Kafka's client properties, already validated. */
export type DriverOptions = {
  readonly topic: string;
  readonly properties: Readonly<Record<string, string>>;
  /** The run's monotonic clock, microseconds. */
  readonly nowUs: () => number;
  /** Called once for each kind of error (by name) that the client meets and works around, such as by sending records again. */
  readonly onRetry?: (error: DriverError) => void;
};

/** What a producer driver is told when it is opened. */
export type ProducerDriverOptions = DriverOptions & {
  readonly onSettled: (batch: SettledBatch) => void;
  /** Makes the driver's random choices, such as of partitions, the same in every run. */
  readonly seed?: number;
  /** Headers that every record carries; none when left out. */
  readonly headers?: readonly (readonly [key: string, value: Uint8Array | null])[];
};

/** A producing client. Every record is appended one by one. */
export type ProducerDriver = {
  /** What this client cannot do, or does otherwise than the properties say; one sentence each, for the result. */
  readonly notes: readonly string[];
  /** Partitions of the topic when the driver was opened. */
  readonly partitionCount: number;
  /** Bytes appended and not yet handed to a socket; the load yields to the event loop when this grows. */
  readonly backlogBytes: number;
  /**
   * Appends one record. Returns false, having done nothing, when `buffer.memory` is full: await `ready()` and call again
   * with the same times. Partition -1 leaves the choice to the driver's partitioner.
   * Throws a DriverFailure for a record that can never be sent (over `max.request.size`) or when the driver has failed for good.
   */
  send(
    partition: number,
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array,
    sentAtUs: number,
    dueAtUs: number,
    tag: number,
  ): boolean;
  /** Resolves when there is room again; rejects with a DriverFailure after `max.block.ms`. */
  ready(): Promise<void>;
  /** Sends what is pending without waiting for linger.ms; resolves when every record is settled. */
  flush(): Promise<void>;
  /** Null without `transactional.id`. */
  readonly transactions: TransactionControl | null;
  /** Closes sockets. Records that are still unsettled are settled with an error first; never rejects. */
  close(): Promise<void>;
  /** How long the producer was held up by its bounds so far. */
  limits(): ProducerLimits;
  /** What was done again so far. */
  repeats(): Repeats;
  /** What the codec did so far. */
  compression(): Compression;
  /** Client metrics in Kafka's naming, `group:name:{tags}` to value, for --print-metrics. */
  metrics(): Readonly<Record<string, number>>;
};

/**
 * Receives each record in place: `bytes` is the fetched buffer, the bounds are offsets into it (`keyStart` is -1 for a null
 * key, `valueStart` for a null value), valid only during the call. Return false to stop: the record is then not counted as
 * delivered and nothing more is handed over.
 */
export type RecordSink = (
  bytes: Buffer,
  partition: number,
  offset: number,
  timestampMs: number,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
) => boolean;

/** What a consumer driver is told when it is opened. */
export type ConsumerDriverOptions = DriverOptions & {
  /** Partitions to read; null reads all of the topic's. */
  readonly partitions: readonly number[] | null;
  readonly onRecord: RecordSink;
};

/** A consuming client, however it came by its partitions, that hands every record over. */
export type ReadingDriver = {
  /** What this client cannot do, or does otherwise than the properties say; one sentence each, for the result. */
  readonly notes: readonly string[];
  /** Fetches until the sink returns false or stop() is called; rejects with a DriverFailure when reading fails for good. */
  run(): Promise<void>;
  /** Ends run() soon; idempotent. */
  stop(): void;
  /** Sends no further fetch; what is on its way may still be handed over. */
  pause(): void;
  /**
   * For a sink to call before it returns false: that record and all after it come again after resume(), and nothing before. Null when the
   * client cannot do that.
   */
  readonly hold: (() => void) | null;
  /** Goes on after pause() and hold(). */
  resume(): void;
  /** Commits what is to be committed, leaves the group, closes sockets; never rejects. */
  close(): Promise<void>;
  /** What was done again so far. */
  repeats(): Repeats;
  /** Client metrics in Kafka's naming, `group:name:{tags}` to value, for --print-metrics. */
  metrics(): Readonly<Record<string, number>>;
};

/** A consuming client that reads assigned partitions of one topic. */
export type ConsumerDriver = ReadingDriver & {
  /** The partitions that are read. */
  readonly partitions: readonly number[];
};

/** Partitions of one topic. */
export type TopicPartitions = { readonly topic: string; readonly partitions: readonly number[] };

/** What a member of a consumer group is told when it is opened. */
export type GroupDriverOptions = Omit<DriverOptions, 'topic'> & {
  readonly groupId: string;
  /** Names of topics, or a pattern that their whole names match: topics that come later are read, too. */
  readonly topics: readonly string[] | RegExp;
  /** Asked once for each topic: what takes its records. */
  readonly listen: (topic: string) => RecordSink;
  /** Told after each rebalance which partitions are new and which went; nothing is read from those that went any more. */
  readonly onRebalance: (assigned: readonly TopicPartitions[], revoked: readonly TopicPartitions[]) => void;
};

/** A consuming client that reads what its group gives it. It is connected when it is opened, and joins in run(). */
export type GroupDriver = ReadingDriver & {
  /** Milliseconds so far between the beginning of a rebalance and the assignment that ended it, all rebalances together. */
  readonly rebalanceTimeMs: number;
  /** The id that the coordinator gave; null before and where the client does not tell. */
  readonly memberId: string | null;
  /** How the group shares partitions out, such as `range`; null before the first assignment and where the client does not tell. */
  readonly assignor: string | null;
};

/** A failure that a person should read: one line that says what happened and what to do. */
export class DriverFailure extends Error {
  /** Kafka's error code, or null for a failure on our side of the wire. */
  readonly code: number | null;
  /** Whether only the open transaction is lost: abort it, and the producer goes on. */
  readonly isAbortable: boolean;
  /** Of a commit: it was asked for and not answered, and may have been done. */
  readonly isOutcomeUnknown: boolean;
  constructor(
    name: string,
    code: number | null,
    message: string,
    options?: ErrorOptions & { readonly isAbortable?: boolean; readonly isOutcomeUnknown?: boolean },
  ) {
    super(message, options);
    this.name = name;
    this.code = code;
    this.isAbortable = options?.isAbortable ?? false;
    this.isOutcomeUnknown = options?.isOutcomeUnknown ?? false;
  }
}
