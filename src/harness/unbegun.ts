/** The result of a test that failed before its first record: what was asked and why it failed, and null for what was not measured. */
import { readEnvironment } from '../measure/environment.ts';
import type { UnbegunE2eResult } from '../results/e2e-result.ts';
import type { UnbegunConsumerResult, UnbegunProducerResult } from '../results/result.ts';
import { describeConfiguration, describeE2eConfiguration } from './configuration.ts';
import { messageOf } from './failure.ts';
import type { ConsumerPlan, E2ePlan, ProducerPlan } from './plan.ts';

/** What became of a test before it began. */
export type Unbegun = {
  /** ISO 8601. */
  readonly startedAt: string;
  /** What was thrown. */
  readonly error: unknown;
  readonly isInterrupted: boolean;
};

/** Describes a test that could not begin. */
export const describeUnbegun = (
  plan: ProducerPlan | ConsumerPlan | E2ePlan,
  { startedAt, error, isInterrupted }: Unbegun,
): UnbegunProducerResult | UnbegunConsumerResult | UnbegunE2eResult => {
  const { target } = plan;
  const bootstrap = target.kind === 'cluster' ? { 'bootstrap.servers': target.bootstrapServers } : {};
  const head = { schemaVersion: 1, topic: plan.topic, startedAt, driver: plan.driver, driverNotes: null } as const;
  const rest = {
    elapsedSeconds: null,
    recordsPerSecond: null,
    mebibytesPerSecond: null,
    serviceTimeMs: null,
    responseTimeMs: null,
    windows: [],
    failure: messageOf(error),
    isInterrupted,
    reconnects: null,
    generator: null,
    brokerCpuSeconds: null,
    environment: { ...readEnvironment(), stealSeconds: null, cgroupThrottledSeconds: null },
    configuration:
      plan.command === 'e2e-latency'
        ? describeE2eConfiguration(plan, target.kind === 'cluster' ? target.bootstrapServers : null, null, null)
        : describeConfiguration(plan, { ...plan.properties, ...bootstrap }, null, null),
    metrics: null,
    runRecord: null,
  } as const;
  if (plan.command === 'producer-perf-test') {
    const counts = {
      recordsSent: 0,
      recordsFailed: 0,
      errors: {},
      sendLatenessMs: null,
      batchWaitMs: null,
      requestTimeMs: null,
      blockedTime: null,
      verdict: null,
      recordsRetried: null,
      compression: null,
      payload: null,
      transactions: null,
      recordsUnsent: 0,
      verification: null,
      steadyState: null,
    } as const;
    return { ...head, command: plan.command, ...counts, ...rest };
  }
  if (plan.command === 'e2e-latency') {
    const counts = {
      recordsSent: 0,
      recordsFailed: 0,
      errors: {},
      recordsReceived: 0,
      recordsLost: 0,
      recordsDuplicated: 0,
      recordsForeign: 0,
      recordsChanged: 0,
      recordsRetried: null,
      fetchesRetried: null,
      verdict: null,
      verification: null,
      backlog: null,
      sendLatenessMs: null,
      ackTimeMs: null,
      ackResponseTimeMs: null,
      endToEndServiceTimeMs: null,
      endToEndResponseTimeMs: null,
    } as const;
    const { serviceTimeMs: _, responseTimeMs: __, ...e2eRest } = rest;
    return { ...head, command: plan.command, ...counts, warmupRecords: plan.warmupRecords, ...e2eRest };
  }
  const times = { startedAtMs: null, endedAtMs: null, rebalanceTimeMs: null, fetchTimeMs: null } as const;
  const counts = {
    recordsConsumed: 0,
    bytesConsumed: 0,
    recordsRedelivered: 0,
    isTimedOut: false,
    isDurationOver: false,
    fetchesRetried: null,
    groups: [],
    consumers: [],
    lag: null,
  } as const;
  return { ...head, command: plan.command, ...counts, ...times, ...rest };
};
