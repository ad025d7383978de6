/** A test whose load comes from another program: the target and the topic are ours, the figures are the program's and the system's. */
import { readTopicSpan, type TopicSpan } from '../../client/admin/topic-span.ts';
import { openAdmin } from '../../client/admin.ts';
import { takeClockOrigin } from '../../measure/clock.ts';
import { readEnvironment } from '../../measure/environment.ts';
import { type CpuTime, cpuSecondsBetween } from '../../measure/resources.ts';
import type {
  ExternalConsumerResult,
  ExternalE2eResult,
  ExternalProducerResult,
  ExternalResult,
} from '../../results/external-result.ts';
import type { Configuration } from '../../results/result.ts';
import { beginRunRecord, type RunRecord } from '../../results/run-record.ts';
import { describeConfiguration, describeE2eConfiguration, planWithoutSecrets } from '../configuration.ts';
import { type EmbeddedBroker, startEmbeddedBroker } from '../embedded-broker.ts';
import { asTestFailure, TestFailure } from '../failure.ts';
import type { TestObserver } from '../observer.ts';
import { type ConsumerPlan, type E2ePlan, type ProducerPlan, plainShape } from '../plan.ts';
import { runProducerTest } from '../producer-test.ts';
import { keepResult } from '../test-result.ts';
import { ensureTopic } from '../topic-setup.ts';
import { type Around, consumerResult, e2eResult, producerResult, type Trial } from './external-documents.ts';
import { type ExternalPlan, externalName, loadOf } from './external-plan.ts';
import { runTool } from './run-tool.ts';
import { externalTool } from './tools.ts';

const fillSeed = 1;

/** Fills our own empty broker by whatever is quickest, before a consumer is started. */
const fill = async (plan: ConsumerPlan, broker: EmbeddedBroker, observer: TestObserver): Promise<void> => {
  if (plan.fill === null) return;
  const { topic, target, partitionCount, topicConfig, recordCount } = plan;
  observer.onNotice(`filling topic ${topic} with ${recordCount} records`);
  const { recordsSent, failure } = await runProducerTest(
    {
      ...{ command: 'producer-perf-test', target, topic, partitionCount, topicConfig, recordCount, driver: 'native' },
      properties: { 'batch.size': '65536', acks: '1', 'client.id': 'spillway-fill' },
      reportingIntervalMs: plan.reportingIntervalMs,
      printMetrics: false,
      resultsDir: null,
      argv: [],
      producers: 1,
      payload: { kind: 'random', sizeBytes: plan.fill.recordSizeBytes, seed: fillSeed },
      throughput: null,
      warmupRecords: 0,
      shape: plainShape,
    },
    { onNotice: observer.onNotice, onWarning: observer.onWarning, stop: observer.stop },
    broker,
  );
  if (recordsSent !== recordCount)
    throw new TestFailure(
      `filling topic ${topic} ended after ${recordsSent} of ${recordCount} records: ${failure ?? 'some failed'}`,
    );
};

const cpuOf = async (broker: EmbeddedBroker | null): Promise<CpuTime | null> => (await broker?.usage())?.cpu ?? null;

const recordOf = (plan: ExternalPlan, startedAt: string): RunRecord | null =>
  plan.resultsDir === null
    ? null
    : beginRunRecord(plan.resultsDir, {
        command: plan.command,
        topic: plan.topic,
        startedAt,
        plan: planWithoutSecrets(plan),
      });

/** Runs the program against a target that is up. */
const measure = async (
  plan: ExternalPlan,
  bootstrapServers: string,
  broker: EmbeddedBroker | null,
  observer: TestObserver,
): Promise<Trial> => {
  const access = { bootstrapServers, properties: plan.properties };
  if (plan.command === 'consumer-perf-test' && broker !== null) await fill(plan, broker, observer);
  const partitionCount = await ensureTopic(access, plan, observer);
  const admin = openAdmin(access);
  try {
    const before = await readTopicSpan(admin.access, plan.topic, 0);
    const brokerCpu = await cpuOf(broker);
    const span = (sinceMs: number): Promise<TopicSpan> => readTopicSpan(admin.access, plan.topic, sinceMs);
    const trial = await runTool(
      externalTool(externalName(plan.driver)),
      loadOf(plan, bootstrapServers, partitionCount),
      {
        kafkaHome: plan.kafkaHome ?? null,
        stop: observer.stop,
        onRecords: (done) => observer.onProgress?.({ done, total: plan.recordCount, recordsPerSecond: Number.NaN }),
        ...(plan.command === 'producer-perf-test'
          ? { countRecords: async () => (await span(0)).endOffset - before.endOffset }
          : {}),
      },
    );
    const after = await span(trial.end.startedAtMs);
    const [cpuBefore, cpuAfter] = [brokerCpu, await cpuOf(broker)];
    return {
      ...trial,
      before,
      after,
      partitionCount,
      brokerCpuSeconds: cpuBefore === null || cpuAfter === null ? null : cpuSecondsBetween(cpuBefore, cpuAfter),
      brokerSettings: (await broker?.usage())?.settings ?? null,
    };
  } finally {
    admin.close();
  }
};

const configurationOf = (plan: ExternalPlan, bootstrapServers: string, trial: Trial): Configuration => {
  const { partitionCount, brokerSettings } = trial;
  if (plan.command === 'e2e-latency')
    return describeE2eConfiguration(plan, bootstrapServers, partitionCount, brokerSettings);
  const properties = { ...plan.properties, 'bootstrap.servers': bootstrapServers };
  return describeConfiguration(plan, properties, partitionCount, brokerSettings);
};

const runExternal = async <Result extends ExternalResult | ExternalE2eResult>(
  plan: ExternalPlan,
  observer: TestObserver,
  running: EmbeddedBroker | null,
  describe: (trial: Trial, around: Around) => Result,
): Promise<Result> => {
  const { target } = plan;
  const startedAt = new Date(takeClockOrigin().wallMs).toISOString();
  const broker =
    running ??
    (target.kind === 'embedded'
      ? await startEmbeddedBroker(target, observer.onWarning, { stop: observer.stop })
      : null);
  let record: RunRecord | null = null;
  try {
    const bootstrapServers = broker?.bootstrapServers ?? (target.kind === 'cluster' ? target.bootstrapServers : '');
    if (broker !== null && running === null) observer.onNotice(`embedded broker ready on ${bootstrapServers}`);
    record = recordOf(plan, startedAt);
    const trial = await measure(plan, bootstrapServers, broker, observer);
    if (trial.failure !== null && !observer.stop.aborted) throw new TestFailure(`${plan.driver}: ${trial.failure}`);
    const result = describe(trial, {
      startedAt,
      environment: { ...readEnvironment(), stealSeconds: null, cgroupThrottledSeconds: null },
      configuration: configurationOf(plan, bootstrapServers, trial),
      isInterrupted: observer.stop.aborted,
    });
    return keepResult(record, observer, result);
  } catch (error) {
    record?.discard();
    throw asTestFailure(error);
  } finally {
    if (running === null) await broker?.close();
  }
};

/**
 * Runs a producer test by the program that the plan's driver names (`exec:NAME`). Rejects with a TestFailure when it fails; no process
 * and no temporary file is left when it settles.
 * @param running a broker of our own to test in place of the plan's target; it is left running
 */
export const runExternalProducer = (
  plan: ProducerPlan,
  observer: TestObserver,
  running: EmbeddedBroker | null = null,
): Promise<ExternalProducerResult> =>
  runExternal(plan, observer, running, (trial, around) => producerResult(plan, trial, around));

/** As runExternalProducer, for a consumer test; our own empty broker is filled first. */
export const runExternalConsumer = (
  plan: ConsumerPlan,
  observer: TestObserver,
  running: EmbeddedBroker | null = null,
): Promise<ExternalConsumerResult> =>
  runExternal(plan, observer, running, (trial, around) => consumerResult(plan, trial, around));

/** As runExternalProducer, for an end-to-end test of one record at a time. */
export const runExternalE2e = (plan: E2ePlan, observer: TestObserver): Promise<ExternalE2eResult> =>
  runExternal(plan, observer, null, (trial, around) => e2eResult(plan, trial, around));
