/** Whether the load generator, the machine or the target was the limit of a producer test: a pure function of what the meters saw. */

/** Of one producer's thread; shares are of the time from its first to its last record, 0 to 1. */
export type ProducerEvidence = {
  /** On a processor, spinning left out; null where a thread's CPU cannot be read. */
  readonly cpuShare: number | null;
  /** Looking at the clock until a record was due: no work. */
  readonly spinShare: number;
  /** Its event loop had work, spinning left out, whether or not a processor was there. */
  readonly busyShare: number;
  /** It had work and no processor; null where that cannot be told. */
  readonly cpuWaitShare: number | null;
  readonly eventLoopDelayP99Ms: number;
  readonly eventLoopDelayMaxMs: number;
  readonly gcPauseMs: number;
  /** Waiting in send for room in `buffer.memory`. */
  readonly blockedShare: number;
  /** `buffer.memory` was full. */
  readonly memoryFullShare: number;
  /** As many requests as may be were in flight, and there was more to send. */
  readonly inFlightFullShare: number;
};

/** What all meters saw in a producer test; null where one cannot be read. Shares are of the measured time, 0 to 1. */
export type Evidence = {
  readonly elapsedSeconds: number;
  readonly hasSchedule: boolean;
  readonly producers: readonly ProducerEvidence[];
  /** Sends after their due time; null without a schedule. */
  readonly sendLatenessP99Ms: number | null;
  readonly sendLatenessMaxMs: number | null;
  /** Of one processor: the thread that adds up windows and shows them. */
  readonly mainThreadCpuShare: number | null;
  /** Of one processor: the embedded broker's process. */
  readonly brokerCpuShare: number | null;
  readonly processorCount: number;
  /** Of all processors, steal included. */
  readonly machineBusyShare: number | null;
  /** Of all processors: used by processes that are not this program's. A target on this machine is one of them, unless it is the embedded broker. */
  readonly othersCpuShare: number | null;
  /** Of all processors: given to others by the hypervisor. */
  readonly stealShare: number | null;
  /** Of the time: some task of the machine could run and had no processor. */
  readonly cpuPressureShare: number | null;
  /** Of the time: held up by the container's CPU limit. */
  readonly throttledShare: number | null;
};

/** What was the limit. */
export type VerdictKind = 'target-limited' | 'generator-limited' | 'machine-limited' | 'pace-held' | 'undetermined';

/** What was the limit, in one line, and how that is known. */
export type Verdict = { readonly kind: VerdictKind; readonly sentence: string; readonly evidence: Evidence };

/** CPU is counted in steps of 10 ms: over less than this, two steps are a tenth. */
const leastSeconds = 0.2;
/**
 * A thread or a machine with less than a tenth of its time left has nothing to spare: of an event loop's own overhead and the
 * meters' steps about so much is left when it is saturated.
 */
const fullShare = 0.9;
/** Who has more than a tenth to spare was not the limit. */
const spareShare = 0.1;
/** Other processes or the hypervisor that take less than a tenth of a machine cost the load at most about that much. */
const takenShare = 0.1;
/** A container's limit that holds up for more than a twentieth of the time shows in the 95th percentile. */
const throttledTooLong = 0.05;
/** A thread that waits for a processor for a fifth of the time it wants one does a quarter more without that wait. */
const waitRatioTooHigh = 0.2;
/**
 * Node's timers are late by up to 1.1 ms (p99), a stretch of sending takes 0.5 ms, and the end of a window about 1 ms: what is later than
 * this is no accident of the sender's own working.
 */
const lateMs = 5;
/** Waits that hold up more than a hundredth of the time reach the 99th percentile, which is what lateness is judged by. */
const heldUpShare = 0.01;
/** A bound that is reached for more than half of the time is what a record meets. */
const mostOfTheTime = 0.5;
/** A stall worth telling, though nothing was at its limit over the whole. */
const noteworthyShare = 0.05;

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

const meanOf = (producers: readonly ProducerEvidence[], of: (one: ProducerEvidence) => number): number =>
  producers.length === 0 ? 0 : producers.reduce((sum, one) => sum + of(one), 0) / producers.length;

const most = (producers: readonly ProducerEvidence[], of: (one: ProducerEvidence) => number): number =>
  Math.max(0, ...producers.map(of));

/** What the rules are stated in. */
type Findings = {
  readonly busy: number;
  readonly idle: number;
  readonly inFlight: number;
  readonly memory: number;
  /** The longest of the waits for the target. */
  readonly held: number;
  /** Of the time that a producer wanted a processor, the part without one; null where that cannot be told. */
  readonly waitRatio: number | null;
  /** Of all the time, the part in which a producer wanted a processor and had none; 0 where that cannot be told. */
  readonly cpuWait: number;
  readonly isMachineFull: boolean;
  readonly taken: number;
  readonly isLate: boolean;
};

const findingsOf = (evidence: Evidence): Findings => {
  const { producers } = evidence;
  const busy = meanOf(producers, (one) => one.busyShare);
  const inFlight = meanOf(producers, (one) => one.inFlightFullShare);
  const memory = meanOf(producers, (one) => Math.max(one.memoryFullShare, one.blockedShare));
  const ratios = producers.map(({ busyShare, cpuWaitShare }) =>
    cpuWaitShare === null || busyShare === 0 ? null : cpuWaitShare / busyShare,
  );
  const known = ratios.filter((ratio) => ratio !== null);
  return {
    busy,
    idle: 1 - busy,
    inFlight,
    memory,
    held: Math.max(inFlight, memory),
    waitRatio: known.length === 0 ? null : Math.max(...known),
    cpuWait: most(producers, (one) => one.cpuWaitShare ?? 0),
    isMachineFull: (evidence.machineBusyShare ?? 0) >= fullShare,
    taken: (evidence.othersCpuShare ?? 0) + (evidence.stealShare ?? 0),
    isLate: (evidence.sendLatenessP99Ms ?? 0) > lateMs,
  };
};

type Finding = Pick<Verdict, 'kind' | 'sentence'>;

const wholeTime = (evidence: Evidence, { idle }: Findings): string =>
  evidence.producers.length === 1 ? `the sender was idle ${percent(idle)}` : `the senders were idle ${percent(idle)}`;

const target = (evidence: Evidence, found: Findings): Finding => {
  const { inFlight, memory } = found;
  const bound =
    memory > inFlight
      ? `buffer.memory was full ${percent(memory)} of the time`
      : `all requests that may be were in flight ${percent(inFlight)} of the time`;
  const crowd =
    found.isMachineFull && found.taken >= takenShare
      ? `; others took ${percent(found.taken)} of this machine's processors meanwhile, which matters if the target is here`
      : '';
  return {
    kind: 'target-limited',
    sentence: `the target was the limit: ${bound}, ${wholeTime(evidence, found)}${crowd}`,
  };
};

/**
 * Whether the load waited for the target much longer than for processors: then more of them would not have helped it. Of the embedded
 * broker this cannot be said, which has the same processors.
 */
const isTargetsWait = ({ brokerCpuShare }: Evidence, { held, memory, cpuWait, isLate }: Findings): boolean =>
  brokerCpuShare === null && cpuWait < held / 2 && (held >= mostOfTheTime || (isLate && memory >= noteworthyShare));

const generator = (evidence: Evidence, { busy }: Findings): Finding => {
  const { producers, processorCount, machineBusyShare } = evidence;
  const count = producers.length;
  const whose = count === 1 ? 'its thread was' : `its ${count} threads were`;
  // Half a processor to spare is worth another thread.
  const hasRoom = machineBusyShare === null || (1 - machineBusyShare) * processorCount >= 0.5;
  const advice = hasRoom ? `use --producers ${count + 1}` : 'use a machine with more processors, or several';
  return {
    kind: 'generator-limited',
    sentence: `the generator was the limit: ${whose} busy ${percent(busy)} of the time; ${advice}`,
  };
};

const machine = ({ processorCount, machineBusyShare, stealShare }: Evidence, found: Findings): Finding => {
  const whose = processorCount === 1 ? 'its processor was' : `its ${processorCount} processors were`;
  const steal = stealShare !== null && stealShare >= takenShare ? `, ${percent(stealShare)} by the hypervisor` : '';
  const others = `${percent(found.taken)} by others than this program${steal}`;
  const waited =
    found.waitRatio === null ? '' : `; a sender with work had none ${percent(found.waitRatio)} of the time`;
  return {
    kind: 'machine-limited',
    sentence: `the machine was the limit: ${whose} taken ${percent(machineBusyShare ?? 0)} of the time, ${others}${waited}`,
  };
};

/** Whether the machine lacked processors for the load; with a schedule that was kept, only waits that were seen count. */
const machineVerdict = (evidence: Evidence, found: Findings, isKept: boolean): Finding | null => {
  const { throttledShare, stealShare, machineBusyShare } = evidence;
  if (throttledShare !== null && throttledShare >= throttledTooLong && !isKept)
    return {
      kind: 'machine-limited',
      sentence: `the container was the limit: its CPU limit held the load up for ${percent(throttledShare)} of the time; raise it`,
    };
  const isStolen = (stealShare ?? 0) >= takenShare * (machineBusyShare ?? 1);
  const isWaiting = found.waitRatio !== null && found.waitRatio >= waitRatioTooHigh;
  const isTaken = found.taken >= takenShare;
  if (isStolen && !isKept) return machine(evidence, found);
  return found.isMachineFull && (isWaiting || (isTaken && !isKept)) ? machine(evidence, found) : null;
};

/** As fast as possible: something is the limit, and it is whoever has nothing to spare. */
const unpaced = (evidence: Evidence, found: Findings): Finding => {
  if (isTargetsWait(evidence, found)) return target(evidence, found);
  const byMachine = machineVerdict(evidence, found, false);
  if (byMachine !== null) return byMachine;
  if (found.busy >= fullShare) return generator(evidence, found);
  // A sender that is idle waits for the target, as far as one of the client's bounds was reached meanwhile.
  if (found.held >= Math.max(spareShare, found.idle / 2)) return target(evidence, found);
  return {
    kind: 'undetermined',
    sentence: `what was the limit is not clear: ${wholeTime(evidence, found)}, and all requests that may be were in flight only ${percent(found.inFlight)} of the time; settings such as linger.ms, batch.size and transactions make a sender wait`,
  };
};

/** By a schedule: nothing need be the limit. */
const paced = (evidence: Evidence, found: Findings): Finding => {
  const { producers, sendLatenessP99Ms, sendLatenessMaxMs } = evidence;
  if (sendLatenessP99Ms === null || sendLatenessMaxMs === null)
    return { kind: 'undetermined', sentence: 'what was the limit is not known: no record was sent' };
  if (isTargetsWait(evidence, found)) return target(evidence, found);
  const byMachine = machineVerdict(evidence, found, !found.isLate);
  if (byMachine !== null) return byMachine;
  if (found.isLate && found.busy >= fullShare) return generator(evidence, found);
  if (found.held >= mostOfTheTime || (found.isLate && found.memory >= heldUpShare)) return target(evidence, found);
  const sends = `99 % of the sends were at most ${ms(sendLatenessP99Ms)} late, the latest ${ms(sendLatenessMaxMs)}`;
  if (!found.isLate) {
    const stalls =
      found.held >= noteworthyShare
        ? `; all requests that may be were in flight ${percent(found.held)} of the time, when the target was slow`
        : '';
    return { kind: 'pace-held', sentence: `the schedule was kept, and nothing was at its limit: ${sends}${stalls}` };
  }
  const delayMs = most(producers, (one) => one.eventLoopDelayP99Ms);
  if (delayMs > lateMs)
    return {
      kind: 'generator-limited',
      sentence: `the generator was the limit: ${sends}, as its event loop was held up for ${ms(delayMs)} (99th percentile)`,
    };
  return {
    kind: 'undetermined',
    sentence: `the schedule was not kept, and why is not clear: ${sends}, and its threads were busy only ${percent(found.busy)} of the time`,
  };
};

/** Says what was the limit of a producer test. */
export const judge = (evidence: Evidence): Verdict => {
  const { elapsedSeconds, producers, hasSchedule } = evidence;
  if (producers.length === 0)
    return { kind: 'undetermined', sentence: 'what was the limit is not known: no producer came to its end', evidence };
  if (elapsedSeconds < leastSeconds)
    return {
      kind: 'undetermined',
      sentence: `what was the limit is not known: ${elapsedSeconds.toFixed(2)} s are too short to tell`,
      evidence,
    };
  const found = findingsOf(evidence);
  return { ...(hasSchedule ? paced(evidence, found) : unpaced(evidence, found)), evidence };
};
