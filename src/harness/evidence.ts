/** Puts together what the meters of a producer test saw, for the verdict on what was its limit. */
import { availableParallelism } from 'node:os';
import type { ProducerDone } from '../load/messages.ts';
import type { Evidence, ProducerEvidence } from '../measure/verdict.ts';
import type { LatencySummary } from '../results/result.ts';
import type { UsageBetween } from './usage.ts';

const shareOf = (part: number, whole: number): number => (whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0);

const optionalShare = (part: number | null | undefined, whole: number): number | null =>
  part === null || part === undefined ? null : shareOf(part, whole);

/** What a producer says of its own time at its end. */
export type SenderEnd = Pick<ProducerDone, 'thread' | 'spinUs' | 'blocked' | 'limits'>;

/** Evidence of one producer's thread. */
export const producerEvidence = ({ thread, spinUs, blocked, limits }: SenderEnd): ProducerEvidence => {
  const { elapsedSeconds, cpuSeconds, activeSeconds } = thread;
  const spinSeconds = spinUs / 1e6;
  return {
    cpuShare: cpuSeconds === null ? null : shareOf(cpuSeconds - spinSeconds, elapsedSeconds),
    spinShare: shareOf(spinSeconds, elapsedSeconds),
    busyShare: shareOf(activeSeconds - spinSeconds, elapsedSeconds),
    cpuWaitShare: cpuSeconds === null ? null : shareOf(activeSeconds - cpuSeconds, elapsedSeconds),
    eventLoopDelayP99Ms: thread.p99EventLoopDelayMs,
    eventLoopDelayMaxMs: thread.maxEventLoopDelayMs,
    gcPauseMs: thread.gcPauseMs,
    blockedShare: shareOf(blocked.totalUs / 1e6, elapsedSeconds),
    memoryFullShare: shareOf(limits.memoryFullUs / 1e6, elapsedSeconds),
    inFlightFullShare: shareOf(limits.inFlightFullUs / 1e6, elapsedSeconds),
  };
};

/** Evidence of a whole test with producers. */
export const gatherEvidence = (
  dones: readonly SenderEnd[],
  used: UsageBetween,
  sends: { readonly hasSchedule: boolean; readonly latenessMs: LatencySummary | null },
): Evidence => {
  const { elapsedSeconds, machine } = used;
  const allSeconds = machine?.totalSeconds ?? 0;
  const busySeconds = machine === null ? null : machine.totalSeconds - machine.idleSeconds;
  const ownSeconds = used.cpuSeconds + (used.brokerCpuSeconds ?? 0);
  return {
    elapsedSeconds,
    hasSchedule: sends.hasSchedule,
    producers: dones.map(producerEvidence),
    sendLatenessP99Ms: sends.latenessMs?.p99 ?? null,
    sendLatenessMaxMs: sends.latenessMs?.max ?? null,
    mainThreadCpuShare: optionalShare(used.mainThreadCpuSeconds, elapsedSeconds),
    brokerCpuShare: used.brokerCpuSeconds === null ? null : used.brokerCpuSeconds / Math.max(elapsedSeconds, 1e-3),
    processorCount: availableParallelism(),
    machineBusyShare: optionalShare(busySeconds, allSeconds),
    othersCpuShare:
      machine === null || busySeconds === null
        ? null
        : shareOf(busySeconds - machine.stealSeconds - ownSeconds, allSeconds),
    stealShare: optionalShare(machine?.stealSeconds, allSeconds),
    cpuPressureShare: optionalShare(machine?.pressureSeconds, elapsedSeconds),
    throttledShare: optionalShare(used.throttledSeconds, elapsedSeconds),
  };
};
