/** What goes between the process that runs an end-to-end test and its workers. */
import type { ProducerLimits, Repeats } from '../drivers/driver.ts';
import type { LatencySnapshot } from '../measure/latency-counts.ts';
import type { ThreadReport } from '../measure/resources.ts';
import type { E2eRecordSpec } from './e2e-records.ts';
import type { CommonJob, FailureCounts, Opening, RetryMessage } from './messages.ts';
import type { PaceSpec } from './pace.ts';
import type { SharedPositions } from './positions.ts';
import type { CheckReport } from './record-checks.ts';
import type { StampedSpec } from './stamped-records.ts';
import type { Waits } from './waits.ts';

/** What every task of an end-to-end test carries. */
type E2eCommonJob = CommonJob & {
  readonly topic: string;
  /** Latencies of records with a lower index are not recorded. */
  readonly warmupRecords: number;
  /** Nor are those of records that were due, or without a schedule sent, before so many milliseconds were over. */
  readonly warmupMs: number;
  /** No record is due, or without a schedule sent, when so many milliseconds are over; null for no end but the number of records. */
  readonly durationMs: number | null;
};

/** One record at a time, with a producer and a consumer in one thread. `properties` are the producer's. */
export type E2eJob = E2eCommonJob & {
  readonly kind: 'e2e';
  readonly records: E2eRecordSpec;
  /** A number of 32 bits that other runs do not have. */
  readonly mark: number;
  /** Kafka's consumer properties with `bootstrap.servers`. */
  readonly consumerProperties: Readonly<Record<string, string>>;
  /** Longest time that an acknowledged record waits while none comes, milliseconds. */
  readonly timeoutMs: number;
};

/** One of the producers of a test with many records on their way: those with the indexes `worker`, `worker + workers` and so on. */
export type E2eProducerJob = E2eCommonJob & {
  readonly kind: 'e2e-producer';
  /** Headers of every record. */
  readonly records: E2eRecordSpec;
  readonly stamped: StampedSpec;
  /** Null sends as fast as possible. */
  readonly pace: PaceSpec | null;
  /** Indexes of acknowledged records, `load/index-set.ts`. */
  readonly acknowledged: SharedArrayBuffer;
};

/**
 * One of the consumers of such a test, or of those that read back what a producer test sent. From its opening on it misses nothing; from
 * its start on it reads, until it is told to stop.
 */
export type E2eConsumerJob = E2eCommonJob & {
  readonly kind: 'e2e-consumer';
  readonly partitions: readonly number[];
  readonly stamped: StampedSpec;
  /** Whether latencies count from when records were due. */
  readonly hasSchedule: boolean;
  /** Indexes of received records, `load/index-set.ts`. */
  readonly received: SharedArrayBuffer;
  /** Records of others that are known to lie in front of the test's own. */
  readonly backlogRecords: number;
  /** What is needed to check more than who came how often; null checks no more. */
  readonly checks: {
    /** Of the topic. */
    readonly partitionCount: number;
    /** How far each partition was read, `load/positions.ts`. */
    readonly positions: SharedPositions;
  } | null;
};

/** Latencies of one window without warm-up records; null without samples. */
export type E2eLatencies = {
  /** From the call of send to the acknowledgement. */
  readonly ackTime: LatencySnapshot | null;
  /** From the due time to the acknowledgement; null without a schedule. */
  readonly ackResponseTime: LatencySnapshot | null;
  /** From the call of send to the consumer's receipt. */
  readonly endToEndServiceTime: LatencySnapshot | null;
  /** From the due time to the consumer's receipt; null without a schedule. */
  readonly endToEndResponseTime: LatencySnapshot | null;
  /** From the due time to the call of send; of records that were sent, failed ones too. Null without a schedule. */
  readonly sendLateness: LatencySnapshot | null;
};

/** Counters of one window, warm-up records included. */
export type E2eCounts = {
  /** Acknowledged records. */
  readonly recordsSent: number;
  readonly recordsFailed: number;
  readonly recordsReceived: number;
  /** Keys and values of received records. */
  readonly bytesReceived: number;
};

/** One reporting interval. */
export type E2eWindowMessage = E2eCounts &
  E2eLatencies & { readonly kind: 'window'; readonly index: number; readonly isFinal: boolean };

/** Time that a producer did not work in. */
export type SenderWaits = {
  /** Looking at the clock until a record was due, microseconds. */
  readonly spinUs: number;
  /** Waits in send for room in `buffer.memory`. */
  readonly blocked: Waits;
  /** How long the client was held up by its bounds. */
  readonly limits: ProducerLimits;
};

/** The end of a job; what is not its part is null or 0. Times are microseconds on the run's clock, null when nothing of the kind happened. */
export type E2eDone = {
  readonly kind: 'done';
  /** Why the job ended before its time; null when it did all it was asked or was stopped. */
  readonly failure: string | null;
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Of the worker's clients together. */
  readonly repeats: Repeats;
  /** The producer's and the consumer's part of `repeats.retries`. */
  readonly recordsRetried: number;
  readonly fetchesRetried: number;
  readonly thread: ThreadReport;
  /** What a producer that follows a schedule waited for. */
  readonly sender: SenderWaits | null;
  readonly failures: FailureCounts;
  readonly firstSendUs: number | null;
  readonly lastReceiptUs: number | null;
  /** Acknowledged and not received; several workers together know that only with each other, and say 0. */
  readonly recordsLost: number;
  readonly recordsDuplicated: number;
  readonly recordsForeign: number;
  readonly recordsChanged: number;
  /** Of a consumer that checks what it reads; else null. */
  readonly checks: CheckReport | null;
  /** When the last record of others came. */
  readonly lastForeignUs: number | null;
  /** Latencies below zero, recorded as zero. */
  readonly negativeLatencies: number;
  /** Latest send after its due time; 0 without a schedule. */
  readonly maxLatenessUs: number;
};

/** Every thousandth record: how long it took from its send, or from its due time when there is a schedule. */
export type E2eSample = { readonly kind: 'sample'; readonly index: number; readonly latencyUs: number };

/** From a worker of an end-to-end test. */
export type FromE2e = Opening | RetryMessage | E2eSample | E2eWindowMessage | E2eDone;
