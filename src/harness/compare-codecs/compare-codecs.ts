/** Compares codecs: trials of all of them in turn, at full speed and then at one rate, each role in a process of its own. */
import { openAdmin } from '../../client/admin.ts';
import { readEnvironment } from '../../measure/environment.ts';
import type { CodecComparison, CodecPace, CodecTrial } from '../../results/codec-result.ts';
import type { ConsumerResult, ProducerResult } from '../../results/result.ts';
import { beginRunRecord, type RunRecord } from '../../results/run-record.ts';
import { type EmbeddedBroker, startEmbeddedBroker } from '../embedded-broker.ts';
import { asTestFailure, TestFailure } from '../failure.ts';
import { systemReason } from '../system-reason.ts';
import { isWarmUpNotOver } from '../warm-up.ts';
import { type CodecPlan, commonRateOf, orderOf } from './plan.ts';
import { recommend } from './recommend.ts';
import { type RoleProcess, startRole } from './role-process.ts';
import { summariseCodecs } from './summarise.ts';
import { type EndedTrial, runTrial, type TrialGround } from './trial.ts';

/** Where a comparison is. */
export type CodecPlace = {
  readonly codec: string;
  readonly pace: CodecPace;
  readonly round: number;
  /** Trials that have ended, of all. */
  readonly done: number;
  readonly total: number;
};

/** Who watches. */
export type CodecObserver = {
  onProgress?(place: CodecPlace, recordsPerSecond: number): void;
  onTrialEnd(trial: CodecTrial): void;
  onNotice(line: string): void;
  onWarning(line: string): void;
  readonly stop: AbortSignal;
};

/** The first trial finds how long values are, and warms the broker and both roles up; seconds at most. */
const mostPilotSeconds = 1;
const pilotRound = 0;
/** A trial writes so much at most, before compression: what it writes is to stay in the page cache. */
const mostTrialBytes = 1024 ** 3;
/** Files of deleted topics leave the disk at once, not in the middle of a later trial. */
const defaultTopicConfig = { 'file.delete.delay.ms': '0' };

/** What was learned on the way. */
type Found = {
  readonly trials: CodecTrial[];
  readonly notes: Set<string>;
  commonRate: number | null;
  producer: ProducerResult | null;
  consumer: ConsumerResult | null;
  failure: string | null;
};

class Comparing {
  readonly found: Found = {
    trials: [],
    notes: new Set(),
    commonRate: null,
    producer: null,
    consumer: null,
    failure: null,
  };
  readonly #plan: CodecPlan;
  readonly #observer: CodecObserver;
  readonly #ground: TrialGround;
  readonly #total: number;
  #brokenReason: string | null = null;
  #topics = 0;
  #mostRecords: number;
  #place: CodecPlace | null = null;

  constructor(
    plan: CodecPlan,
    observer: CodecObserver,
    ground: Omit<TrialGround, 'plan' | 'stop' | 'onProgress' | 'onWarning' | 'onNoLogSize'>,
    broker: EmbeddedBroker | null,
  ) {
    this.#plan = plan;
    this.#observer = observer;
    this.#mostRecords = plan.mostRecords;
    this.#total = 2 * plan.rounds * plan.codecs.length;
    this.#ground = {
      ...ground,
      plan: { ...plan, topicConfig: { ...defaultTopicConfig, ...plan.topicConfig } },
      stop: observer.stop,
      onProgress: (recordsPerSecond) => {
        if (this.#place !== null) observer.onProgress?.(this.#place, recordsPerSecond);
      },
      onWarning: (line) => {
        if (!isWarmUpNotOver(line)) observer.onWarning(line);
        else if (this.#place?.round !== pilotRound)
          this.found.notes.add(
            'Trials ended before their warm-up was over, and their figures are of the whole trial: give more --num-records, or --seconds',
          );
      },
      onNoLogSize: (reason) =>
        this.found.notes.add(`Sizes on disk are not visible from here: the brokers do not tell them (${reason})`),
    };
    void broker?.broken.then((reason) => {
      this.#brokenReason = reason;
    });
  }

  get #isOver(): boolean {
    return this.#observer.stop.aborted || this.found.failure !== null;
  }

  /** All of it. Rejects with a TestFailure when not even the first trial works. */
  async run(): Promise<void> {
    await this.#pilot();
    await this.#rounds('full-speed', null);
    if (this.#isOver) return;
    const summaries = summariseCodecs(this.#plan.codecs, this.found.trials);
    const rates = summaries.flatMap(({ fullSpeed }) => fullSpeed.figures.recordsPerSecond?.median ?? []);
    this.found.commonRate = this.#plan.rate ?? commonRateOf(rates);
    if (this.found.commonRate === null) return;
    await this.#rounds('common-rate', this.found.commonRate);
  }

  async #pilot(): Promise<void> {
    const [codec] = this.#plan.codecs;
    if (codec === undefined) throw new TestFailure('no codec is given', { isUsage: true });
    const ended = await this.#trial(
      'full-speed',
      codec.name,
      pilotRound,
      null,
      Math.min(mostPilotSeconds, this.#plan.seconds),
    );
    if (ended === null) return;
    if (ended.trial.failure !== null) throw new TestFailure(ended.trial.failure);
    const mean = ended.producer?.payload.meanValueBytes ?? 1;
    this.#mostRecords = Math.min(this.#mostRecords, Math.max(1, Math.floor(mostTrialBytes / Math.max(1, mean))));
  }

  async #rounds(pace: CodecPace, rate: number | null): Promise<void> {
    const { plan } = this.#ground;
    for (let round = 1; round <= plan.rounds; round++)
      for (const codec of orderOf(plan.codecs, round)) {
        if (this.#isOver) return;
        const ended = await this.#trial(pace, codec.name, round, rate, plan.seconds);
        if (ended === null) return;
        this.found.trials.push(ended.trial);
        this.#observer.onTrialEnd(ended.trial);
        this.found.failure = this.#brokenReason;
      }
  }

  async #trial(
    pace: CodecPace,
    name: string,
    round: number,
    rate: number | null,
    seconds: number,
  ): Promise<EndedTrial | null> {
    const { plan } = this.#ground;
    const codec = plan.codecs.find((each) => each.name === name);
    if (codec === undefined) return null;
    const isPilot = round === pilotRound;
    if (!isPilot) this.#topics++;
    const topic = `${plan.topicPrefix}-${isPilot ? 'warm-up' : this.#topics}-${name.replace(':', '-')}`;
    this.#place = { codec: name, pace, round, done: this.found.trials.length, total: this.#total };
    const order = { codec, pace, round, topic, rate, seconds, mostRecords: this.#mostRecords };
    // The warm-up is no trial: its topic is kept for nobody.
    const ground = isPilot ? { ...this.#ground, plan: { ...plan, keepsTopics: false } } : this.#ground;
    const ended = await runTrial(ground, order);
    this.found.producer ??= ended?.producer ?? null;
    this.found.consumer ??= ended?.consumer ?? null;
    return ended;
  }
}

/** Before anything runs: what cannot be written is said while it costs nobody minutes. */
const openRecord = (plan: CodecPlan, startedAt: string): RunRecord | null => {
  if (plan.resultsDir === null) return null;
  try {
    return beginRunRecord(plan.resultsDir, {
      command: 'compare-codecs',
      topic: plan.topicPrefix,
      startedAt,
      plan: { argv: plan.argv },
    });
  } catch (error) {
    throw new TestFailure(
      `no run record can be kept in ${plan.resultsDir}: ${systemReason(error)}; give another --results-dir, or --no-record`,
      { cause: error, isUsage: true },
    );
  }
};

const notesOf = (plan: CodecPlan, { notes, trials }: Found): readonly string[] => {
  const isLocal = plan.target.kind === 'embedded';
  const disk = trials.map(({ measured }) => measured?.roles.broker.diskBytesWritten ?? null);
  return [
    ...(isLocal
      ? []
      : [
          'CPU time and disk writes of the brokers are not visible from here; their network is what our own sockets sent and received, without replication, and sizes on disk are those of all replicas together',
        ]),
    ...(isLocal && disk.length > 0 && disk.every((bytes) => bytes === 0)
      ? ['The data directory writes to no disk (tmpfs): give --data-dir on one to see what is written']
      : []),
    ...notes,
  ];
};

const describe = (
  plan: CodecPlan,
  found: Found,
  startedAt: string,
  isInterrupted: boolean,
): Omit<CodecComparison, 'runRecord'> => {
  const codecs = summariseCodecs(plan.codecs, found.trials);
  const { producer, consumer } = found;
  const own = new Set(['compression.type', ...plan.codecs.flatMap(({ properties }) => Object.keys(properties))]);
  const producerSettings = Object.entries(producer?.configuration.client ?? {}).filter(([name]) => !own.has(name));
  return {
    schemaVersion: 1,
    command: 'compare-codecs',
    topic: plan.topicPrefix,
    startedAt,
    elapsedSeconds: (Date.now() - Date.parse(startedAt)) / 1e3,
    target: plan.target.kind === 'cluster' ? plan.target.bootstrapServers : 'a broker of our own',
    source: plan.source,
    rounds: plan.rounds,
    secondsPerTrial: plan.seconds,
    commonRate: found.commonRate,
    payload: producer?.payload ?? null,
    codecs,
    recommendation: recommend(codecs, found.commonRate),
    notes: notesOf(plan, found),
    trials: found.trials,
    isInterrupted,
    failure: found.failure,
    environment: readEnvironment(),
    configuration: {
      plan: {
        argv: plan.argv,
        codecs: plan.codecs.map(({ name }) => name),
        producers: plan.producers,
        consumers: plan.consumers,
        partitions: plan.partitionCount,
        topicConfig: { ...defaultTopicConfig, ...plan.topicConfig },
      },
      producer: Object.fromEntries(producerSettings),
      consumer: consumer?.configuration.client ?? {},
      broker: producer?.configuration.broker ?? null,
    },
  };
};

/**
 * Runs a comparison. Resolves also when it was interrupted or trials failed, with what was measured.
 * Rejects with a TestFailure when the target cannot be used at all, and for wrong usage when no record can be kept. Processes, topics and
 * temporary files are gone when it settles.
 */
export const compareCodecs = async (plan: CodecPlan, observer: CodecObserver): Promise<CodecComparison> => {
  const startedAt = new Date().toISOString();
  const record = openRecord(plan, startedAt);
  const closing: (() => void | Promise<void>)[] = [];
  try {
    const { target } = plan;
    const broker =
      target.kind === 'embedded'
        ? await startEmbeddedBroker(target, observer.onWarning, { stop: observer.stop })
        : null;
    if (broker !== null) closing.push(() => broker.close());
    const bootstrapServers = broker?.bootstrapServers ?? (target.kind === 'cluster' ? target.bootstrapServers : '');
    const [producer, consumer] = await startRoles(broker, closing);
    const admin = openAdmin({ bootstrapServers, properties: plan.producerProperties });
    closing.push(() => admin.close());
    const comparing = new Comparing(
      plan,
      observer,
      { admin, producer, consumer, brokerPid: broker?.pid ?? null },
      broker,
    );
    await comparing.run();
    const isInterrupted = observer.stop.aborted;
    const result: CodecComparison = {
      ...describe(plan, comparing.found, startedAt, isInterrupted),
      runRecord: null,
    };
    if (isInterrupted && result.trials.length === 0) throw new TestFailure('interrupted before the first trial ended');
    return keep(record, result, observer);
  } catch (error) {
    record?.discard();
    throw asTestFailure(error);
  } finally {
    for (const close of closing.toReversed()) await close();
  }
};

const startRoles = async (
  broker: EmbeddedBroker | null,
  closing: (() => void | Promise<void>)[],
): Promise<readonly [producer: RoleProcess, consumer: RoleProcess]> => {
  const starts = [startRole('producer', broker), startRole('consumer', broker)] as const;
  for (const start of starts)
    closing.push(async () => {
      await (await start.catch(() => null))?.close();
    });
  return Promise.all(starts);
};

const keep = (record: RunRecord | null, result: CodecComparison, observer: CodecObserver): CodecComparison => {
  if (record === null) return result;
  try {
    return record.finish(result, {});
  } catch (error) {
    observer.onWarning(`the run record was not kept: ${systemReason(error)}`);
    return result;
  }
};
