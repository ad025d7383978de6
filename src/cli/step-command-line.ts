/** The command line that runs a step of a workload by itself. */
import type { ConsumerPlan, E2ePlan, ProducerPlan, Target } from '../harness/plan.ts';
import { redactArgv } from './plan-flags.ts';

/** A step's test alone. */
export type StepAlone = {
  /** Its words, secrets hidden. */
  readonly argv: readonly string[];
  /** What has no flag there, and how to have it nevertheless. */
  readonly notes: readonly string[];
};

/** What a step has beside its flags. */
export type StepSurroundings = {
  readonly plan: ProducerPlan | ConsumerPlan | E2ePlan;
  /** From 0: a cluster keeps the topic of each step. */
  readonly index: number;
  readonly target: Target;
  readonly usesTopic: boolean;
  readonly replication: number | null;
};

/** Of a consumer test of our own broker; see `consumer-plan.ts`. */
const FILL_BYTES = 100;

const assignments = (settings: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(settings).map(([key, value]) => `${key}=${value}`);

/** @param argv command and flags of the step, without target and topic */
export function stepAlone(argv: readonly string[], around: StepSurroundings): StepAlone {
  const { plan, index, target, usesTopic, replication } = around;
  const isCluster = target.kind === 'cluster';
  const topic = isCluster && !usesTopic ? `${plan.topic}-${index + 1}` : plan.topic;
  const config = assignments(plan.topicConfig);
  const partitions = plan.partitionCount === null ? [] : ['--partitions', String(plan.partitionCount)];
  const notes: string[] = [];
  if (target.kind === 'embedded') {
    const { brokerConfig, faults } = target;
    const broker = redactArgv(assignments(brokerConfig));
    const parts = [
      ...(broker.length === 0 ? [] : [{ what: 'settings', flags: ['--config', ...broker] }]),
      ...(faults === undefined ? [] : [{ what: 'faults', flags: ['--faults', 'FILE'] }]),
    ];
    const file = faults === undefined ? '' : ` with FILE holding ${JSON.stringify(faults)}`;
    if (parts.length > 0)
      notes.push(
        `the broker's ${parts.map(({ what }) => what).join(' and ')} have no flag here: start ${commandText(['broker', ...parts.flatMap(({ flags }) => flags)])}${file}, and give its --bootstrap-server`,
      );
  }
  if (replication !== null) {
    const create = ['topics', '--create', '--topic', topic, ...partitions, '--replication-factor', String(replication)];
    const server = target.kind === 'cluster' ? target.bootstrapServers : 'HOST:PORT';
    const configs = config.length === 0 ? [] : ['--config', ...config];
    notes.push(
      `replication has no flag here: first ${commandText([...create, ...configs, '--bootstrap-server', server])}`,
    );
  }
  const fill = plan.command === 'consumer-perf-test' ? plan.fill : null;
  if (fill !== null && fill.recordSizeBytes !== FILL_BYTES)
    notes.push(`payload.size has no flag here: values of ${FILL_BYTES} bytes are read, not of ${fill.recordSizeBytes}`);
  return {
    argv: [
      ...argv,
      '--topic',
      topic,
      ...partitions,
      ...(config.length === 0 ? [] : ['--topic-config', ...config]),
      ...(isCluster ? ['--bootstrap-server', target.bootstrapServers] : []),
    ],
    notes,
  };
}

/** A word as a POSIX shell reads it. */
const shellWord = (word: string): string =>
  /^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** A command line of spillway, as it is typed. */
export const commandText = (argv: readonly string[]): string => ['spillway', ...argv].map(shellWord).join(' ');

/** The same of a step, with its notes as comments. */
export const aloneText = ({ argv, notes }: StepAlone): string =>
  [commandText(argv), ...notes.map((note) => `# ${note.replaceAll('\n', ' ')}`)].join('  ');
