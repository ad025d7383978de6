/** What a test found. The same documents are printed by --json and kept in the run record. */
import type { LatencySummary } from '../measure/histogram.ts';
import type { Verdict } from '../measure/verdict.ts';
import type { ConsumerGroupResult, ConsumerMemberResult, PartitionLag } from './consumer-result.ts';
import type { LimitShare } from './io-test-share.ts';
import type { PayloadResult, TransactionsResult } from './load-result.ts';
import type { Verification } from './verification.ts';

export type { LatencySummary, Verdict };

/** The load generator's own account: the CLI process with its worker threads. */
export type GeneratorUsage = {
  /** User and system time between the first and the last record, seconds. */
  readonly cpuSeconds: number;
  /**
   * Highest resident memory of the process since it started. Of a consumer test that filled its own broker it includes the producer
   * of the filling, which is the larger part.
   */
  readonly peakRssBytes: number;
  /** Longest delay of a worker's event loop, milliseconds. */
  readonly maxEventLoopDelayMs: number;
  /** Garbage collection pauses of the workers together, milliseconds. */
  readonly gcPauseMs?: number;
  /** Latest send after its due time, milliseconds; null when the test had no schedule. */
  readonly maxLatenessMs?: number | null;
};

/** Failed records by Kafka error name. */
export type ErrorCounts = Readonly<Record<string, { readonly count: number; readonly message: string }>>;

/** What is timed in a stretch of a producer test. */
export type ProducerTimes = {
  /** send() to acknowledgement; null without samples. */
  readonly serviceTimeMs: LatencySummary | null;
  /** Due time to acknowledgement; null when the test had no schedule. */
  readonly responseTimeMs: LatencySummary | null;
  /** Due time to send(), which is the difference of the two; of failed records too. Null when the test had no schedule. */
  readonly sendLatenessMs: LatencySummary | null;
  /** Of batches: from the first record's append to the hand-over of the first request with them to the socket. */
  readonly batchWaitMs: LatencySummary | null;
  /** Of batches: from that hand-over to the acknowledgement. */
  readonly requestTimeMs: LatencySummary | null;
};

/** One reporting interval of a producer test, over all producers. */
export type ProducerWindow = ProducerTimes & {
  /** From the test's start, seconds. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly recordsSent: number;
  readonly recordsFailed: number;
  readonly recordsPerSecond: number;
  readonly mebibytesPerSecond: number;
};

/** Machine and software that a result was made on. */
export type Environment = Readonly<Record<string, string | number | boolean | null>>;

/** Effective configuration: every client, topic and broker setting by Kafka's name, and the plan. */
export type Configuration = {
  readonly plan: unknown;
  readonly client: Readonly<Record<string, string | number | boolean>>;
  readonly topic: Readonly<Record<string, string | number | boolean>>;
  readonly broker: Readonly<Record<string, string | number | boolean>> | null;
};

/** What every test's result has. */
export type CommonResult = {
  readonly schemaVersion: 1;
  readonly topic: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** The client under load: `native` or `kafkajs`. */
  readonly driver: string;
  /** What that client cannot do, or does otherwise than its properties say; one sentence each. */
  readonly driverNotes: readonly string[];
  /** First send to last acknowledgement; for a consumer, as in Kafka's tool, from before subscribing to the last record. */
  readonly elapsedSeconds: number;
  readonly recordsPerSecond: number;
  /** 2^20 bytes of values (producer) or of keys and values (consumer). */
  readonly mebibytesPerSecond: number;
  /** Why the test ended before its time, in one line; null when it did all it was asked. */
  readonly failure: string | null;
  readonly isInterrupted: boolean;
  /** Connections that were opened again to where one had been open. */
  readonly reconnects: number;
  readonly generator: GeneratorUsage;
  /** CPU of the embedded broker's process over the test, seconds; null for a cluster. */
  readonly brokerCpuSeconds: number | null;
  readonly environment: Environment;
  readonly configuration: Configuration;
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Of producer and consumer tests; left out when no io-test of this machine is kept where the run records are. */
  readonly machineShare?: readonly LimitShare[];
  /** Folder of the run record; null when none was kept. */
  readonly runRecord: string | null;
};

/** Counters and latencies of a stretch of a producer test. */
export type ProducerSummary = ProducerTimes & {
  readonly recordsSent: number;
  readonly recordsFailed: number;
  readonly elapsedSeconds: number;
  readonly recordsPerSecond: number;
  readonly mebibytesPerSecond: number;
};

/** Waits in send for room in `buffer.memory`, over all producers. */
export type BlockedTime = {
  readonly count: number;
  readonly totalMs: number;
  readonly maxMs: number;
  /** The mean part of a producer's time that it waited, 0 to 1. */
  readonly share: number;
};

/** What the producers' codec made of their record batches, warm-up and failed ones included. */
export type CompressionResult = {
  /** Kafka's name: `none`, `gzip`, `snappy`, `lz4`, `zstd`. */
  readonly codec: string;
  /** Null for none, and for a codec without levels. */
  readonly level: number | null;
  /** What did the work: a library with its version, or `JavaScript`; null for none. */
  readonly implementation: string | null;
  /** Sizes of the batches, their headers of 61 bytes included. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** bytesAfter / bytesBefore; null when there was no batch. */
  readonly ratio: number | null;
  /** Batches that the codec made no smaller, and that went out without it. */
  readonly batchesLeft: number;
};

/** What producer-perf-test found. recordsSent counts acknowledged records. */
export type ProducerResult = CommonResult &
  ProducerSummary & {
    readonly command: 'producer-perf-test';
    readonly errors: ErrorCounts;
    /** Records that were sent again, counted each time: Kafka's `record-retry-total` over all producers. */
    readonly recordsRetried: number;
    readonly blockedTime: BlockedTime;
    /** Whether the generator, the machine or the target was the limit. */
    readonly verdict: Verdict;
    /** Null when no producer came to its end. */
    readonly compression: CompressionResult | null;
    readonly payload: PayloadResult;
    /** Null without transactions. */
    readonly transactions: TransactionsResult | null;
    /** Records that were due before the end of --duration, and late by more than was waited for. */
    readonly recordsUnsent: number;
    /** Null without --verify; earlier versions left it out. */
    readonly verification?: Verification | null;
    /** After --warmup-records; null without a warm-up. */
    readonly steadyState: ProducerSummary | null;
    readonly windows: readonly ProducerWindow[];
  };

/** One reporting interval of a consumer test, over all consumers. */
export type ConsumerWindow = {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Milliseconds since the epoch at the interval's end. */
  readonly endedAtMs: number;
  /** Time in the interval until partitions were there to read, the mean of the consumers, milliseconds. */
  readonly rebalanceTimeMs: number;
  /** The interval without rebalanceTimeMs, milliseconds. */
  readonly fetchTimeMs: number;
  readonly recordsConsumed: number;
  readonly bytesConsumed: number;
  readonly recordsRedelivered: number;
  readonly recordsPerSecond: number;
  readonly mebibytesPerSecond: number;
};

/** What consumer-perf-test found. */
export type ConsumerResult = CommonResult & {
  readonly command: 'consumer-perf-test';
  /** Each record once in a group. */
  readonly recordsConsumed: number;
  /** Keys and values. */
  readonly bytesConsumed: number;
  /** Records that came again after a rebalance, from offsets that were not committed; not in recordsConsumed. */
  readonly recordsRedelivered: number;
  /** Milliseconds since the epoch: before subscribing, and when the last record came. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /**
   * Time until partitions were there to read, by joining and by later rebalances, milliseconds; part of the elapsed time. The mean of
   * the consumers that had some.
   */
  readonly rebalanceTimeMs: number;
  /** The elapsed time without rebalanceTimeMs, milliseconds. */
  readonly fetchTimeMs: number;
  readonly isTimedOut: boolean;
  /** It ended when --duration was over, not with the last record. */
  readonly isDurationOver: boolean;
  /** Fetches that were lost or refused and made again, over all consumers. */
  readonly fetchesRetried: number;
  /** Empty when the partitions were assigned. */
  readonly groups: readonly ConsumerGroupResult[];
  readonly consumers: readonly ConsumerMemberResult[];
  /** By group, topic and partition; null when it could not be learned. */
  readonly lag: readonly PartitionLag[] | null;
  readonly serviceTimeMs: null;
  readonly responseTimeMs: null;
  readonly windows: readonly ConsumerWindow[];
};

/** What a test that failed before its first record has not measured. */
type Unmeasured = {
  readonly elapsedSeconds: null;
  readonly recordsPerSecond: null;
  readonly mebibytesPerSecond: null;
  readonly serviceTimeMs: null;
  readonly responseTimeMs: null;
  readonly windows: readonly [];
  readonly driverNotes: null;
  readonly reconnects: null;
  readonly generator: null;
  readonly brokerCpuSeconds: null;
  readonly metrics: null;
  readonly runRecord: null;
};

/** Of a test that could not begin, and why (`failure`); no run record is kept of it. */
export type Unbegun<Result extends CommonResult> = Unmeasured &
  Pick<
    Result,
    'schemaVersion' | 'topic' | 'startedAt' | 'driver' | 'isInterrupted' | 'environment' | 'configuration'
  > & {
    readonly failure: string;
  };

/** What --json prints of a producer test that failed before its first record. */
export type UnbegunProducerResult = Unbegun<ProducerResult> & {
  readonly command: 'producer-perf-test';
  readonly recordsSent: 0;
  readonly recordsFailed: 0;
  readonly errors: ErrorCounts;
  readonly sendLatenessMs: null;
  readonly batchWaitMs: null;
  readonly requestTimeMs: null;
  readonly blockedTime: null;
  readonly verdict: null;
  readonly recordsRetried: null;
  readonly compression: null;
  readonly payload: null;
  readonly transactions: null;
  readonly recordsUnsent: 0;
  readonly verification: null;
  readonly steadyState: null;
};

/** What --json prints of a consumer test that failed before its first record. */
export type UnbegunConsumerResult = Unbegun<ConsumerResult> & {
  readonly command: 'consumer-perf-test';
  readonly recordsConsumed: 0;
  readonly bytesConsumed: 0;
  readonly recordsRedelivered: 0;
  readonly isTimedOut: false;
  readonly isDurationOver: false;
  readonly fetchesRetried: null;
  readonly groups: readonly [];
  readonly consumers: readonly [];
  readonly lag: null;
  readonly startedAtMs: null;
  readonly endedAtMs: null;
  readonly rebalanceTimeMs: null;
  readonly fetchTimeMs: null;
};
