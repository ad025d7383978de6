/**
 * What a test found whose load came from another program (`--driver exec:NAME`). The documents have the fields of our own drivers' ones;
 * what the program does not tell is null, and `driverNotes` say what it cannot do.
 */
import type { E2eResult } from './e2e-result.ts';
import type { CommonResult, ConsumerResult, ProducerResult } from './result.ts';

/** Latencies as a program gives them, milliseconds; null for what it does not give. */
export type ExternalLatency = {
  readonly count: number | null;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly p9999: null;
  readonly max: number | null;
};

/** The operating system's account of the program, with all its start and end. */
export type ExternalUsage = {
  readonly cpuSeconds: number | null;
  readonly peakRssBytes: number | null;
  readonly maxEventLoopDelayMs: null;
  /** From the program's start to its end, seconds. */
  readonly wallSeconds: number;
};

/** What the cluster says of the program's records, whatever the program says. */
export type OutsideView = {
  /** Records that the topic grew by; of a consumer test, those of the topic. */
  readonly records: number | null;
  /** From the time stamp of the first of them to that of the last, seconds; null for a consumer. */
  readonly sendSeconds: number | null;
  /** records / sendSeconds; of a consumer test, records over the program's wall time. */
  readonly recordsPerSecond: number | null;
  /** From the program's start to the time stamp of its first record, seconds; null for a consumer. */
  readonly secondsToFirstRecord: number | null;
};

type Untold<Names extends PropertyKey> = { readonly [Name in Names]: null };

type ExternalPart = Omit<
  CommonResult,
  'elapsedSeconds' | 'recordsPerSecond' | 'mebibytesPerSecond' | 'reconnects' | 'generator' | 'metrics'
> &
  Untold<'reconnects' | 'metrics'> & {
    readonly elapsedSeconds: number | null;
    readonly recordsPerSecond: number | null;
    readonly mebibytesPerSecond: number | null;
    readonly generator: ExternalUsage;
    /** Name and version of the program, such as `Kafka 4.1.0`; null when it does not tell. */
    readonly driverVersion: string | null;
    readonly outside: OutsideView;
    readonly windows: readonly [];
  };

/** What producer-perf-test found of another program. */
export type ExternalProducerResult = ExternalPart &
  Pick<ProducerResult, 'command' | 'errors'> &
  Untold<
    | 'responseTimeMs'
    | 'sendLatenessMs'
    | 'batchWaitMs'
    | 'requestTimeMs'
    | 'recordsRetried'
    | 'blockedTime'
    | 'verdict'
    | 'compression'
    | 'payload'
    | 'transactions'
    | 'steadyState'
  > & {
    /** As the program says; as the topic says where it does not. */
    readonly recordsSent: number;
    readonly recordsFailed: number | null;
    readonly recordsUnsent: 0;
    readonly serviceTimeMs: ExternalLatency | null;
  };

/** What consumer-perf-test found of another program. */
export type ExternalConsumerResult = ExternalPart &
  Pick<ConsumerResult, 'command' | 'startedAtMs' | 'endedAtMs' | 'isTimedOut' | 'isDurationOver'> &
  Untold<'recordsRedelivered' | 'fetchesRetried' | 'lag' | 'serviceTimeMs' | 'responseTimeMs'> & {
    readonly recordsConsumed: number;
    readonly bytesConsumed: number | null;
    readonly rebalanceTimeMs: number | null;
    readonly fetchTimeMs: number | null;
    readonly groups: readonly [];
    readonly consumers: readonly [];
  };

/** What e2e-latency found of another program, which sends one record at a time and reads it back. */
export type ExternalE2eResult = ExternalPart &
  Pick<E2eResult, 'command' | 'errors'> &
  Untold<
    | 'recordsLost'
    | 'recordsDuplicated'
    | 'recordsForeign'
    | 'recordsChanged'
    | 'recordsRetried'
    | 'fetchesRetried'
    | 'ackTimeMs'
    | 'ackResponseTimeMs'
    | 'endToEndResponseTimeMs'
    | 'sendLatenessMs'
    | 'verdict'
    | 'verification'
  > & {
    /** Records that the topic grew by. */
    readonly recordsSent: number;
    readonly recordsFailed: number | null;
    /** As the program says; all that were asked for where it prints its latencies alone, which it does when all came back. */
    readonly recordsReceived: number;
    readonly warmupRecords: 0;
    readonly endToEndServiceTimeMs: ExternalLatency | null;
  };

/** What another program was found to do as a producer or a consumer. */
export type ExternalResult = ExternalProducerResult | ExternalConsumerResult;
