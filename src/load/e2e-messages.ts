/** What goes between the process that runs an end-to-end test and its worker. */
import type { Repeats } from '../drivers/driver.ts';
import type { ThreadReport } from '../measure/resources.ts';
import type { E2eRecordSpec } from './e2e-records.ts';
import type { CommonJob, FailureCounts, Opening, RetryMessage } from './messages.ts';

/** The task of an end-to-end test: one producer and one consumer in one thread. `properties` are the producer's. */
export type E2eJob = CommonJob & {
  readonly kind: 'e2e';
  readonly topic: string;
  /** Kafka's consumer properties with `bootstrap.servers`. */
  readonly consumerProperties: Readonly<Record<string, string>>;
  readonly records: E2eRecordSpec;
  /** A number of 32 bits that other runs do not have. */
  readonly mark: number;
  /** Records per second on a schedule; null sends one when the one before came back. */
  readonly throughput: number | null;
  /** Latencies of records with a lower index are not recorded. */
  readonly warmupRecords: number;
  /** Longest time that an acknowledged record waits while none comes, milliseconds. */
  readonly timeoutMs: number;
};

/** Encoded histograms (`measure/histogram.ts`) of one window without warm-up records; null without samples. */
export type E2eLatencies = {
  /** From the call of send to the acknowledgement. */
  readonly serviceTime: string | null;
  /** From the due time to the acknowledgement; null without a schedule. */
  readonly responseTime: string | null;
  /** From the call of send to the consumer's receipt. */
  readonly endToEndTime: string | null;
  /** From the due time to the consumer's receipt; null without a schedule. */
  readonly endToEndResponseTime: string | null;
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

/** The end of the job. Times are microseconds on the run's clock, null when nothing of the kind happened. */
export type E2eDone = {
  readonly kind: 'done';
  /** Why the job ended before its time; null when it did all it was asked or was stopped. */
  readonly failure: string | null;
  /** Of both clients. */
  readonly metrics: Readonly<Record<string, number>> | null;
  readonly producerRepeats: Repeats;
  readonly consumerRepeats: Repeats;
  readonly thread: ThreadReport;
  readonly failures: FailureCounts;
  readonly firstSendUs: number | null;
  readonly lastReceiptUs: number | null;
  /** Acknowledged and not received. */
  readonly recordsLost: number;
  readonly recordsDuplicated: number;
  readonly recordsUnexpected: number;
  /** Latencies below zero, recorded as zero. */
  readonly negativeLatencies: number;
  /** Latest send after its due time; 0 without a schedule. */
  readonly maxLatenessUs: number;
};

/** Every thousandth record: how long it took from its send, or from its due time when there is a schedule. */
export type E2eSample = { readonly kind: 'sample'; readonly index: number; readonly latencyUs: number };

/** From the worker of an end-to-end test. */
export type FromE2e = Opening | RetryMessage | E2eSample | E2eWindowMessage | E2eDone;
