/** The machine and the software that a result was made on. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, loadavg, release, totalmem, type } from 'node:os';
import { cgroupLimits } from './cgroup.ts';
import { clockResolution } from './clock.ts';

/** Facts by name; null means not known here. */
export type EnvironmentFacts = Readonly<Record<string, string | number | boolean | null>>;

const packageRoot = new URL('../../', import.meta.url);

const readText = (location: URL): string | null => {
  try {
    return readFileSync(location, 'utf8');
  } catch {
    // A fact that cannot be read is reported as null.
    return null;
  }
};

/** Version of this package, from its package.json. */
export const spillwayVersion = (): string => {
  const text = readText(new URL('package.json', packageRoot));
  const version: unknown = text === null ? null : JSON.parse(text).version;
  return typeof version === 'string' ? version : 'unknown';
};

/** Commit of the checkout that this package runs from; null when it is an installed package. */
const gitCommit = (): string | null => {
  const head = readText(new URL('.git/HEAD', packageRoot))?.trim();
  if (head === undefined) return null;
  const reference = head.match(/^ref: (.+)$/)?.[1];
  if (reference === undefined) return head;
  const loose = readText(new URL(`.git/${reference}`, packageRoot))?.trim();
  if (loose !== undefined) return loose;
  const packed = readText(new URL('.git/packed-refs', packageRoot)) ?? '';
  return (
    packed
      .split('\n')
      .find((line) => line.endsWith(` ${reference}`))
      ?.split(' ')[0] ?? null
  );
};

/** Whether the processor says that a hypervisor runs below; null where it does not tell. */
const isVirtualMachine = (): boolean | null => {
  const flags = readText(new URL('file:///proc/cpuinfo'))?.match(/^flags\s*:(.*)$/m)?.[1];
  return flags === undefined ? null : / hypervisor\b/.test(flags);
};

/** Reads the environment: a few small files and no child process, a few milliseconds. */
export const readEnvironment = (): EnvironmentFacts => {
  const processors = cpus();
  const limits = cgroupLimits();
  return {
    spillwayVersion: spillwayVersion(),
    gitCommit: gitCommit(),
    nodeVersion: process.version,
    v8Version: process.versions.v8,
    platform: process.platform,
    arch: process.arch,
    operatingSystem: readText(new URL('file:///etc/os-release'))?.match(/^PRETTY_NAME="?([^"\n]*)"?$/m)?.[1] ?? type(),
    kernel: release(),
    cpuModel: processors[0]?.model.trim() ?? null,
    cpuCount: processors.length,
    availableParallelism: availableParallelism(),
    totalMemoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
    loadAverage: loadavg()[0] ?? null,
    isVirtualMachine: isVirtualMachine(),
    cgroupCpuLimit: limits.cpus,
    cgroupMemoryLimitBytes: limits.memoryBytes,
    isContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
    clockResolutionUs: clockResolution(() => performance.now() * 1e3),
  };
};
