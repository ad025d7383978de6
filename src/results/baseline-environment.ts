/** What trials must share to be compared: the machine, Node, and the broker. */
import type { EnvironmentDifference } from './regression-result.ts';
import type { Environment } from './result.ts';

/** Facts that are compared, with what people call them. */
const facts: Readonly<Record<string, string>> = {
  cpuModel: 'processor',
  cpuCount: 'number of processors',
  availableParallelism: 'processors that may be used',
  totalMemoryBytes: 'memory',
  platform: 'platform',
  arch: 'architecture',
  operatingSystem: 'operating system',
  kernel: 'kernel',
  isVirtualMachine: 'being a virtual machine',
  cgroupCpuLimit: 'processors of the container',
  cgroupMemoryLimitBytes: 'memory of the container',
  nodeVersion: 'Node version',
  target: 'target',
  brokerVersion: 'broker version',
};

/** Facts that are kept beside them, to be read. */
const told = ['spillwayVersion', 'gitCommit'];

/** Kernels take a little more or less of the same machine's memory for themselves. */
const sameMemory = 0.02;

/** What a baseline file keeps of an environment: what is compared, and which Spillway it was. */
export const environmentToKeep = (environment: Environment): Environment =>
  Object.fromEntries(
    [...told, ...Object.keys(facts)].flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/**
 * The environment of a trial with its target and its broker's version.
 * @param brokerVersion of a cluster, as far as it can be told; null takes this Spillway's, whose own broker it was
 */
export const withTarget = (environment: Environment, target: string, brokerVersion: string | null): Environment => ({
  ...environment,
  target,
  brokerVersion: brokerVersion ?? `Spillway ${String(environment.spillwayVersion ?? 'of an unknown version')}`,
});

type Fact = Environment[string];

const isSame = (name: string, one: Fact, other: Fact): boolean =>
  name === 'totalMemoryBytes' && typeof one === 'number' && typeof other === 'number'
    ? Math.abs(one - other) <= sameMemory * Math.max(one, other)
    : one === other;

const bytesPerGibibyte = 2 ** 30;

const shown = (name: string, value: Fact): string => {
  if (value === null) return 'not known';
  if (name.endsWith('Bytes') && typeof value === 'number') return `${(value / bytesPerGibibyte).toFixed(1)} GiB`;
  return String(value);
};

/** The facts that two environments do not share. A fact that one side does not tell is not compared. */
export const environmentDifferences = (
  baseline: Environment,
  candidate: Environment,
): readonly EnvironmentDifference[] =>
  Object.entries(facts).flatMap(([name, fact]) => {
    const [from, to] = [baseline[name], candidate[name]];
    if (from === undefined || to === undefined || isSame(name, from, to)) return [];
    return [{ fact, baseline: shown(name, from), candidate: shown(name, to) }];
  });

/** Differences in a line. */
export const differencesText = (differences: readonly EnvironmentDifference[]): string =>
  differences.map(({ fact, baseline, candidate }) => `${fact} ${baseline} there, ${candidate} here`).join('; ');
