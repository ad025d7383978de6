import { describe, expect, test } from 'vitest';
import { type Evidence, judge, type ProducerEvidence, type VerdictKind } from '../../src/measure/verdict.ts';

const calm: ProducerEvidence = {
  cpuShare: 0.2,
  spinShare: 0,
  busyShare: 0.22,
  cpuWaitShare: 0.02,
  eventLoopDelayP99Ms: 1,
  eventLoopDelayMaxMs: 4,
  gcPauseMs: 3,
  blockedShare: 0,
  memoryFullShare: 0,
  inFlightFullShare: 0,
};

const quiet: Evidence = {
  elapsedSeconds: 10,
  hasSchedule: false,
  producers: [calm],
  sendLatenessP99Ms: null,
  sendLatenessMaxMs: null,
  mainThreadCpuShare: 0.01,
  brokerCpuShare: 0.2,
  processorCount: 4,
  machineBusyShare: 0.3,
  othersCpuShare: 0.02,
  stealShare: 0,
  cpuPressureShare: 0.01,
  throttledShare: 0,
};

const onTime = { hasSchedule: true, sendLatenessP99Ms: 1.2, sendLatenessMaxMs: 6 } as const;
const late = { hasSchedule: true, sendLatenessP99Ms: 800, sendLatenessMaxMs: 2000 } as const;
const saturated: Partial<ProducerEvidence> = { cpuShare: 0.97, busyShare: 0.99 };

type Case = readonly [
  name: string,
  run: Partial<Evidence>,
  producer: Partial<ProducerEvidence>,
  kind: VerdictKind,
  says: RegExp,
];

const cases: readonly Case[] = [
  [
    'as fast as possible, its thread saturated',
    {},
    { ...saturated, inFlightFullShare: 0.3 },
    'generator-limited',
    /thread was busy 99 % of the time; use --producers 2$/,
  ],
  [
    'the same where no processor is left for another thread',
    { processorCount: 2, machineBusyShare: 0.88 },
    saturated,
    'generator-limited',
    /use a machine with more processors/,
  ],
  [
    'as fast as possible, all requests in flight',
    {},
    { busyShare: 0.4, inFlightFullShare: 0.97 },
    'target-limited',
    /in flight 97 % of the time, the sender was idle 60 %/,
  ],
  [
    'as fast as possible, idle as long as all requests are in flight',
    {},
    { busyShare: 0.7, inFlightFullShare: 0.35 },
    'target-limited',
    /idle 30 %/,
  ],
  [
    'as fast as possible with a small buffer.memory',
    {},
    { busyShare: 0.3, blockedShare: 0.6, memoryFullShare: 0.65, inFlightFullShare: 0.1 },
    'target-limited',
    /buffer.memory was full 65 % of the time/,
  ],
  [
    'as fast as possible, idle for no reason that was seen',
    {},
    { busyShare: 0.3, inFlightFullShare: 0.05 },
    'undetermined',
    /idle 70 %.* in flight only 5 % .*linger.ms/,
  ],
  [
    'as fast as possible beside a CPU burner',
    { processorCount: 2, machineBusyShare: 0.99, othersCpuShare: 0.4 },
    { cpuShare: 0.6, busyShare: 0.97, cpuWaitShare: 0.37 },
    'machine-limited',
    /2 processors were taken 99 % of the time, 40 % by others.*with work had none 38 %/,
  ],
  [
    'beside a CPU burner that starves the broker more than the sender',
    { processorCount: 2, machineBusyShare: 1, othersCpuShare: 0.5 },
    { busyShare: 0.5, cpuWaitShare: 0.05, inFlightFullShare: 0.95 },
    'machine-limited',
    /50 % by others/,
  ],
  [
    'with more threads of its own than processors',
    { processorCount: 2, machineBusyShare: 0.99, othersCpuShare: 0.01 },
    { cpuShare: 0.6, busyShare: 0.97, cpuWaitShare: 0.37 },
    'machine-limited',
    /1 % by others/,
  ],
  [
    'beside a process that leaves processors free',
    { processorCount: 4, machineBusyShare: 0.7, othersCpuShare: 0.25 },
    saturated,
    'generator-limited',
    /use --producers 2/,
  ],
  [
    'where the hypervisor took a part',
    { machineBusyShare: 0.8, stealShare: 0.25 },
    saturated,
    'machine-limited',
    /25 % by the hypervisor/,
  ],
  [
    'in a container at its CPU limit',
    { throttledShare: 0.4 },
    { busyShare: 0.6 },
    'machine-limited',
    /CPU limit held the load up for 40 % of the time; raise it/,
  ],
  [
    'on a schedule that was kept',
    onTime,
    {},
    'pace-held',
    /99 % of the sends were at most 1.2 ms late, the latest 6.0 ms/,
  ],
  [
    'on a schedule that was kept by spinning',
    onTime,
    { cpuShare: 0.2, busyShare: 0.21, spinShare: 0.78 },
    'pace-held',
    /nothing was at its limit/,
  ],
  [
    'on a schedule that was kept while the target stalled at times',
    onTime,
    { inFlightFullShare: 0.1 },
    'pace-held',
    /in flight 10 % of the time, when the target was slow/,
  ],
  [
    'on a schedule that was kept, with requests waiting for a slow target',
    onTime,
    { inFlightFullShare: 0.97 },
    'target-limited',
    /in flight 97 %/,
  ],
  [
    'on a schedule, late as send waited for buffer.memory',
    late,
    { blockedShare: 0.3, memoryFullShare: 0.3, inFlightFullShare: 0.25 },
    'target-limited',
    /buffer.memory was full 30 %/,
  ],
  ['on a schedule that its thread cannot keep', late, saturated, 'generator-limited', /use --producers 2/],
  [
    'on a schedule, late beside a CPU burner',
    { ...late, processorCount: 2, machineBusyShare: 1, othersCpuShare: 0.6 },
    {},
    'machine-limited',
    /60 % by others/,
  ],
  [
    'on a schedule that was kept while the load waited for processors',
    { ...onTime, processorCount: 2, machineBusyShare: 1, othersCpuShare: 0.6 },
    { busyShare: 0.4, cpuWaitShare: 0.2 },
    'machine-limited',
    /with work had none 50 %/,
  ],
  [
    'held up by a cluster, on a machine that is crowded',
    { ...late, brokerCpuShare: null, processorCount: 2, machineBusyShare: 1, othersCpuShare: 0.9 },
    { inFlightFullShare: 0.98, busyShare: 0.09, cpuWaitShare: 0.05 },
    'target-limited',
    /requests that may be were in flight 98 %.*others took 90 % of this machine's processors/,
  ],
  [
    'held up by a cluster that stood still a while, on a machine that is crowded',
    { ...late, brokerCpuShare: null, processorCount: 2, machineBusyShare: 1, othersCpuShare: 0.9 },
    { blockedShare: 0.48, busyShare: 0.09, cpuWaitShare: 0.05 },
    'target-limited',
    /buffer\.memory was full 48 %/,
  ],
  [
    'held up by an embedded broker, which has the crowded processors too',
    { ...late, brokerCpuShare: 0.3, processorCount: 2, machineBusyShare: 1, othersCpuShare: 0.9 },
    { inFlightFullShare: 0.98, busyShare: 0.2, cpuWaitShare: 0.1 },
    'machine-limited',
    /90 % by others/,
  ],
  [
    'on a schedule that was kept on a machine that is busy with the target',
    { ...onTime, processorCount: 2, machineBusyShare: 0.95, othersCpuShare: 0.5 },
    {},
    'pace-held',
    /the schedule was kept/,
  ],
  [
    'on a schedule, late as its event loop was held up',
    late,
    { eventLoopDelayP99Ms: 120 },
    'generator-limited',
    /event loop was held up for 120 ms/,
  ],
  ['on a schedule, late for no reason that was seen', late, {}, 'undetermined', /not kept, and why is not clear/],
  ['on a schedule without a send', { hasSchedule: true }, {}, 'undetermined', /no record was sent/],
  ['of a few milliseconds', { elapsedSeconds: 0.05 }, saturated, 'undetermined', /0.05 s are too short/],
];

describe('the verdict on a run', () => {
  test.each(cases)('%s', (_, run, producer, kind, says) => {
    const evidence = { ...quiet, ...run, producers: [{ ...calm, ...producer }] };
    const verdict = judge(evidence);
    expect([verdict.kind, verdict.sentence]).toEqual([kind, expect.stringMatching(says)]);
    expect(verdict.evidence).toBe(evidence);
  });

  test('is the same where neither threads nor the machine can be read, as far as it can be known', () => {
    const unread = { machineBusyShare: null, othersCpuShare: null, stealShare: null, throttledShare: null };
    const blind = { ...quiet, ...unread, mainThreadCpuShare: null, brokerCpuShare: null, cpuPressureShare: null };
    const thread = { ...calm, cpuShare: null, cpuWaitShare: null };
    expect(judge({ ...blind, producers: [{ ...thread, busyShare: 0.99 }] }).kind).toBe('generator-limited');
    expect(judge({ ...blind, producers: [{ ...thread, inFlightFullShare: 0.9 }] }).kind).toBe('target-limited');
    expect(judge({ ...blind, ...onTime, producers: [thread] }).kind).toBe('pace-held');
  });

  test('counts all producers', () => {
    const producers = [
      { ...calm, busyShare: 0.98 },
      { ...calm, busyShare: 0.96 },
    ];
    expect(judge({ ...quiet, producers }).sentence).toMatch(/2 threads were busy 97 % of the time; use --producers 3/);
    expect(judge({ ...quiet, producers: [] }).kind).toBe('undetermined');
  });
});
