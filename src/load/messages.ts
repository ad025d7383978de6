/** What goes between the process that runs a test and its workers: the job, then messages over a MessagePort, few and small. */
import type { MessagePort } from 'node:worker_threads';
import type { Compression, DriverName, ProducerLimits, Repeats } from '../drivers/driver.ts';
import type { LatencySnapshot } from '../measure/latency-counts.ts';
import type { ThreadReport } from '../measure/resources.ts';
import type { ConsumerJob } from './consumer-messages.ts';
import type { E2eConsumerJob, E2eJob, E2eProducerJob } from './e2e-messages.ts';
import type { PayloadSpec } from './payload.ts';
import type { LoadShape } from './shape.ts';
import type { StampedSpec } from './stamped-records.ts';
import type { Waits } from './waits.ts';

/** What every job carries. */
export type CommonJob = {
  /** Place of this worker among those of its kind, from 0. */
  readonly worker: number;
  readonly workers: number;
  readonly driver: DriverName;
  /** Kafka's client properties with `bootstrap.servers`. */
  readonly properties: Readonly<Record<string, string>>;
  /** Records over all workers. */
  readonly recordCount: number;
  readonly reportingIntervalMs: number;
  readonly printMetrics: boolean;
  /** The run's clock, `measure/clock.ts`. */
  readonly clockOriginNs: string;
  /** Wall clock at the clock's origin, milliseconds since the epoch. */
  readonly wallMsAtOrigin: number;
  /** `load/progress.ts` */
  readonly progress: SharedArrayBuffer;
  readonly port: MessagePort;
};

/** A producer's task: the records with the indexes `worker`, `worker + workers` and so on. */
export type ProducerJob = CommonJob & {
  readonly kind: 'producer';
  readonly topic: string;
  readonly payload: PayloadSpec;
  readonly shape: LoadShape;
  /** Records with a lower index are warm-up. */
  readonly warmupRecords: number;
  /** To follow each record to its reader; null sends values as they are. */
  readonly followed: {
    readonly stamped: StampedSpec;
    /** Indexes of acknowledged records, `load/index-set.ts`. */
    readonly acknowledged: SharedArrayBuffer;
  } | null;
};

/** A task of the worker pool. */
export type Job = ProducerJob | ConsumerJob | E2eJob | E2eProducerJob | E2eConsumerJob;

/** To a worker. */
export type ToWorker =
  /** Begin; windows and due times count from `startUs` on the run's clock. */
  | { readonly kind: 'start'; readonly startUs: number }
  /** Send no more, flush what is pending for a bounded time, report. */
  | { readonly kind: 'stop' }
  /** The target is gone: settle what is pending as failed, report. */
  | { readonly kind: 'abort'; readonly message: string };

/** Latencies of one window, warm-up records apart; null without samples. */
export type WindowLatencies = { readonly warmUp: LatencySnapshot | null; readonly steady: LatencySnapshot | null };

/** All that is timed in a window of a producer. */
export type ProducerLatencies = {
  /** Of acknowledged records: send() to acknowledgement. */
  readonly serviceTime: WindowLatencies;
  /** Of acknowledged records: due time to acknowledgement; null without a schedule. */
  readonly responseTime: WindowLatencies | null;
  /** Of all records whose fate is known: due time to send(); null without a schedule. */
  readonly sendLateness: WindowLatencies | null;
  /** Of acknowledged batches: from the first record's append to the hand-over of the first request with them to the socket. */
  readonly batchWait: WindowLatencies;
  /** Of acknowledged batches: from that hand-over to the acknowledgement. */
  readonly requestTime: WindowLatencies;
};

/** Counters of one stretch of a producer. */
export type ProducerCounts = {
  readonly recordsSent: number;
  readonly recordsFailed: number;
  /** Of acknowledged records. */
  readonly valueBytes: number;
};

/** One reporting interval of one producer. */
export type ProducerWindowMessage = ProducerLatencies & {
  readonly kind: 'window';
  /** The interval from `startUs + index * interval` on. */
  readonly index: number;
  /** The job is over and the interval is not: no window follows. */
  readonly isFinal: boolean;
  readonly all: ProducerCounts;
  /** The part of `all` after the warm-up. */
  readonly steady: ProducerCounts;
};

/** Failed records by the error's name. */
export type FailureCounts = Readonly<Record<string, { readonly count: number; readonly message: string }>>;

/** The end of a job that began. */
export type CommonDone = {
  readonly kind: 'done';
  /** Why the job ended before its time; null when it did all it was asked or was stopped. */
  readonly failure: string | null;
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Records that were sent again or fetches that were made again, and connections that were opened again. */
  readonly repeats: Repeats;
  readonly thread: ThreadReport;
};

/** What became of a producer's transactions. */
export type TransactionCounts = {
  readonly committed: number;
  /** Also those whose abort was refused or not answered: the coordinator aborts them when their time is over. */
  readonly aborted: number;
  /** Acknowledged records of the aborted ones. */
  readonly recordsAborted: number;
  /** Those whose commit was asked for and not answered. */
  readonly unknown: number;
  /** Acknowledged records of the unknown ones. */
  readonly recordsUnknown: number;
  /** From the decision to commit, with the sending of what is pending, to the coordinator's answer. */
  readonly commitTime: LatencySnapshot | null;
};

/** The end of a producer's job. Times are microseconds on the run's clock, null when nothing of the kind happened. */
export type ProducerDone = CommonDone & {
  readonly compression: Compression;
  readonly firstSendUs: number | null;
  readonly firstSteadySendUs: number | null;
  /** When the first record after the warm-up was due; null without a schedule, or when it was not reached. */
  readonly firstSteadyDueUs: number | null;
  readonly lastAckUs: number | null;
  readonly lastSettledUs: number | null;
  readonly failures: FailureCounts;
  /** Latencies below zero, recorded as zero: the clocks disagreed. */
  readonly negativeLatencies: number;
  /** Latest send after its due time. */
  readonly maxLatenessUs: number;
  /** Waits in send for room in `buffer.memory`. */
  readonly blocked: Waits;
  /** How long the client was held up by its bounds. */
  readonly limits: ProducerLimits;
  /** Records that were due before the end of the test, and not sent when it was over. */
  readonly recordsUnsent: number;
  /** Null without transactions. */
  readonly transactions: TransactionCounts | null;
  /** Time spent looking at the clock until a record was due, microseconds; no work, and not to be read as such. */
  readonly spinUs: number;
};

/** Whether a worker's client could be opened. */
export type Opening =
  /** The client is connected and knows its topic. From `openingUs` to `openedUs` on the run's clock it was at that. */
  | {
      readonly kind: 'ready';
      readonly partitionCount: number;
      /** What the client cannot do, one sentence each. */
      readonly driverNotes: readonly string[];
      readonly openingUs: number;
      readonly openedUs: number;
    }
  /** The client could not be opened; the job is over. */
  | { readonly kind: 'refused'; readonly message: string };

/** The client met an error and tries again; once for each kind of error, which is its name. */
export type RetryMessage = { readonly kind: 'retry'; readonly name: string; readonly message: string };

/** From a producer. `steady`: this producer has sent its warm-up records. */
export type FromProducer = Opening | { readonly kind: 'steady' } | RetryMessage | ProducerWindowMessage | ProducerDone;
