/** What an end-to-end test found. */
import type { CommonResult, ErrorCounts, LatencySummary, Unbegun, Verdict } from './result.ts';
import type { Verification } from './verification.ts';

/** Latencies of records without the warm-up; null without samples. */
export type E2eTimes = {
  /** send() to acknowledgement: the producer's service time. */
  readonly ackTimeMs: LatencySummary | null;
  /** Due time to acknowledgement: the producer's response time; null when the test had no schedule. */
  readonly ackResponseTimeMs: LatencySummary | null;
  /** send() to the consumer's receipt. */
  readonly endToEndServiceTimeMs: LatencySummary | null;
  /** Due time to the consumer's receipt; null when the test had no schedule. */
  readonly endToEndResponseTimeMs: LatencySummary | null;
  /** Due time to send(); null when the test had no schedule. */
  readonly sendLatenessMs: LatencySummary | null;
};

/** One reporting interval of an end-to-end test. */
export type E2eWindow = E2eTimes & {
  /** From the test's start, seconds. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Acknowledged records. */
  readonly recordsSent: number;
  readonly recordsFailed: number;
  readonly recordsReceived: number;
  /** Received records a second. */
  readonly recordsPerSecond: number;
  readonly mebibytesPerSecond: number;
};

/** Records that lay in front of the consumers when the load began. */
export type E2eBacklog = {
  readonly records: number;
  /** From the start of the load to the receipt of the last one; null when none came. */
  readonly drainedSeconds: number | null;
  /** From when records were due, or without a schedule sent, to their acknowledgement: in intervals that began while there was backlog. */
  readonly ackWhileDrainingMs: LatencySummary | null;
  /** The same of later intervals. */
  readonly ackAfterwardsMs: LatencySummary | null;
};

/** What e2e-latency found. The elapsed time is that from the first send to the last receipt, the rates are those of received records. */
export type E2eResult = CommonResult &
  E2eTimes & {
    readonly command: 'e2e-latency';
    /** Acknowledged records, warm-up included. */
    readonly recordsSent: number;
    readonly recordsFailed: number;
    readonly errors: ErrorCounts;
    /** Records that came back as they were sent, each counted once, warm-up included. */
    readonly recordsReceived: number;
    /** Acknowledged, and not received when the test ended. */
    readonly recordsLost: number;
    /** Received again. */
    readonly recordsDuplicated: number;
    /** Received, and not sent by this test: they are left out of everything else. */
    readonly recordsForeign: number;
    /** Received, of this test, and not as they were sent. */
    readonly recordsChanged: number;
    /** Records at the start that latencies leave out. */
    readonly warmupRecords: number;
    /** Records that were sent again, counted each time. */
    readonly recordsRetried: number;
    /** Fetches that were lost or refused and made again. */
    readonly fetchesRetried: number;
    /** Whether the generator, the machine or the target was the limit; null when the test had no schedule. */
    readonly verdict: Verdict | null;
    /** Null without --verify; earlier versions left it out. */
    readonly verification?: Verification | null;
    /** Null without --backlog; earlier versions left it out. */
    readonly backlog?: E2eBacklog | null;
    readonly windows: readonly E2eWindow[];
  };

/** What --json prints of an end-to-end test that failed before its first record. */
export type UnbegunE2eResult = Omit<Unbegun<E2eResult>, 'serviceTimeMs' | 'responseTimeMs'> & {
  readonly command: 'e2e-latency';
  readonly recordsSent: 0;
  readonly recordsFailed: 0;
  readonly errors: ErrorCounts;
  readonly recordsReceived: 0;
  readonly recordsLost: 0;
  readonly recordsDuplicated: 0;
  readonly recordsForeign: 0;
  readonly recordsChanged: 0;
  readonly warmupRecords: number;
  readonly recordsRetried: null;
  readonly fetchesRetried: null;
  readonly verdict: null;
  readonly verification: null;
  readonly backlog: null;
} & Readonly<Record<keyof E2eTimes, null>>;
