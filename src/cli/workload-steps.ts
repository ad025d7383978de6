/** Makes the plans of a workload's steps, through the same readers that the tests' own command lines go through. */
import { dirname, resolve } from 'node:path';
import { shownValue } from '../client/properties/secrets.ts';
import type { ConsumerPlan, E2ePlan, ProducerPlan, Target } from '../harness/plan.ts';
import type { StepPlan } from '../harness/run-workload/trial-runner.ts';
import {
  commandOf,
  fillBytesOf,
  pointText,
  type ReadWorkload,
  type Step,
  type StepCommand,
  type StepFlag,
  switches,
  type Workload,
  WorkloadError,
} from '../harness/run-workload/workloads.ts';
import { gatherBrokerConfig } from './broker-config.ts';
import { consumerCommandOf } from './consumer-plan.ts';
import { e2eCommandOf } from './e2e-plan.ts';
import type { FlagValues } from './flags.ts';
import { checkPayload } from './payload-check.ts';
import { isExternal, redactArgv } from './plan-flags.ts';
import { producerCommandOf } from './producer-plan.ts';
import { type StepAlone, stepAlone } from './step-command-line.ts';
import { checkTargetSecurity } from './target-security.ts';
import { UsageError } from './usage.ts';

/** A step that can run. */
export type PlannedStep = Step &
  StepPlan & {
    /** The command line of its test, without target, topic and output, secrets hidden. */
    readonly argv: readonly string[];
    /** With all that it takes to run the step by itself. */
    readonly alone: StepAlone;
  };

type AnyPlan = ProducerPlan | ConsumerPlan | E2ePlan;

/** What the flags of a command would be, without a command line. */
const flagValues = (flags: ReadonlyMap<string, readonly string[]>): FlagValues => ({
  value: (name) => flags.get(name)?.[0] ?? null,
  list: (name) => flags.get(name) ?? [],
  isOn: (name) => flags.get(name)?.[0] === 'true',
  isGiven: (name) => flags.has(name),
  words: [],
});

/** Throws a UsageError with the line of the setting for a refusal of its value. */
const inSetting = <Value>({ place }: ReadWorkload, setting: string, make: () => Value): Value => {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof UsageError || (error instanceof Error && 'isUsage' in error))) throw error;
    throw new UsageError(`${error.message}${place(setting)}`, { cause: error });
  }
};

const readTarget = async (read: ReadWorkload): Promise<Target> => {
  const { target = {} } = read.workload;
  const { bootstrap, broker = {}, faults } = target;
  if (bootstrap !== undefined) {
    for (const own of ['broker', 'faults'] as const)
      if (target[own] !== undefined)
        throw new UsageError(
          `target.${own} is for a broker of our own, and target.bootstrap names a cluster: leave one of them out${read.place(`target.${own}`)}`,
        );
    return { kind: 'cluster', bootstrapServers: bootstrap };
  }
  const assignments = Object.entries(broker).map(([key, value]) => `${key}=${value}`);
  const brokerConfig = inSetting(read, 'target.broker', () => gatherBrokerConfig(null, assignments));
  if (faults === undefined) return { kind: 'embedded', dataDir: null, brokerConfig };
  // Faults know all the broker's APIs, which take a while to load.
  const { readFaultList } = await import('../broker/faults/fault-file.ts');
  const checked = inSetting(read, 'target.faults', () => readFaultList(faults, 'target.faults'));
  return { kind: 'embedded', dataDir: null, brokerConfig, faults: checked };
};

/** Read once: a sweep may have thousands of steps on one broker. */
const targets = new WeakMap<ReadWorkload, Promise<Target>>();

/** Where the load of a workload goes. Rejects with UsageError for a setting or a fault of the broker that cannot be used, with its line. */
export const targetOf = (read: ReadWorkload): Promise<Target> => {
  const target = targets.get(read) ?? readTarget(read);
  targets.set(read, target);
  return target;
};

/** Throws UsageError for replicas that the target cannot have, and for two numbers of them. */
const checkReplication = ({ topic = {} }: Step['settings'], target: Target): void => {
  const { replication, mostReplication } = topic;
  if (replication === undefined) return;
  if (mostReplication !== undefined)
    throw new UsageError('topic.replication and topic.mostReplication are in place of each other: keep one');
  if (replication > 1 && target.kind === 'embedded')
    throw new UsageError(
      `topic.replication must be 1 on a broker of our own, which is one node; got ${replication}: leave it out, or name a cluster by target.bootstrap`,
    );
};

/** A step is known by its point in all that a run writes. Throws UsageError for a point with what may not be shown. */
const refuseSecretAxes = ({ place }: ReadWorkload, { point }: Step): void => {
  for (const [name, value] of Object.entries(point)) {
    if (shownValue(name, value) !== value)
      throw new UsageError(
        `${name} cannot be an axis, as its value may hold a secret, and values of axes are shown: give it outside of the sweep${place(name)}`,
      );
  }
};

/** Windows of a trial are so long, milliseconds. */
const WINDOW_MS = '1000';

/** A topic's own name is longer by run, step and trial. */
const MOST_TOPIC_PREFIX = 200;

/**
 * Plans a step.
 * @param folder what files of the workload are seen from
 * @throws UsageError for what its test's command line would refuse, with the line of the setting where it can be told.
 */
export async function planStep(read: ReadWorkload, step: Step, name: string, folder: string): Promise<PlannedStep> {
  const { workload, place } = read;
  const { settings } = step;
  refuseSecretAxes(read, step);
  try {
    const asked = commandOf(settings);
    const { command, flags } = { ...asked, flags: asked.flags.map((flag) => seenFrom(folder, flag)) };
    const argv = flags.flatMap(({ flag, values }) => [`--${flag}`, ...(switches.includes(flag) ? [] : values)]);
    const { topic = {} } = settings;
    const usesTopic = command === 'consumer-perf-test' && workload.target?.bootstrap !== undefined;
    if (usesTopic && topic.name === undefined)
      throw new WorkloadError('topic.name is needed for test: consumer on a cluster: it reads a topic that is there');
    const values = new Map(flags.map(({ flag, values: given }) => [flag, given] as const));
    const add = (flag: string, ...given: readonly string[]): void => {
      if (given.length > 0) values.set(flag, given);
    };
    add('topic', (topic.name ?? name).slice(0, MOST_TOPIC_PREFIX));
    if (!usesTopic) add('partitions', String(topic.partitions ?? 1));
    add('topic-config', ...Object.entries(topic.config ?? {}).map(([key, value]) => `${key}=${value}`));
    if (workload.target?.bootstrap !== undefined) add('bootstrap-server', workload.target.bootstrap);
    add('reporting-interval', WINDOW_MS);
    // The run keeps one record of all its trials.
    add('no-record', 'true');
    const plan = planOf(command, flagValues(values), argv);
    if (isExternal(plan.driver))
      throw new UsageError(`driver ${plan.driver} is another program, which workloads cannot run: native or kafkajs`);
    const target = plan.target.kind === 'cluster' ? plan.target : await targetOf(read);
    checkReplication(settings, target);
    checkTargetSecurity(target, plan.properties);
    if (plan.command === 'producer-perf-test') await checkPayload(plan, plan.shape.keys);
    const filled: AnyPlan =
      plan.command === 'consumer-perf-test' && plan.fill !== null
        ? { ...plan, fill: { recordSizeBytes: fillBytesOf(settings) } }
        : plan;
    const shownArgv = [command, ...redactArgv(argv)];
    const replication = topic.replication ?? null;
    return {
      index: step.index,
      point: step.point,
      settings,
      plan: filled,
      replication,
      mostReplication: topic.mostReplication ?? null,
      usesTopic,
      argv: shownArgv,
      alone: stepAlone(shownArgv, {
        plan: filled,
        index: step.index,
        target,
        usesTopic,
        replication: replication ?? topic.mostReplication ?? null,
      }),
    };
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof WorkloadError)) throw error;
    throw new UsageError(inWorkloadWords(error.message, read, step), { cause: error });
  }

  function inWorkloadWords(message: string, { workload: whole }: ReadWorkload, { point }: Step): string {
    const setting = settingIn(message, settings, commandFlags(settings));
    const text = inSettings(message);
    const where = Object.keys(point).length === 0 ? '' : ` at the step ${pointText(point)}`;
    return `${text}${where}${place(setting ?? firstKey(whole))}`;
  }
}

/** What flags of the tests are called in a workload. */
const SETTINGS: Readonly<Partial<Record<string, string>>> = {
  'num-records': 'records',
  duration: 'duration',
  throughput: 'rate',
  pace: 'pace',
  'pace-spin': 'paceSpin',
  verify: 'verify',
  backlog: 'backlog',
  'warmup-duration': 'warmup',
  'warmup-records': 'warmupRecords',
  producers: 'producers',
  consumers: 'consumers',
  'consumer-groups': 'groups',
  'record-size': 'payload.size',
  payload: 'payload.kind',
  'payload-compressibility': 'payload.compressibility',
  'payload-file': 'payload.file',
  keys: 'keys',
  headers: 'headers',
  'transaction-records': 'transactions.records',
  'transaction-duration-ms': 'transactions.duration',
  'transaction-abort-rate': 'transactions.abortRate',
  driver: 'driver',
  'command-config': 'clientFile',
  'command-property': 'client',
  'producer-acks': 'client.acks',
  partitions: 'topic.partitions',
  'topic-config': 'topic.config',
  'bootstrap-server': 'target.bootstrap',
};

/** A message about flags as one about settings. */
const inSettings = (message: string): string =>
  message
    .replace(/ \(--command-property\)$/, '')
    .replace(/--throughput -1\b/g, 'rate: max')
    .replace(/--([a-z-]+)(?= \d)/g, (flag, name: string) =>
      SETTINGS[name] === undefined ? flag : `${SETTINGS[name]}:`,
    )
    .replace(/--([a-z-]+)/g, (flag, name: string) => SETTINGS[name] ?? flag);

const commandFlags = (settings: Step['settings']): readonly StepFlag[] => {
  try {
    return commandOf(settings).flags;
  } catch {
    // It is what was refused: then the message names the setting itself.
    return [];
  }
};

const firstKey = (workload: Workload): string => (workload.sweep === undefined ? 'test' : 'sweep');

/** Which setting a message is about: a client property or what the topic has that it names first, else the one behind the first flag. */
function settingIn(message: string, settings: Step['settings'], flags: readonly StepFlag[]): string | null {
  const property = Object.keys(settings.client ?? {}).find(
    (key) => message.startsWith(key) || message.startsWith(`"${key}"`),
  );
  if (property !== undefined) return `client.${property}`;
  const topicSetting = Object.keys(settings.topic?.config ?? {}).find((key) => message.includes(key));
  if (topicSetting !== undefined && message.startsWith('--topic-config')) return `topic.config.${topicSetting}`;
  const ofTopic = Object.keys(settings.topic ?? {}).find((key) => message.startsWith(`topic.${key} `));
  if (ofTopic !== undefined) return `topic.${ofTopic}`;
  const [, flag] = /--([a-z-]+)/.exec(message) ?? [];
  const named = flags.find((each) => each.flag === flag);
  if (named !== undefined) return named.setting;
  if (flag !== undefined && SETTINGS[flag] !== undefined) return SETTINGS[flag];
  return Object.keys(settings).find((key) => message.startsWith(`${key} `) || message.startsWith(`${key}.`)) ?? null;
}

/** Files that a workload names lie beside it. */
const seenFrom = (folder: string, flag: StepFlag): StepFlag =>
  flag.flag === 'payload-file' || flag.flag === 'command-config'
    ? { ...flag, values: flag.values.map((path) => resolve(folder, path)) }
    : flag;

/** The folder that a workload's files are seen from. */
export const folderOf = (file: string): string => dirname(resolve(file));

function planOf(command: StepCommand['command'], flags: FlagValues, argv: readonly string[]): AnyPlan {
  switch (command) {
    case 'producer-perf-test':
      return producerCommandOf(flags, argv).plan;
    case 'consumer-perf-test':
      return consumerCommandOf(flags, argv).plan;
    case 'e2e-latency':
      return e2eCommandOf(flags, argv).plan;
  }
}
