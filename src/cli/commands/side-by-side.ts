import { ExternalToolError } from '../../harness/exec/external-tool.ts';
import { type Comparison, comparisons, embeddedTool, ownTool } from '../../harness/exec/side-by-side-cases.ts';
import {
  checkNamedTools,
  missingProcess,
  type NamedTool,
  type SideBySidePlan,
} from '../../harness/exec/side-by-side-plan.ts';
import { externalToolNames } from '../../harness/exec/tools.ts';
import { sideBySideText } from '../../report/side-by-side-text.ts';
import { gatherProperties } from '../client-properties.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { type FlagTable, type FlagValues, helpText, readFlags } from '../flags.ts';
import { topicName } from '../plan-flags.ts';
import { checkTargetSecurity, isSecured } from '../target-security.ts';
import { parseAssignments, parseNumber, quoted, UsageError } from '../usage.ts';

const GROUPS = { what: 'What is compared:', where: 'Cluster and tools:', output: 'Output:' } as const;

const caseNames = comparisons.map(({ name }) => name);
const toolNames = [ownTool, ...externalToolNames, 'kafkajs'];

/** Flags of side-by-side. */
export const sideBySideFlags: FlagTable = {
  only: {
    kind: 'list',
    group: GROUPS.what,
    metavar: 'CASE ...',
    description: `Only these cases: ${caseNames.join(', ')}`,
  },
  tools: {
    kind: 'list',
    group: GROUPS.what,
    metavar: 'NAME ...',
    description: `Only these generators: ${toolNames.join(', ')}`,
  },
  'producer-command': {
    kind: 'list',
    group: GROUPS.what,
    metavar: 'NAME=COMMAND ...',
    description:
      'A producer of your own, as --driver exec:COMMAND takes it; it takes part in every producer case but embedded-*',
  },
  'consumer-command': {
    kind: 'list',
    group: GROUPS.what,
    metavar: 'NAME=COMMAND ...',
    description: 'The same for consumers',
  },
  rounds: {
    kind: 'value',
    group: GROUPS.what,
    metavar: 'N',
    description: 'Rounds, in each of which every generator has its turn',
    shownDefault: '5',
  },
  seconds: {
    kind: 'value',
    group: GROUPS.what,
    metavar: 'SECONDS',
    description: 'About how long each trial of a producer lasts',
    shownDefault: '20',
  },
  partitions: {
    kind: 'value',
    group: GROUPS.what,
    metavar: 'N',
    description: 'Partitions of the topics',
    shownDefault: '1',
  },
  'bootstrap-server': {
    kind: 'value',
    group: GROUPS.where,
    metavar: 'HOST:PORT,...',
    description: 'The cluster; without it a broker of our own is started',
  },
  'command-config': {
    kind: 'value',
    group: GROUPS.where,
    metavar: 'FILE',
    description: 'Properties file with properties of the connection, for every generator',
  },
  'broker-pid': {
    kind: 'list',
    group: GROUPS.where,
    metavar: 'PID ...',
    description: 'Broker processes on this host, whose CPU time is read',
  },
  'kafka-home': {
    kind: 'value',
    group: GROUPS.where,
    metavar: 'DIR',
    description: "Kafka's tools: a Kafka installation, or a folder with its jars",
    shownDefault: 'KAFKA_HOME',
  },
  'topic-prefix': {
    kind: 'value',
    group: GROUPS.where,
    metavar: 'NAME',
    description: 'Begins the names of the topics, each of which is deleted after its trial',
    shownDefault: 'side-by-side-TIME',
  },
  json: { kind: 'switch', group: GROUPS.output, description: 'Print one JSON document with all trials, not tables' },
};

/** `spillway side-by-side`: load generators in turn against one cluster. */
export const command: CommandModule = {
  help: () =>
    helpText(sideBySideFlags, {
      usage: 'spillway side-by-side [flags]',
      examples: [
        [
          'spillway side-by-side --bootstrap-server kafka:9092 --kafka-home /opt/kafka',
          "Kafka's tool, librdkafka's and ours, in turn",
        ],
        ['spillway side-by-side --only produce-100 --rounds 1 --seconds 5', 'a first look, in a minute'],
      ],
      epilogue:
        "Every generator gets the same settings, a fresh topic in each trial, and its turn in each round. CPU time and memory are the operating system's account of the whole program. One that is not installed is left out, and said so; one that was asked for is refused.",
    }),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const flags = readFlags('side-by-side', sideBySideFlags, argv);
  const plan = readPlan(flags, (line) => console.note(line));
  const { runSideBySide } = await import('../../harness/exec/side-by-side.ts');
  const result = await runSideBySide(plan, {
    onNotice: (line) => console.note(line),
    onWarning: (line) => console.note(`warning: ${line}`),
    stop: interrupt.signal,
  });
  console.result(flags.isOn('json') ? JSON.stringify(result) : sideBySideText(result));
  if (interrupt.exitStatus !== null) return interrupt.exitStatus;
  const wentWell = result.trials.filter(({ failure }) => failure === null).length;
  const failed = result.trials.length - wentWell;
  if (failed > 0) console.note(`${failed} of ${result.trials.length} trials failed`);
  if (wentWell === 0) console.note('no trial went well; nothing was compared');
  return failed > 0 || wentWell === 0 ? 1 : 0;
}

function readPlan(flags: FlagValues, warn: (line: string) => void): SideBySidePlan {
  const { 'bootstrap.servers': bootstrapServers = null, ...properties } = readProperties(flags, warn);
  if (bootstrapServers === null) checkTargetSecurity({ kind: 'embedded', dataDir: null, brokerConfig: {} }, properties);
  const home = flags.value('kafka-home') ?? process.env.KAFKA_HOME;
  const plan: SideBySidePlan = {
    bootstrapServers,
    properties,
    comparisons: readCases(flags, bootstrapServers, properties),
    tools: chosen(flags, 'tools', toolNames),
    producerCommands: commandsOf(flags, 'producer-command'),
    consumerCommands: commandsOf(flags, 'consumer-command'),
    rounds: parseNumber('rounds', flags.value('rounds') ?? '5', { min: 1, max: 1000 }),
    seconds: parseNumber('seconds', flags.value('seconds') ?? '20', { min: 0.1, max: 86_400, isWhole: false }),
    partitionCount: parseNumber('partitions', flags.value('partitions') ?? '1', { min: 1, max: 10_000 }),
    brokerPids: readBrokerPids(flags),
    kafkaHome: home === undefined || home === '' ? null : home,
    topicPrefix: topicName(flags.value('topic-prefix') ?? `side-by-side-${Date.now().toString(36)}`, 'topic-prefix'),
  };
  try {
    checkNamedTools(plan, namedTools(flags, plan));
  } catch (error) {
    if (error instanceof ExternalToolError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
  return plan;
}

/** The cases that are compared. Throws UsageError for one that was named and that nothing can be held against. */
function readCases(
  flags: FlagValues,
  bootstrapServers: string | null,
  properties: Readonly<Record<string, string>>,
): readonly Comparison[] {
  const only = chosen(flags, 'only', caseNames);
  // Against our own broker there is nothing to hold it against, and it speaks plaintext.
  const isPossible = ({ tools }: Comparison): boolean =>
    !tools.includes(embeddedTool) || (bootstrapServers !== null && !isSecured(properties));
  if (only === null) return comparisons.filter(isPossible);
  const wanted = comparisons.filter(({ name }) => only.includes(name));
  const impossible = wanted.find((one) => !isPossible(one));
  if (impossible === undefined) return wanted;
  throw new UsageError(
    bootstrapServers === null
      ? `--only ${impossible.name} compares our broker with a cluster; give --bootstrap-server`
      : `--only ${impossible.name} compares our broker, which speaks plaintext here, with a secured cluster; leave it out`,
  );
}

/** Throws UsageError for a process that is not there: its CPU time would stand as not known. */
function readBrokerPids(flags: FlagValues): readonly number[] {
  const pids = flags.list('broker-pid').map((text) => parseNumber('broker-pid', text, { min: 1 }));
  const missing = missingProcess(pids);
  if (missing === null) return pids;
  throw new UsageError(`--broker-pid ${missing}: there is no such process on this host; leave it out to go without`);
}

/** Generators that the user asked for himself; a home of Kafka's tools asks for these. */
function namedTools(flags: FlagValues, plan: SideBySidePlan): readonly NamedTool[] {
  const { tools, producerCommands, consumerCommands } = plan;
  const hasJava = tools === null && plan.comparisons.some((one) => one.tools.includes('java'));
  const isJavaMeant = hasJava && flags.isGiven('kafka-home');
  return [
    ...(tools ?? []).map((name) => ({ name, flag: 'tools' }) as const),
    ...[...producerCommands.keys()].map((name) => ({ name, flag: 'producer-command' }) as const),
    ...[...consumerCommands.keys()].map((name) => ({ name, flag: 'consumer-command' }) as const),
    ...(isJavaMeant ? [{ name: 'java', flag: 'kafka-home' } as const] : []),
  ];
}

function readProperties(flags: FlagValues, warn: (line: string) => void): Readonly<Record<string, string>> {
  const path = flags.value('command-config');
  const servers = flags.value('bootstrap-server');
  return gatherProperties({
    client: 'admin',
    warn,
    defaults: {},
    file: path === null ? null : { flag: 'command-config', path },
    assignments: { flag: 'command-property', texts: [] },
    flags: servers === null ? [] : [['bootstrap.servers', 'bootstrap-server', servers]],
  });
}

/** Names that were given; null for none. Blanks and commas part them. Throws UsageError for one that is not known. */
function chosen(flags: FlagValues, flag: 'only' | 'tools', known: readonly string[]): readonly string[] | null {
  if (!flags.isGiven(flag)) return null;
  const names = flags.list(flag).flatMap((text) => text.split(',').filter((name) => name !== ''));
  const strange = names.find((name) => !known.includes(name));
  if (strange === undefined) return names;
  throw new UsageError(`--${flag} takes some of ${known.join(', ')}; got ${quoted(strange)}`);
}

/** Commands by name. Throws UsageError for a name that one of ours has. */
function commandsOf(flags: FlagValues, flag: 'producer-command' | 'consumer-command'): ReadonlyMap<string, string> {
  const commands = new Map(Object.entries(parseAssignments(flag, flags.list(flag))));
  const taken = [...commands.keys()].find((name) => toolNames.includes(name) || name === embeddedTool);
  if (taken !== undefined)
    throw new UsageError(`--${flag} cannot be named ${taken}: that is one of ours; take another name`);
  return commands;
}
