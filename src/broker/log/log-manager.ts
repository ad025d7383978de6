import { basename } from 'node:path';
import { type OffsetsByPartition, readOffsets, writeOffsets } from './checkpoints.ts';
import { type CleaningPlan, planCleaning } from './cleaning-plan.ts';
import { errorCode } from './errors.ts';
import { FIRST_RETENTION_CHECK_MS } from './limits.ts';
import { cleanLog } from './log-cleaner.ts';
import { type LogClock, systemClock } from './log-clock.ts';
import type { KnownOffsets, LogListener } from './log-options.ts';
import type { PartitionLog } from './partition-log.ts';
import { TimeSlice } from './time-slice.ts';

/** What the manager of a data directory is made with. */
export type LogManagerOptions = {
  /** The data directory. */
  readonly directory: string;
  /** `log.retention.check.interval.ms` */
  readonly retentionCheckIntervalMs: number;
  /** `log.cleaner.enable` */
  readonly isCleanerEnabled: boolean;
  /** `log.cleaner.backoff.ms` */
  readonly cleanerBackoffMs: number;
  /** Takes lines for the broker's log. */
  readonly say: (kind: string, line: string) => void;
  /** Replaces the machine's clock, for tests. */
  readonly clock?: LogClock;
};

/**
 * Runs what the logs of a data directory need in the background: retention, compaction, and the checkpoint files (Kafka's
 * `LogManager` and `LogCleaner`). One log is compacted at a time, the dirtiest first.
 */
export class LogManager {
  /** To be given to every log that is opened. */
  readonly listener: LogListener;
  readonly #options: LogManagerOptions;
  readonly #clock: LogClock;
  readonly #known: {
    readonly logStart: OffsetsByPartition;
    readonly recoveryPoint: OffsetsByPartition;
    readonly cleaned: OffsetsByPartition;
  };
  readonly #timers = new Map<'retention' | 'cleaner', () => void>();
  /** Logs that could not be compacted: they are left alone until the next start. */
  readonly #uncleanable = new WeakSet<PartitionLog>();
  #logs: () => Iterable<PartitionLog> = () => [];
  #checkpoint: NodeJS.Immediate | null = null;
  readonly #running = new Map<'retention' | 'cleaner', Promise<void>>();
  #isClosed = false;

  /** Reads the checkpoint files. Throws the file system's errors. */
  constructor(options: LogManagerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { directory } = options;
    this.#known = {
      logStart: readOffsets(directory, 'logStart'),
      recoveryPoint: readOffsets(directory, 'recoveryPoint'),
      cleaned: readOffsets(directory, 'cleaned'),
    };
    this.listener = {
      checkpointDue: () => {
        if (!this.#isClosed) this.#checkpoint ??= setImmediate(() => this.#writeLater());
      },
      failed: (line) => options.say('log', line),
    };
  }

  /** What the checkpoint files tell of the log in a folder; once, so that a new topic of the same name begins at 0. */
  takeKnown(logDirectory: string): KnownOffsets {
    const name = basename(logDirectory);
    const known = {
      logStartOffset: this.#known.logStart.get(name),
      recoveryPoint: this.#known.recoveryPoint.get(name),
      cleanedOffset: this.#known.cleaned.get(name),
    };
    for (const offsets of Object.values(this.#known)) offsets.delete(name);
    return known;
  }

  /** Begins with retention and compaction of these logs, as they are at the time. */
  start(logs: () => Iterable<PartitionLog>): void {
    this.#logs = logs;
    const { retentionCheckIntervalMs, cleanerBackoffMs, isCleanerEnabled } = this.#options;
    this.#later('retention', Math.min(FIRST_RETENTION_CHECK_MS, retentionCheckIntervalMs));
    if (isCleanerEnabled) this.#later('cleaner', cleanerBackoffMs);
  }

  /** Deletes the segments of all logs whose time is over. Never rejects: what a log refuses is said. */
  async checkRetention(): Promise<void> {
    const slice = new TimeSlice();
    for (const log of [...this.#logs()]) {
      if (this.#isClosed) return;
      if (slice.isOver) await slice.rest();
      if (log.isClosed) continue;
      try {
        log.deleteExpired(this.#clock.nowMs());
      } catch (error) {
        this.#options.say(
          'retention',
          `cannot delete old segments of ${log.directory} (${errorCode(error)}): tried again later`,
        );
      }
    }
  }

  /** Compacts the dirtiest log. False when none is dirty enough. Never rejects. */
  async cleanDirtiest(): Promise<boolean> {
    const nowMs = this.#clock.nowMs();
    const found = this.#dirtiest(nowMs);
    if (found === null) return false;
    const { log, plan } = found;
    try {
      const result = await cleanLog(log, plan, nowMs);
      if (result !== null) this.listener.checkpointDue();
    } catch (error) {
      this.#uncleanable.add(log);
      const why = error instanceof Error ? error.message : String(error);
      this.#options.say('cleaner', `cannot compact ${log.directory}: ${why}; it is left alone until the next start`);
    }
    return true;
  }

  /** Writes the checkpoint files that say where logs begin and how far they are compacted and synced. Throws the file system's errors. */
  writeCheckpoints(): void {
    const { directory } = this.#options;
    const logs = [...this.#logs()];
    const started = logs.filter((log) => log.logStartOffset > log.segments.first.baseOffset);
    const entries = (of: readonly PartitionLog[], offset: (log: PartitionLog) => number) =>
      of.map((log) => [log.directory, offset(log)] as const).filter(([, value]) => value > 0);
    writeOffsets(
      directory,
      'logStart',
      entries(started, (log) => log.logStartOffset),
    );
    writeOffsets(
      directory,
      'recoveryPoint',
      entries(logs, (log) => log.recoveryPoint),
    );
    writeOffsets(
      directory,
      'cleaned',
      entries(logs, (log) => log.cleanedOffset),
    );
  }

  /** Ends the work; a compaction under way is given up at its next step. Call it before the logs are closed. */
  stop(): void {
    this.#isClosed = true;
    for (const callOff of this.#timers.values()) callOff();
    this.#timers.clear();
    if (this.#checkpoint !== null) clearImmediate(this.#checkpoint);
  }

  /** After all logs were closed: waits for a compaction to notice, and leaves all checkpoint files, high watermarks included. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all(this.#running.values());
    this.writeCheckpoints();
    const marks = Array.from(this.#logs(), (log) => [log.directory, log.highWatermark] as const);
    writeOffsets(this.#options.directory, 'highWatermark', marks);
  }

  #dirtiest(nowMs: number): { readonly log: PartitionLog; readonly plan: CleaningPlan } | null {
    let dirtiest: { readonly log: PartitionLog; readonly plan: CleaningPlan } | null = null;
    for (const log of this.#logs()) {
      const plan = log.isClosed || this.#uncleanable.has(log) ? null : planCleaning(log, nowMs);
      if (plan !== null && plan.dirtyRatio > (dirtiest?.plan.dirtyRatio ?? -1)) dirtiest = { log, plan };
    }
    return dirtiest;
  }

  #later(what: 'retention' | 'cleaner', delayMs: number): void {
    const run = what === 'retention' ? this.#runRetention : this.#runCleaner;
    this.#timers.set(
      what,
      this.#clock.after(delayMs, () => {
        const done = run().then((nextMs) => {
          if (!this.#isClosed) this.#later(what, nextMs);
        });
        this.#running.set(what, done);
      }),
    );
  }

  readonly #runRetention = async (): Promise<number> => {
    await this.checkRetention();
    return this.#options.retentionCheckIntervalMs;
  };

  readonly #runCleaner = async (): Promise<number> =>
    (await this.cleanDirtiest()) ? 0 : this.#options.cleanerBackoffMs;

  #writeLater(): void {
    this.#checkpoint = null;
    try {
      this.writeCheckpoints();
    } catch (error) {
      this.#options.say(
        'checkpoint',
        `cannot write the checkpoint files of ${this.#options.directory} (${errorCode(error)})`,
      );
    }
  }
}
