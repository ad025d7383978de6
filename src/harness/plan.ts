/** What a test is asked to do, after the command line was understood. Plain data: it is structured-cloned into workers and kept in the run record. */

import { type DriverName, driverNames } from '../drivers/driver.ts';
import { mostIndexes } from '../load/index-set.ts';
import type { KeySpec } from '../load/keys.ts';
import type { PaceSpec } from '../load/pace.ts';
import type { PayloadContent } from '../load/payload.ts';
import type { LoadShape } from '../load/shape.ts';
import type { SizeSpec } from '../load/sizes.ts';

export { type KeySpec, mostZipfKeys } from '../load/keys.ts';
export { type PaceSpec, type PaceStep, recordsOfRamp } from '../load/pace.ts';
export { documentContents, isDocument, type PayloadContent, payloadContents, shortestOf } from '../load/payload.ts';
export { type LoadShape, plainShape, type TransactionSpec } from '../load/shape.ts';
export type { SizeSpec } from '../load/sizes.ts';
export { type DriverName, driverNames };

/** Where the load goes: a cluster, or a broker of our own that lives as long as the test. */
export type Target =
  | { readonly kind: 'cluster'; readonly bootstrapServers: string }
  | {
      readonly kind: 'embedded';
      /** Kept after the run when given; null uses a temporary directory that is removed. */
      readonly dataDir: string | null;
      /** Kafka's broker settings, as for `spillway broker --config`. */
      readonly brokerConfig: Readonly<Record<string, string>>;
      /** What goes wrong in it on purpose, as in the file of `spillway broker --faults`; nothing when absent. */
      readonly faults?: readonly unknown[];
    };

/** The values that are sent. */
export type Payload =
  /** Letters of one size. */
  | { readonly kind: 'random'; readonly sizeBytes: number; readonly seed: number }
  | {
      readonly kind: 'generated';
      readonly content: PayloadContent;
      /** Null for documents as long as they come. */
      readonly size: SizeSpec | null;
      /** What zstd is to make of them, compressed size by size; null leaves the content as it is. */
      readonly compressibility: number | null;
      readonly seed: number;
    }
  /** The first values that a topic of the target has. */
  | { readonly kind: 'topic'; readonly topic: string; readonly mostRecords: number; readonly mostBytes: number }
  | { readonly kind: 'file'; readonly path: string; readonly delimiter: string; readonly seed: number }
  /** The value is the record's index in decimal. */
  | { readonly kind: 'monotonic' };

/** What both tests share. */
export type TestPlan = {
  readonly command: 'producer-perf-test' | 'consumer-perf-test' | 'e2e-latency';
  readonly target: Target;
  readonly topic: string;
  /** Partitions of the topic when the test creates it; null leaves an existing topic as it is, and 1 for a new one. */
  readonly partitionCount: number | null;
  /** Topic settings by Kafka's name, applied when the test creates the topic. */
  readonly topicConfig: Readonly<Record<string, string>>;
  /** Infinity (null in JSON) when only the time ends the test. */
  readonly recordCount: number;
  /** Kafka's client properties, validated, without bootstrap.servers. */
  readonly properties: Readonly<Record<string, string>>;
  /** The client under load. */
  readonly driver: DriverName;
  /** Where Kafka's own tools are, for the driver `exec:java`. */
  readonly kafkaHome?: string;
  readonly reportingIntervalMs: number;
  readonly printMetrics: boolean;
  /** Folder that run records go to; null keeps none. */
  readonly resultsDir: string | null;
  /** The command line, secrets redacted, for the run record. */
  readonly argv: readonly string[];
};

/** A producer-perf-test. */
export type ProducerPlan = TestPlan & {
  readonly command: 'producer-perf-test';
  readonly producers: number;
  readonly payload: Payload;
  /** Records per second over all producers together, of a schedule whose rate changes the highest; null for as fast as possible. */
  readonly throughput: number | null;
  /** Records at the start that the steady-state summary leaves out. */
  readonly warmupRecords: number;
  readonly shape: LoadShape;
  /** Whether each record is followed, and read back after the load; not when left out. */
  readonly verify?: boolean;
};

/** A consumer-perf-test. */
export type ConsumerPlan = TestPlan & {
  readonly command: 'consumer-perf-test';
  readonly consumers: number;
  /** Java-style regular expression over topic names instead of one topic; null when --topic was given. */
  readonly include: string | null;
  /** The group that reads; null assigns the partitions without one. */
  readonly groupId: string | null;
  /** Groups that each read everything with so many consumers; their ids end in -1, -2 and so on when there are several. */
  readonly consumerGroups: number;
  /** The partitions to read without a group; null for all. */
  readonly readPartitions: readonly number[] | null;
  readonly fromLatest: boolean;
  /** Records per second over all consumers; null for as fast as possible. */
  readonly throughput: number | null;
  /** The test ends after so long, however many records came; null when only their number ends it. */
  readonly durationMs: number | null;
  /** Longest time without a record before the test gives up, milliseconds. */
  readonly timeoutMs: number;
  /** Records that are written first when the target is our own empty broker; null when it is not. */
  readonly fill: { readonly recordSizeBytes: number } | null;
};

/** Most records of an end-to-end test with a schedule: each one is followed on its way. */
export const mostScheduledRecords = mostIndexes;

/** An e2e-latency test. `properties` are the producer's. */
export type E2ePlan = TestPlan & {
  readonly command: 'e2e-latency';
  /** Kafka's consumer properties, validated, without bootstrap.servers. */
  readonly consumerProperties: Readonly<Record<string, string>>;
  readonly records: {
    readonly valueBytes: number;
    /** 0 sends no key. */
    readonly keyBytes: number;
    readonly headerCount: number;
    readonly headerKeyBytes: number;
    /** -1 is a null value. */
    readonly headerValueBytes: number;
  };
  /** What values hold; null for letters. Its sizes go before that of `records`. */
  readonly payload: Extract<Payload, { kind: 'random' | 'generated' }> | null;
  readonly keys: KeySpec | null;
  /** The schedule of all producers together; null sends as fast as possible, or in turn. */
  readonly pace: PaceSpec | null;
  /** A record is sent when the one before came back, as in Kafka's tool. */
  readonly isInTurn: boolean;
  /** Records that lie in front of the consumers when the load begins; none when left out. */
  readonly backlogRecords?: number;
  /** Whether order is checked, logs are read to their ends, and examples are kept. */
  readonly verify: boolean;
  /** 1 in turn, as are the consumers. */
  readonly producers: number;
  readonly consumers: number;
  /** No record is due, or without a schedule sent, when so many milliseconds are over; null when only the number of records ends the test. */
  readonly durationMs: number | null;
  /** Records at the start that latencies leave out. */
  readonly warmupRecords: number;
  /** Latencies leave out what was due, or without a schedule sent, before so many milliseconds were over. */
  readonly warmupMs: number;
  /** Longest time that an acknowledged record waits while none comes, milliseconds. */
  readonly timeoutMs: number;
};
