/** What a comparison of codecs is asked to do. */
import { type ConsumerPlan, type Payload, type ProducerPlan, plainShape, type Target } from '../plan.ts';

/** A codec at a level. */
export type CodecChoice = {
  /** As it was asked for, such as `zstd:3`; none comes twice. */
  readonly name: string;
  /** The producer's properties that choose it. */
  readonly properties: Readonly<Record<string, string>>;
};

/** A comparison, after the command line was understood. */
export type CodecPlan = {
  readonly target: Target;
  readonly codecs: readonly CodecChoice[];
  readonly payload: Payload;
  /** Where the values come from, in words. */
  readonly source: string;
  /** Records per second of the part at a common rate; null finds one that all codecs hold. */
  readonly rate: number | null;
  readonly rounds: number;
  /** How long a trial sends, seconds. */
  readonly seconds: number;
  /** Most records of a trial; Infinity leaves it to the time. */
  readonly mostRecords: number;
  readonly producers: number;
  /** At most one for each partition. */
  readonly consumers: number;
  readonly partitionCount: number;
  readonly topicConfig: Readonly<Record<string, string>>;
  /** Kafka's client properties, validated, without bootstrap.servers and compression. */
  readonly producerProperties: Readonly<Record<string, string>>;
  readonly consumerProperties: Readonly<Record<string, string>>;
  /** Begins the names of topics. */
  readonly topicPrefix: string;
  /** Topics stay when their trial is over. */
  readonly keepsTopics: boolean;
  /** Folder that the run record goes to; null keeps none. */
  readonly resultsDir: string | null;
  /** The command line, secrets redacted. */
  readonly argv: readonly string[];
};

/** What one trial writes or reads. */
export type TrialShape = {
  readonly topic: string;
  readonly codec: CodecChoice;
  /** Null is as fast as possible. */
  readonly rate: number | null;
  readonly seconds: number;
  /** Infinity leaves the end to the time. */
  readonly recordCount: number;
};

/** The first part of a trial, in which connections and code warm up, is left out of rates and latencies: a fifth of it, a second at most. */
const warmupShare = 0.2;
const mostWarmupMs = 1000;
const windowMs = 1000;

const common = (plan: CodecPlan, { topic }: TrialShape) => ({
  target: plan.target,
  topic,
  // The topic is made before.
  partitionCount: null,
  topicConfig: {},
  driver: 'native' as const,
  reportingIntervalMs: windowMs,
  // What went through sockets is among the metrics.
  printMetrics: true,
  resultsDir: null,
  argv: plan.argv,
});

/** The producer's test of a trial. */
export const producerPlan = (plan: CodecPlan, shape: TrialShape): ProducerPlan => ({
  ...common(plan, shape),
  command: 'producer-perf-test',
  recordCount: shape.recordCount,
  properties: { ...plan.producerProperties, ...shape.codec.properties },
  producers: plan.producers,
  payload: plan.payload,
  throughput: shape.rate,
  warmupRecords: 0,
  shape: {
    ...plainShape,
    pace: shape.rate === null ? null : { kind: 'constant', recordsPerSecond: shape.rate },
    durationMs: shape.seconds * 1e3,
    warmupDurationMs: Math.min(mostWarmupMs, shape.seconds * 1e3 * warmupShare),
  },
});

/** Longest time without a record before a consumer gives up. */
const consumerTimeoutMs = 30_000;

/** The consumer's test of a trial. */
export const consumerPlan = (plan: CodecPlan, shape: TrialShape): ConsumerPlan => ({
  ...common(plan, shape),
  command: 'consumer-perf-test',
  recordCount: shape.recordCount,
  properties: plan.consumerProperties,
  consumers: plan.consumers,
  include: null,
  groupId: null,
  consumerGroups: 1,
  readPartitions: null,
  fromLatest: false,
  throughput: null,
  durationMs: null,
  timeoutMs: consumerTimeoutMs,
  fill: null,
});

/** The codecs in the order of a round: each round begins with the next one, so that none always follows the same. */
export const orderOf = <Choice>(codecs: readonly Choice[], round: number): readonly Choice[] => {
  const turn = codecs.length === 0 ? 0 : (round - 1) % codecs.length;
  return [...codecs.slice(turn), ...codecs.slice(0, turn)];
};

/** All codecs are to hold the common rate with room to spare: it is this part of what the slowest one does. */
const commonShare = 0.5;
const significantDigits = 2;

/**
 * A rate that all codecs hold, from what each of them does at full speed: half of the slowest one's, rounded down to two digits.
 * Null without rates, and when the slowest does less than two records a second.
 */
export const commonRateOf = (fullSpeedRates: readonly number[]): number | null => {
  const rate = Math.min(...fullSpeedRates) * commonShare;
  if (!Number.isFinite(rate) || rate < 1) return null;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(rate)) + 1 - significantDigits);
  return Math.floor(rate / unit) * unit;
};
