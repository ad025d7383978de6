/** Runs the trials of a workload one after the other, each with a fresh topic, on one broker of our own or a cluster. */
import { deleteTopic } from '../../client/admin/topics.ts';
import { openAdmin } from '../../client/admin.ts';
import type { WorkloadTrial } from '../../results/workload-run.ts';
import type { Trial } from '../../workload/trials.ts';
import { type EmbeddedBroker, startEmbeddedBroker } from '../embedded-broker.ts';
import { messageOf, TestFailure } from '../failure.ts';
import type { TestProgress } from '../observer.ts';
import type { ConsumerPlan, E2ePlan, ProducerPlan, Target } from '../plan.ts';
import { runPlan, trialFailure } from './trial.ts';

/** The test of a step; each trial gets a topic of its own in place of the plan's. */
export type StepPlan = {
  readonly plan: ProducerPlan | ConsumerPlan | E2ePlan;
  /** Null leaves it to the target. */
  readonly replication: number | null;
  /** The topic is the user's: it is read as it is, and stays. */
  readonly usesTopic: boolean;
};

/** What is to be run. */
export type TrialsPlan = {
  readonly target: Target;
  readonly steps: readonly StepPlan[];
  /** Those that have not run yet, in their order. */
  readonly trials: readonly Trial[];
  readonly onFailure: 'continue' | 'stop' | 'repeat';
  /** Tells topics of this run from those of others. */
  readonly runId: string;
};

/** Who watches. */
export type TrialsObserver = {
  onTrialStart(trial: Trial): void;
  onProgress?(trial: Trial, progress: TestProgress): void;
  /** Called when a trial ended, failed ones included; not for one that was interrupted. */
  onTrialEnd(trial: WorkloadTrial): void;
  onNotice(line: string): void;
  onWarning(line: string): void;
  readonly stop: AbortSignal;
};

/** A trial that fails so often is left at that. */
const mostAttempts = 3;

/** Tries to delete a topic; a cluster may not allow it. */
const cleaner = (
  bootstrapServers: string,
  properties: Readonly<Record<string, string>>,
  warn: (line: string) => void,
) => {
  const admin = openAdmin({ bootstrapServers, properties });
  return {
    admin,
    async remove(topic: string): Promise<void> {
      try {
        if ((await admin.describeTopic(topic)) !== null) await deleteTopic(admin.access, topic);
      } catch (error) {
        warn(`topic ${topic} was not deleted: ${messageOf(error)}`);
      }
    },
  };
};

/**
 * Runs trials until the last one, a failure that ends the run, or an interruption.
 * @returns why the run ended early; null when it did not, or was interrupted
 * Rejects with a TestFailure when the target cannot be used at all.
 */
export const runTrials = async (plan: TrialsPlan, observer: TrialsObserver): Promise<string | null> => {
  const { target, steps } = plan;
  const broker =
    target.kind === 'embedded' ? await startEmbeddedBroker(target, observer.onWarning, { stop: observer.stop }) : null;
  let brokenReason: string | null = null;
  broker?.broken.then((reason) => {
    brokenReason = reason;
  });
  const bootstrapServers = broker?.bootstrapServers ?? (target.kind === 'cluster' ? target.bootstrapServers : '');
  const topics = cleaner(bootstrapServers, steps[0]?.plan.properties ?? {}, observer.onWarning);
  try {
    for (const trial of plan.trials) {
      const step = steps[trial.step];
      if (step === undefined) throw new TestFailure(`there is no step ${trial.step}: the file has changed`);
      for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
        const ended = await runTrial(step, trial, { attempt, plan, observer, broker, topics });
        if (ended === null || observer.stop.aborted) return null;
        const isRepeated = ended.failure !== null && plan.onFailure === 'repeat' && attempt < mostAttempts;
        observer.onTrialEnd({ ...ended, isRepeated });
        if (brokenReason !== null) return brokenReason;
        if (ended.failure === null) break;
        if (plan.onFailure === 'stop') return ended.failure;
        if (!isRepeated) break;
      }
    }
    return null;
  } finally {
    topics.admin.close();
    await broker?.close();
  }
};

type Surroundings = {
  readonly attempt: number;
  readonly plan: TrialsPlan;
  readonly observer: TrialsObserver;
  readonly broker: EmbeddedBroker | null;
  readonly topics: ReturnType<typeof cleaner>;
};

/** What a trial's own test says that is no news in a workload. */
const isExpected = (line: string): boolean => /^topic .* exists: --topic-config is not applied/.test(line);

/** Null when it was interrupted. */
const runTrial = async (
  { plan: template, replication, usesTopic }: StepPlan,
  trial: Trial,
  { attempt, plan: { runId }, observer, broker, topics }: Surroundings,
): Promise<Omit<WorkloadTrial, 'isRepeated'> | null> => {
  const topic = usesTopic ? template.topic : `${template.topic}-${runId}-${trial.step + 1}-${trial.trial}-${attempt}`;
  const base = { step: trial.step, trial: trial.trial, attempt, startedAt: new Date().toISOString() };
  observer.onTrialStart(trial);
  try {
    if (replication !== null && !usesTopic)
      await topics.admin.createTopic(topic, template.partitionCount ?? 1, replication, template.topicConfig);
    const { onProgress } = observer;
    const result = await runPlan(
      { ...template, topic },
      {
        ...(onProgress === undefined ? {} : { onProgress: (progress) => onProgress(trial, progress) }),
        onNotice: () => {},
        onWarning: (line) => {
          if (replication === null || !isExpected(line)) observer.onWarning(line);
        },
        stop: observer.stop,
      },
      broker,
    );
    if (result.isInterrupted) return null;
    return { ...base, failure: trialFailure(template, result), result };
  } catch (error) {
    if (observer.stop.aborted) return null;
    if (error instanceof TestFailure && error.isUsage) throw error;
    return { ...base, failure: messageOf(error), result: null };
  } finally {
    if (!usesTopic) await topics.remove(topic);
  }
};
