/** Meters over the measured stretch of a test: this process, the embedded broker's, and the machine. */
import { throttledSeconds } from '../measure/cgroup.ts';
import { type MachineCpu, machineCpu } from '../measure/machine.ts';
import {
  type CpuTime,
  cpuOfThisThread,
  cpuSecondsBetween,
  ioOfProcess,
  type ProcessIo,
  peakRssBytes,
  processCpu,
  type ThreadReport,
} from '../measure/resources.ts';
import type { Environment, GeneratorUsage } from '../results/result.ts';
import type { Session } from './session.ts';

/** Readings at the start and the end of the measured stretch. */
export type UsageReading = {
  /** On the run's clock, microseconds. */
  readonly atUs: number;
  readonly cpu: CpuTime;
  /** Of the thread that adds up windows and shows them. */
  readonly mainThreadCpu: CpuTime | null;
  readonly brokerCpu: CpuTime | null;
  readonly brokerSettings: Readonly<Record<string, string>> | null;
  readonly io: ProcessIo | null;
  readonly brokerIo: ProcessIo | null;
  readonly machine: MachineCpu | null;
  readonly throttledSeconds: number | null;
};

/** Reads the meters of this process, the broker's process and the machine. */
export const readUsage = async (session: Session): Promise<UsageReading> => {
  const broker = (await session.broker?.usage()) ?? null;
  return {
    atUs: session.nowUs(),
    cpu: processCpu(),
    mainThreadCpu: cpuOfThisThread(),
    brokerCpu: broker?.cpu ?? null,
    brokerSettings: broker?.settings ?? null,
    io: ioOfProcess('self'),
    brokerIo: session.broker === null ? null : ioOfProcess(session.broker.pid),
    machine: machineCpu(),
    throttledSeconds: throttledSeconds(),
  };
};

const difference = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : to - from;

const cpuBetween = (from: CpuTime | null, to: CpuTime | null): number | null =>
  from === null || to === null ? null : cpuSecondsBetween(from, to);

/** What was used between two readings, seconds; null where it cannot be read. */
export type UsageBetween = {
  readonly elapsedSeconds: number;
  readonly cpuSeconds: number;
  readonly mainThreadCpuSeconds: number | null;
  readonly brokerCpuSeconds: number | null;
  readonly machine: MachineCpu | null;
  readonly throttledSeconds: number | null;
};

/** The difference of two readings. */
export const usageBetween = (from: UsageReading, to: UsageReading): UsageBetween => ({
  elapsedSeconds: (to.atUs - from.atUs) / 1e6,
  cpuSeconds: cpuSecondsBetween(from.cpu, to.cpu),
  mainThreadCpuSeconds: cpuBetween(from.mainThreadCpu, to.mainThreadCpu),
  brokerCpuSeconds: cpuBetween(from.brokerCpu, to.brokerCpu),
  machine:
    from.machine === null || to.machine === null
      ? null
      : {
          totalSeconds: to.machine.totalSeconds - from.machine.totalSeconds,
          idleSeconds: to.machine.idleSeconds - from.machine.idleSeconds,
          stealSeconds: to.machine.stealSeconds - from.machine.stealSeconds,
          pressureSeconds: difference(from.machine.pressureSeconds, to.machine.pressureSeconds),
        },
  throttledSeconds: difference(from.throttledSeconds, to.throttledSeconds),
});

/** What the load cost between two readings. */
export type UsageSummary = {
  readonly generator: GeneratorUsage;
  readonly brokerCpuSeconds: number | null;
  /** The session's environment with what the machine took away meanwhile. */
  readonly environment: Environment;
};

/** Sums up two readings and the workers' own reports. */
export const summariseUsage = (
  session: Session,
  from: UsageReading,
  to: UsageReading,
  threads: readonly ThreadReport[],
): UsageSummary => {
  const used = usageBetween(from, to);
  return {
    generator: {
      cpuSeconds: used.cpuSeconds,
      peakRssBytes: peakRssBytes(),
      maxEventLoopDelayMs: Math.max(0, ...threads.map((thread) => thread.maxEventLoopDelayMs)),
      gcPauseMs: threads.reduce((sum, thread) => sum + thread.gcPauseMs, 0),
    },
    brokerCpuSeconds: used.brokerCpuSeconds,
    environment: {
      ...session.environment,
      stealSeconds: used.machine?.stealSeconds ?? null,
      cgroupThrottledSeconds: used.throttledSeconds,
    },
  };
};
