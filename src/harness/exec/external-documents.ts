/** Results of tests whose load came from another program. */
import type { TopicSpan } from '../../client/admin/topic-span.ts';
import type {
  ExternalConsumerResult,
  ExternalE2eResult,
  ExternalLatency,
  ExternalProducerResult,
  ExternalUsage,
  OutsideView,
} from '../../results/external-result.ts';
import type { CommonResult } from '../../results/result.ts';
import type { ConsumerPlan, E2ePlan, ProducerPlan } from '../plan.ts';
import type { ToolFigures } from './figures.ts';
import type { ToolTrial } from './run-tool.ts';

/** A trial with what the target says of it. */
export type Trial = ToolTrial & {
  readonly before: TopicSpan;
  /** First time stamp since the program was started. */
  readonly after: TopicSpan;
  readonly partitionCount: number;
  readonly brokerCpuSeconds: number | null;
  readonly brokerSettings: Readonly<Record<string, string>> | null;
};

/** What the harness knows beside the trial. */
export type Around = Pick<CommonResult, 'startedAt' | 'configuration' | 'environment' | 'isInterrupted'>;

const usageOf = ({ end }: Trial): ExternalUsage => ({
  cpuSeconds: end.cpuSeconds,
  peakRssBytes: end.peakRssBytes,
  maxEventLoopDelayMs: null,
  wallSeconds: end.wallSeconds,
});

const latencyOf = (figures: ToolFigures | null): ExternalLatency | null =>
  figures?.latencyMs == null ? null : { count: figures.records, ...figures.latencyMs, p90: null, p9999: null };

/** What the topic says of who wrote to it while a program ran. */
export const producedOutside = (before: TopicSpan, after: TopicSpan, startedAtMs: number): OutsideView => {
  const records = after.endOffset - before.endOffset;
  const { firstTimestampMs: first, lastTimestampMs: last } = after;
  const sendSeconds = first === null || last === null || records <= 0 ? null : (last - first) / 1e3;
  return {
    records,
    sendSeconds,
    recordsPerSecond: sendSeconds === null || sendSeconds <= 0 ? null : records / sendSeconds,
    secondsToFirstRecord: first === null || records <= 0 ? null : Math.max(0, (first - startedAtMs) / 1e3),
  };
};

/**
 * Why a program that ended well has not done what was asked of it; null when it has. It may say less than it was asked for, or more than came
 * to the topic: what is lost, or was sent elsewhere, is no result. Without acknowledgements some may be lost in silence.
 */
const shortfallOf = (
  plan: ProducerPlan | E2ePlan,
  { figures, end }: Trial,
  { records: seen }: OutsideView,
  { isInterrupted }: Around,
): string | null => {
  if (isInterrupted || seen === null) return null;
  // One that is told to end tells less than it did.
  const said = (end.isStopped ? null : figures?.records) ?? plan.recordCount;
  if (said < plan.recordCount) return `${plan.driver} says ${said} of ${plan.recordCount} records`;
  const mayLose = plan.properties.acks === '0';
  return seen < said && !mayLose
    ? `${plan.driver} says ${said} records, and topic ${plan.topic} grew by ${seen}`
    : null;
};

const head = (plan: ProducerPlan | ConsumerPlan | E2ePlan, trial: Trial, around: Around) =>
  ({
    schemaVersion: 1,
    topic: plan.topic,
    ...around,
    driver: plan.driver,
    driverVersion: trial.version,
    driverNotes: [
      ...trial.notes,
      'windows and all that our own clients measure of themselves are not known of another program: they are null or empty',
      'CPU time and memory are those of the whole program, with its start and its end',
    ],
    elapsedSeconds: trial.figures?.elapsedSeconds ?? null,
    recordsPerSecond: trial.figures?.recordsPerSecond ?? null,
    failure: trial.failure,
    reconnects: null,
    generator: usageOf(trial),
    brokerCpuSeconds: trial.brokerCpuSeconds,
    metrics: null,
    runRecord: null,
    windows: [],
  }) as const;

/** A producer test's document. */
export const producerResult = (plan: ProducerPlan, trial: Trial, around: Around): ExternalProducerResult => {
  const { figures } = trial;
  const outside = producedOutside(trial.before, trial.after, trial.end.startedAtMs);
  const failed = figures?.failedRecords ?? null;
  const sizeBytes = plan.payload.kind === 'random' ? plan.payload.sizeBytes : null;
  const rate = figures?.recordsPerSecond ?? null;
  return {
    command: 'producer-perf-test',
    ...head(plan, trial, around),
    outside,
    failure: trial.failure ?? shortfallOf(plan, trial, outside, around),
    recordsSent: figures?.records ?? outside.records ?? 0,
    recordsFailed: failed,
    recordsUnsent: 0,
    errors: failed === null || failed === 0 ? {} : { UNKNOWN: { count: failed, message: 'as the program says' } },
    mebibytesPerSecond:
      figures?.mebibytesPerSecond ?? (rate === null || sizeBytes === null ? null : (rate * sizeBytes) / 2 ** 20),
    serviceTimeMs: latencyOf(figures),
    responseTimeMs: null,
    sendLatenessMs: null,
    batchWaitMs: null,
    requestTimeMs: null,
    recordsRetried: null,
    blockedTime: null,
    verdict: null,
    compression: null,
    payload: null,
    transactions: null,
    steadyState: null,
  };
};

/** A consumer test's document. */
export const consumerResult = (plan: ConsumerPlan, trial: Trial, around: Around): ExternalConsumerResult => {
  const { figures, end } = trial;
  const records = figures?.records ?? 0;
  const isTimedOut = records < plan.recordCount;
  const common = head(plan, trial, around);
  return {
    command: 'consumer-perf-test',
    ...common,
    outside: {
      records: trial.after.endOffset,
      sendSeconds: null,
      recordsPerSecond: end.wallSeconds > 0 ? records / end.wallSeconds : null,
      secondsToFirstRecord: null,
    },
    failure: common.failure ?? (isTimedOut ? `${plan.driver} read ${records} of ${plan.recordCount} records` : null),
    recordsConsumed: records,
    bytesConsumed: figures?.bytes ?? null,
    mebibytesPerSecond: figures?.mebibytesPerSecond ?? null,
    startedAtMs: figures?.startedAtMs ?? end.startedAtMs,
    endedAtMs: figures?.endedAtMs ?? end.startedAtMs + end.wallSeconds * 1e3,
    rebalanceTimeMs: figures?.rebalanceTimeMs ?? null,
    fetchTimeMs: figures?.fetchTimeMs ?? null,
    isTimedOut,
    isDurationOver: false,
    recordsRedelivered: null,
    fetchesRetried: null,
    groups: [],
    consumers: [],
    lag: null,
    serviceTimeMs: null,
    responseTimeMs: null,
  };
};

/** An end-to-end test's document. The program ends well only when every record came back. */
export const e2eResult = (plan: E2ePlan, trial: Trial, around: Around): ExternalE2eResult => {
  const { figures } = trial;
  const outside = producedOutside(trial.before, trial.after, trial.end.startedAtMs);
  const received = figures?.records ?? (trial.failure === null ? plan.recordCount : 0);
  const latency = latencyOf(figures);
  return {
    command: 'e2e-latency',
    ...head(plan, trial, around),
    outside,
    failure: trial.failure ?? shortfallOf(plan, trial, outside, around),
    recordsSent: outside.records ?? 0,
    recordsFailed: figures?.failedRecords ?? null,
    errors: {},
    recordsReceived: received,
    recordsLost: null,
    recordsDuplicated: null,
    recordsForeign: null,
    recordsChanged: null,
    recordsRetried: null,
    fetchesRetried: null,
    warmupRecords: 0,
    mebibytesPerSecond: figures?.mebibytesPerSecond ?? null,
    ackTimeMs: null,
    ackResponseTimeMs: null,
    endToEndServiceTimeMs: latency === null ? null : { ...latency, count: latency.count ?? received },
    endToEndResponseTimeMs: null,
    sendLatenessMs: null,
    verdict: null,
    verification: null,
  };
};
