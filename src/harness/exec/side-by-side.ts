/** Runs several load generators in turn against one target, each trial on a fresh topic, and gathers what they did. */
import { totalmem } from 'node:os';
import { readTopicSpan, type TopicSpan } from '../../client/admin/topic-span.ts';
import { deleteTopic } from '../../client/admin/topics.ts';
import { type Admin, openAdmin } from '../../client/admin.ts';
import { readEnvironment } from '../../measure/environment.ts';
import { cpuOfProcess, cpuSecondsBetween } from '../../measure/resources.ts';
import type { AbsentTool, SideBySideResult, SideBySideTrial } from '../../results/side-by-side-result.ts';
import { type EmbeddedBroker, startEmbeddedBroker } from '../embedded-broker.ts';
import { asTestFailure, messageOf, TestFailure } from '../failure.ts';
import type { TestObserver } from '../observer.ts';
import { producedOutside } from './external-documents.ts';
import { ExternalToolError } from './external-tool.ts';
import { runTool, type ToolTrial } from './run-tool.ts';
import { type Comparison, embeddedTool, sideBySideTargets } from './side-by-side-cases.ts';
import { type Entry, entriesOf, loadOf, type SideBySidePlan } from './side-by-side-plan.ts';
import { spillwayTool } from './spillway-tool.ts';

/** A target that is up. */
type Target = {
  readonly bootstrapServers: string;
  readonly admin: Admin;
  /** Seconds so far; null where it cannot be read. */
  brokerCpuSeconds(): Promise<number | null>;
};

/** Consumers read a topic of so many bytes at most: it is to stay in the page cache. */
const mostTopicBytes = totalmem() / 4;
/** Records that consumers are given for each second asked for, by the bytes of a record: about what the faster ones read. */
const readBytesPerSecond = 300 * 1024 ** 2;
const mostPilots = 4;
const pilotGrowth = 6;
/** A topic's deleted files leave the disk this soon. */
const topicConfig = { 'file.delete.delay.ms': '1000' };

const cpuOfProcesses = (pids: readonly number[]): number | null => {
  const times = pids.map(cpuOfProcess);
  const nothing = { userUs: 0, systemUs: 0 };
  if (times.length === 0 || times.includes(null)) return null;
  return times.reduce((sum, time) => sum + cpuSecondsBetween(nothing, time ?? nothing), 0);
};

const brokerTarget = (broker: EmbeddedBroker): Target => ({
  bootstrapServers: broker.bootstrapServers,
  admin: openAdmin({ bootstrapServers: broker.bootstrapServers, properties: {} }),
  brokerCpuSeconds: () => Promise.resolve(cpuOfProcesses([broker.pid])),
});

const clusterTarget = (bootstrapServers: string, plan: SideBySidePlan): Target => ({
  bootstrapServers,
  admin: openAdmin({ bootstrapServers, properties: plan.properties }),
  brokerCpuSeconds: () => Promise.resolve(cpuOfProcesses(plan.brokerPids)),
});

class SideBySide {
  readonly #plan: SideBySidePlan;
  readonly #observer: TestObserver;
  readonly #target: Target;
  readonly #embedded: Target | null;
  readonly trials: SideBySideTrial[] = [];
  readonly absent: AbsentTool[] = [];
  readonly versions = new Map<string, string | null>();
  readonly notes = new Set<string>();
  #topics = 0;

  constructor(plan: SideBySidePlan, observer: TestObserver, target: Target, embedded: Target | null) {
    this.#plan = plan;
    this.#observer = observer;
    this.#target = target;
    this.#embedded = embedded;
  }

  /** All rounds of a case, generators in turn; a round begins with the next one, so that none always follows the same. */
  async compare(one: Comparison): Promise<void> {
    const entries = entriesOf(this.#plan, one, this.absent);
    const isProducer = one.kind === 'producer';
    const filled = isProducer || entries.length === 0 ? null : await this.#fill(one);
    try {
      const counts = new Map<string, number>();
      for (let round = 0; round <= this.#plan.rounds; round++) {
        const turn = entries.length === 0 ? 0 : round % entries.length;
        for (const entry of [...entries.slice(turn), ...entries.slice(0, turn)]) {
          if (this.#observer.stop.aborted) return;
          if (round === 0) counts.set(entry.name, isProducer ? await this.#pilot(one, entry) : (filled?.records ?? 0));
          const records = counts.get(entry.name) ?? 0;
          if (records === 0 || round === 0) continue;
          const trial = await this.#trial(one, entry, records, round, filled?.topic ?? null);
          if (trial !== null) this.#keep(trial);
        }
      }
    } finally {
      if (filled !== null) await this.#remove(this.#target, filled.topic);
    }
  }

  #keep(trial: SideBySideTrial): void {
    this.trials.push(trial);
    const { caseName, tool, round, failure, outsideRecordsPerSecond, recordsPerSecond } = trial;
    const rate = outsideRecordsPerSecond ?? recordsPerSecond;
    const found = failure ?? (rate === null ? 'no rate' : `${Math.round(rate)} records/s`);
    this.#observer.onNotice(`${caseName}, round ${round} of ${this.#plan.rounds}, ${tool}: ${found}`);
  }

  /** Finds how many records take about the time that was asked for; 0 when the generator cannot do it. A run that fails is kept, as round 0. */
  async #pilot(one: Comparison, entry: Entry): Promise<number> {
    const { seconds } = this.#plan;
    let records = one.pilotRecords;
    for (let attempt = 1; ; attempt++) {
      const trial = await this.#trial(one, entry, records, 0, null);
      if (trial === null || this.#observer.stop.aborted) return 0;
      const rate = trial.outsideRecordsPerSecond ?? trial.recordsPerSecond;
      if (trial.failure !== null || rate === null) {
        const failure = trial.failure ?? 'it says no rate';
        this.trials.push({ ...trial, failure });
        this.#observer.onWarning(
          `${one.name}: ${entry.name} failed in its sizing run, and is left out of the rounds: ${failure}`,
        );
        return 0;
      }
      // A short trial tells of the start: another one, longer.
      if (records / rate >= seconds / 4 || attempt === mostPilots) return Math.ceil(rate * seconds);
      records = Math.ceil(Math.min(records * pilotGrowth, (rate * seconds) / 2));
    }
  }

  async #trial(
    one: Comparison,
    { name, tool }: Entry,
    records: number,
    round: number,
    filledTopic: string | null,
  ): Promise<SideBySideTrial | null> {
    const target = name === embeddedTool && this.#embedded !== null ? this.#embedded : this.#target;
    const topic = filledTopic ?? (await this.#make(target));
    try {
      const before = await target.brokerCpuSeconds();
      const done = await runTool(tool, loadOf(this.#plan, one, { ...target, topic }, records), {
        kafkaHome: this.#plan.kafkaHome,
        stop: this.#observer.stop,
        ...(one.kind === 'producer'
          ? { countRecords: async () => (await readTopicSpan(target.admin.access, topic, 0)).endOffset }
          : {}),
      });
      const after = await target.brokerCpuSeconds();
      if (this.#observer.stop.aborted) return null;
      this.versions.set(name, done.version);
      for (const note of done.notes) this.notes.add(note);
      const span = one.kind === 'producer' ? await readTopicSpan(target.admin.access, topic, 0) : null;
      const used = before === null || after === null ? null : after - before;
      return describeTrial({ caseName: one.name, tool: name, round, topic, asked: records }, done, span, used);
    } catch (error) {
      if (!(error instanceof ExternalToolError)) throw error;
      this.absent.push({ tool: name, caseName: one.name, reason: error.message });
      this.#observer.onWarning(`${one.name}: ${error.message}`);
      return null;
    } finally {
      if (filledTopic === null) await this.#remove(target, topic);
    }
  }

  /** Writes the topic that all consumers of a case read. */
  async #fill(one: Comparison): Promise<{ readonly topic: string; readonly records: number }> {
    const bytes = Math.min(mostTopicBytes, readBytesPerSecond * this.#plan.seconds);
    const records = Math.ceil(bytes / one.recordBytes);
    const topic = await this.#make(this.#target);
    this.#observer.onNotice(`${one.name}: filling a topic with ${records} records`);
    const writer: Comparison = {
      ...one,
      kind: 'producer',
      properties: { acks: '1', 'enable.idempotence': 'false', 'batch.size': '65536', 'linger.ms': '5' },
    };
    const load = loadOf(this.#plan, writer, { ...this.#target, topic }, records);
    const { failure } = await runTool(spillwayTool('native'), load, { kafkaHome: null, stop: this.#observer.stop });
    if (failure === null) return { topic, records };
    await this.#remove(this.#target, topic);
    throw new TestFailure(`filling a topic for ${one.name} failed: ${failure}`);
  }

  async #make({ admin }: Target): Promise<string> {
    this.#topics++;
    const topic = `${this.#plan.topicPrefix}-${this.#topics}`;
    await admin.createTopic(topic, this.#plan.partitionCount, -1, topicConfig);
    return topic;
  }

  async #remove({ admin }: Target, topic: string): Promise<void> {
    try {
      await deleteTopic(admin.access, topic);
    } catch (error) {
      this.#observer.onWarning(`topic ${topic} is left behind: ${messageOf(error)}`);
    }
  }
}

/** One trial's figures. */
const describeTrial = (
  head: Pick<SideBySideTrial, 'caseName' | 'tool' | 'round' | 'topic'> & { readonly asked: number },
  { figures, end, failure }: ToolTrial,
  span: TopicSpan | null,
  brokerCpuSeconds: number | null,
): SideBySideTrial => {
  const { asked, ...rest } = head;
  const nothing: TopicSpan = { endOffset: 0, firstTimestampMs: null, lastTimestampMs: null };
  const outside = span === null ? null : producedOutside(nothing, span, end.startedAtMs);
  const records = figures?.records ?? null;
  const done = outside?.records ?? records ?? 0;
  const perRecord = (seconds: number | null): number | null =>
    seconds === null || done === 0 ? null : (seconds * 1e6) / done;
  // Consumers by the time of their fetches, where they tell it: joining a group is not what is compared.
  const fetchMs = figures?.fetchTimeMs ?? null;
  const byFetches = fetchMs !== null && fetchMs > 0 && records !== null ? records / (fetchMs / 1e3) : null;
  const tooFew = done < asked ? `${done} of ${asked} records` : null;
  return {
    ...rest,
    records,
    recordsPerSecond: byFetches ?? figures?.recordsPerSecond ?? null,
    mebibytesPerSecond: figures?.mebibytesPerSecond ?? null,
    outsideRecordsPerSecond: outside?.recordsPerSecond ?? null,
    wallSeconds: end.wallSeconds,
    cpuUsPerRecord: perRecord(end.cpuSeconds),
    peakRssBytes: end.peakRssBytes,
    brokerCpuUsPerRecord: perRecord(brokerCpuSeconds),
    latencyMs: figures?.latencyMs == null ? null : { p50: figures.latencyMs.p50, p99: figures.latencyMs.p99 },
    secondsToFirstRecord: outside?.secondsToFirstRecord ?? null,
    failure: failure ?? tooFew,
  };
};

/**
 * Runs all cases. Resolves also when it was interrupted, with the trials until then. Rejects with a TestFailure when the target refuses.
 * Nothing that was started or made is left behind.
 */
export const runSideBySide = async (plan: SideBySidePlan, observer: TestObserver): Promise<SideBySideResult> => {
  const startedAt = new Date().toISOString();
  const needsEmbedded =
    plan.bootstrapServers === null || plan.comparisons.some(({ tools }) => tools.includes(embeddedTool));
  const broker = needsEmbedded
    ? await startEmbeddedBroker({ dataDir: null, brokerConfig: {} }, observer.onWarning, { stop: observer.stop })
    : null;
  const embedded = broker === null ? null : brokerTarget(broker);
  const cluster = plan.bootstrapServers === null ? null : clusterTarget(plan.bootstrapServers, plan);
  const target = cluster ?? embedded;
  try {
    if (target === null) throw new TestFailure('there is no target');
    const run = new SideBySide(plan, observer, target, embedded);
    for (const one of plan.comparisons) if (!observer.stop.aborted) await run.compare(one);
    const names = new Set(plan.comparisons.map(({ name }) => name));
    return {
      schemaVersion: 1,
      command: 'side-by-side',
      startedAt,
      target: plan.bootstrapServers ?? 'a broker of our own',
      rounds: plan.rounds,
      seconds: plan.seconds,
      versions: Object.fromEntries(run.versions),
      environment: readEnvironment(),
      cases: plan.comparisons.map(({ tools: _, pilotRecords: __, ...one }) => one),
      trials: run.trials,
      targets: sideBySideTargets.filter(({ caseName }) => names.has(caseName)),
      absent: run.absent,
      notes: [...run.notes],
      isInterrupted: observer.stop.aborted,
    };
  } catch (error) {
    throw asTestFailure(error);
  } finally {
    cluster?.admin.close();
    embedded?.admin.close();
    await broker?.close();
  }
};
