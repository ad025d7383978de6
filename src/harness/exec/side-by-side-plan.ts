/** What `spillway side-by-side` was asked for: its cases, and the generators that take part in each. */
import { cpuOfProcess } from '../../measure/resources.ts';
import type { AbsentTool } from '../../results/side-by-side-result.ts';
import { checkTool, type ExternalTool, ExternalToolError, type ToolLoad } from './external-tool.ts';
import { type Comparison, comparisons, embeddedTool, loopTool, ownTool } from './side-by-side-cases.ts';
import { spillwayTool } from './spillway-tool.ts';
import { externalTool } from './tools.ts';

/** What is compared, where, and for how long. */
export type SideBySidePlan = {
  /** Null compares on a broker of our own. */
  readonly bootstrapServers: string | null;
  /** Properties of the connection, which every generator gets. */
  readonly properties: Readonly<Record<string, string>>;
  readonly comparisons: readonly Comparison[];
  /** Names of generators; null for those of each case. */
  readonly tools: readonly string[] | null;
  /** Commands of the user's own by name, for producers and for consumers. */
  readonly producerCommands: ReadonlyMap<string, string>;
  readonly consumerCommands: ReadonlyMap<string, string>;
  readonly rounds: number;
  /** How long each trial of a producer is to last, about. */
  readonly seconds: number;
  readonly partitionCount: number;
  /** Broker processes on this host, whose CPU time is read. */
  readonly brokerPids: readonly number[];
  readonly kafkaHome: string | null;
  /** Begins the names of topics; each is deleted when its trial is over. */
  readonly topicPrefix: string;
};

/** A generator that takes part in a case. */
export type Entry = { readonly name: string; readonly tool: ExternalTool };

/** A generator that the user named, and by which flag. */
export type NamedTool = {
  readonly name: string;
  readonly flag: 'tools' | 'producer-command' | 'consumer-command' | 'kafka-home';
};

/** Where a trial's records go. */
export type LoadPlace = { readonly bootstrapServers: string; readonly topic: string };

const timeoutMs = 30_000;

const toolOf = (name: string, plan: SideBySidePlan, kind: Comparison['kind']): ExternalTool => {
  const command = (kind === 'producer' ? plan.producerCommands : plan.consumerCommands).get(name);
  if (command !== undefined) return externalTool(command);
  if (name === ownTool || name === embeddedTool) return spillwayTool('native');
  return name === 'kafkajs' ? spillwayTool('kafkajs') : externalTool(name);
};

/** Names of the generators of a case, whether or not they are here. */
const namesOf = (plan: SideBySidePlan, one: Comparison): readonly string[] => {
  if (one.tools.includes(embeddedTool)) return one.tools;
  const commands = one.kind === 'producer' ? plan.producerCommands : plan.consumerCommands;
  const named = one.tools.filter((name) => name !== loopTool && (plan.tools === null || plan.tools.includes(name)));
  const others = [...commands.keys()].filter((name) => name !== loopTool || one.tools.includes(loopTool));
  return [...named, ...others];
};

/** Generators of a case that are here; those that are not are added to the absent ones, each once. */
export const entriesOf = (plan: SideBySidePlan, one: Comparison, absent: AbsentTool[]): readonly Entry[] =>
  namesOf(plan, one).flatMap((name) => {
    const tool = toolOf(name, plan, one.kind);
    try {
      tool.check(plan.kafkaHome);
      return [{ name, tool }];
    } catch (error) {
      if (!(error instanceof ExternalToolError)) throw error;
      if (!absent.some((each) => each.tool === name))
        absent.push({ tool: name, caseName: null, reason: error.message });
      return [];
    }
  });

/** What a generator is asked to do in a trial of a case. */
export const loadOf = (
  plan: SideBySidePlan,
  one: Comparison,
  { bootstrapServers, topic }: LoadPlace,
  recordCount: number,
): ToolLoad => {
  const common = { bootstrapServers, topic, recordCount, properties: { ...plan.properties, ...one.properties } };
  if (one.kind === 'producer')
    return { ...common, kind: 'producer', values: { kind: 'size', bytes: one.recordBytes }, throughput: null };
  const { partitionCount } = plan;
  return { ...common, kind: 'consumer', groupId: null, partitionCount, fromLatest: false, timeoutMs };
};

const kindOf = ({ flag }: NamedTool): Comparison['kind'] | null => {
  if (flag === 'producer-command') return 'producer';
  return flag === 'consumer-command' ? 'consumer' : null;
};

/** Names of all cases that a generator could take part in. */
const possibleCases = (plan: SideBySidePlan, named: NamedTool): readonly string[] => {
  const kind = kindOf(named);
  return comparisons
    .filter((one) => (kind === null || one.kind === kind) && namesOf(plan, one).includes(named.name))
    .map(({ name }) => name);
};

/**
 * Looks whether the generators that the user named can take part, before anything has started. Others are left out when they are not here.
 * @throws ExternalToolError for one that is missing, that cannot be asked for a case, or that no chosen case has a place for
 */
export const checkNamedTools = (plan: SideBySidePlan, named: readonly NamedTool[]): void => {
  for (const each of named) {
    const { name, flag } = each;
    const possible = possibleCases(plan, each);
    const chosen = plan.comparisons.filter((one) => possible.includes(one.name));
    if (chosen.length === 0)
      throw new ExternalToolError(
        `--${flag} ${name} takes part in none of the chosen cases (${plan.comparisons.map((one) => one.name).join(', ')}), but in ${possible.join(', ')}; choose one of these with --only, or leave ${name} out`,
      );
    for (const one of chosen) checkNamedTool(plan, one, each);
  }
};

const checkNamedTool = (plan: SideBySidePlan, one: Comparison, { name, flag }: NamedTool): void => {
  const nowhere = { bootstrapServers: 'localhost:9092', topic: plan.topicPrefix };
  try {
    checkTool(toolOf(name, plan, one.kind), loadOf(plan, one, nowhere, 1), plan.kafkaHome);
  } catch (error) {
    if (!(error instanceof ExternalToolError)) throw error;
    const shown = flag === 'kafka-home' ? `--${flag}` : `--${flag} ${name}`;
    throw new ExternalToolError(`${shown}: ${error.message}`, { cause: error });
  }
};

/** The first process whose CPU time cannot be read, so that it is not there; null for none, and where no process's can. */
export const missingProcess = (pids: readonly number[]): number | null =>
  cpuOfProcess(process.pid) === null ? null : (pids.find((pid) => cpuOfProcess(pid) === null) ?? null);
