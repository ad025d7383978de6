/** What trials run on one after the other: a broker of our own or a cluster, and a fresh topic for each trial. */
import { deleteTopic } from '../../client/admin/topics.ts';
import { openAdmin } from '../../client/admin.ts';
import type { WorkloadTrial } from '../../results/workload-run.ts';
import type { Trial } from '../../workload/trials.ts';
import { startEmbeddedBroker } from '../embedded-broker.ts';
import { asTestFailure, messageOf, TestFailure } from '../failure.ts';
import type { TestProgress } from '../observer.ts';
import type { ConsumerPlan, E2ePlan, ProducerPlan, Target } from '../plan.ts';
import { runPlan, trialFailure } from './trial.ts';

/** The test of a step; each trial gets a topic of its own in place of the plan's. */
export type StepPlan = {
  readonly plan: ProducerPlan | ConsumerPlan | E2ePlan;
  /** Null leaves it to the target. */
  readonly replication: number | null;
  /** In place of it: so many replicas, or as many as there are nodes when these are fewer. */
  readonly mostReplication?: number | null;
  /** The topic is the user's: it is read as it is, and stays. */
  readonly usesTopic: boolean;
};

/** Who watches trials. */
export type TrialWatcher = {
  onTrialStart(trial: Trial): void;
  onProgress?(trial: Trial, progress: TestProgress): void;
  /** Called about once a second in a producer test: the 99th percentile of that second, from when records were due where that is known. */
  onTail?(trial: Trial, p99Ms: number): void;
  onWarning(line: string): void;
  readonly stop: AbortSignal;
};

/** Runs trials, one at a time. */
export type TrialRunner = {
  /** Null when it was interrupted. Rejects with a TestFailure for wrong usage alone: other failures are the trial's. */
  run(step: StepPlan, trial: Trial, attempt: number): Promise<Omit<WorkloadTrial, 'isRepeated'> | null>;
  /** Why our own broker ended, or a cluster cannot be used any more, in one line; null while it can. */
  brokenReason(): string | null;
  close(): Promise<void>;
};

/** Tries to delete a topic; a cluster may not allow it. */
const cleaner = (
  bootstrapServers: string,
  properties: Readonly<Record<string, string>>,
  warn: (line: string) => void,
) => {
  const admin = openAdmin({ bootstrapServers, properties });
  return {
    admin,
    async replicationOf({ replication, mostReplication = null }: Pick<StepPlan, 'replication' | 'mostReplication'>) {
      return mostReplication === null ? replication : Math.min(mostReplication, await admin.nodeCount());
    },
    async remove(topic: string): Promise<void> {
      try {
        if ((await admin.describeTopic(topic)) !== null) await deleteTopic(admin.access, topic);
      } catch (error) {
        warn(`topic ${topic} was not deleted: ${messageOf(error)}`);
      }
    },
  };
};

/** What a trial's own test says that is no news here. */
const isExpected = (line: string): boolean => /^topic .* exists: --topic-config is not applied/.test(line);

/**
 * Opens what trials run on.
 * @param properties of a client, for the connections that make and delete topics
 * @param runId tells topics of this run from those of others
 * Rejects with a TestFailure when our own broker does not start, or the cluster cannot be used.
 */
export const openTrialRunner = async (
  target: Target,
  properties: Readonly<Record<string, string>>,
  runId: string,
  watcher: TrialWatcher,
): Promise<TrialRunner> => {
  const { stop, onWarning } = watcher;
  const broker = target.kind === 'embedded' ? await startEmbeddedBroker(target, onWarning, { stop }) : null;
  if (target.kind === 'embedded' && target.faults !== undefined)
    onWarning('the figures are those of a broker with faults on purpose (target.faults)');
  let brokenReason: string | null = null;
  broker?.broken.then((reason) => {
    brokenReason = reason;
  });
  const bootstrapServers = broker?.bootstrapServers ?? (target.kind === 'cluster' ? target.bootstrapServers : '');
  const topics = cleaner(bootstrapServers, properties, onWarning);
  const { admin } = topics;
  if (broker === null)
    await admin.nodeCount().catch((error: unknown) => {
      admin.close();
      throw asTestFailure(error);
    });
  /** Whoever cannot be asked how many nodes there are would fail all other trials as well, each after its time-outs. */
  const lookForTarget = async (): Promise<void> => {
    if (broker === null && !stop.aborted)
      await admin.nodeCount().catch((error: unknown) => {
        brokenReason = messageOf(error);
      });
  };
  return {
    async run({ plan: template, usesTopic, ...step }, trial, attempt) {
      const { trial: number } = trial;
      const topic = usesTopic ? template.topic : `${template.topic}-${runId}-${trial.step + 1}-${number}-${attempt}`;
      const base = { step: trial.step, trial: number, attempt, startedAt: new Date().toISOString() };
      watcher.onTrialStart(trial);
      let replication: number | null = null;
      try {
        if (!usesTopic) replication = await topics.replicationOf(step);
        if (replication !== null)
          await admin.createTopic(topic, template.partitionCount ?? 1, replication, template.topicConfig);
        const { onProgress, onTail } = watcher;
        const result = await runPlan(
          { ...template, topic },
          {
            ...(onProgress === undefined ? {} : { onProgress: (progress) => onProgress(trial, progress) }),
            ...(onTail === undefined
              ? {}
              : {
                  onProducerWindow: ({ responseTimeMs, serviceTimeMs }) => {
                    const times = responseTimeMs ?? serviceTimeMs;
                    if (times !== null) onTail(trial, times.p99);
                  },
                }),
            onNotice: () => {},
            onWarning: (line) => {
              if (replication === null || !isExpected(line)) onWarning(line);
            },
            stop,
          },
          broker,
        );
        if (result.isInterrupted) return null;
        const failure = trialFailure(template, result);
        if (failure !== null) await lookForTarget();
        return { ...base, failure, result };
      } catch (error) {
        if (stop.aborted) return null;
        if (error instanceof TestFailure && error.isUsage) throw error;
        await lookForTarget();
        return { ...base, failure: messageOf(error), result: null };
      } finally {
        if (!usesTopic && brokenReason === null) await topics.remove(topic);
      }
    },
    brokenReason: () => brokenReason,
    async close() {
      admin.close();
      await broker?.close();
    },
  };
};
