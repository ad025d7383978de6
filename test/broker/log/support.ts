import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LogClock } from '../../../src/broker/log/log-clock.ts';
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../../src/broker/log/log-config.ts';
import type { PartitionLogOptions } from '../../../src/broker/log/log-options.ts';
import type { LogRead } from '../../../src/broker/log/log-read.ts';
import { createLogResources, type LogResources } from '../../../src/broker/log/log-resources.ts';
import { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import { segmentFileName } from '../../../src/broker/log/segment-files.ts';
import { batchLastOffset, batchSizeBytes, encodeRecordBatch } from '../../../src/protocol/record-batch.ts';
import { type Slab, SlabPool } from '../../../src/protocol/slab.ts';

/** A folder that is removed when the test is over. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A batch of `recordCount` records of `valueBytes` bytes, the first at `timestampMs`, each next one a millisecond later. */
export const makeBatch = (recordCount: number, valueBytes: number, timestampMs = 1_700_000_000_000): Buffer =>
  encodeRecordBatch(
    Array.from({ length: recordCount }, (_, index) => ({
      timestampMs: timestampMs + index,
      key: null,
      value: Buffer.alloc(valueBytes, index + recordCount),
    })),
  );

/** A batch of records with keys, a null value for a tombstone, all at `timestampMs`. */
export const keyedBatch = (
  records: readonly (readonly [key: string, value: string | null])[],
  timestampMs = 1_700_000_000_000,
  header: Parameters<typeof encodeRecordBatch>[1] = {},
): Buffer =>
  encodeRecordBatch(
    records.map(([key, value]) => ({
      timestampMs,
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
    })),
    header,
  );

/** A clock that stands still until it is moved. */
export class ManualClock implements LogClock {
  now: number;
  #tasks: { readonly atMs: number; readonly task: () => void }[] = [];

  constructor(now = 1_700_000_000_000) {
    this.now = now;
  }

  nowMs(): number {
    return this.now;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { atMs: this.now + delayMs, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((each) => each !== entry);
    };
  }

  /** Tasks that wait. */
  get waitingCount(): number {
    return this.#tasks.length;
  }

  /** Moves the clock on and runs what became due. */
  pass(ms: number): void {
    this.now += ms;
    const due = this.#tasks.filter(({ atMs }) => atMs <= this.now);
    this.#tasks = this.#tasks.filter(({ atMs }) => atMs > this.now);
    for (const { task } of due) task();
  }
}

const slabPool = new SlabPool({ slabBytes: 256 * 1024, maxFreeBytes: 0 });

/** Puts batches into one fresh slab, as a socket would, and stages them. Returns the slab, which only the log still holds. */
export const stageTogether = (log: PartitionLog, batches: readonly Buffer[], gapBytes = 40): Slab => {
  const size = batches.reduce((sum, batch) => sum + batch.length + gapBytes, 0);
  const slab = slabPool.take(size);
  let at = 0;
  for (const batch of batches) {
    at += gapBytes;
    batch.copy(slab.bytes, at);
    log.stage(slab, at, at + batch.length);
    at += batch.length;
  }
  slab.release();
  return slab;
};

/** Appends each batch with a flush of its own. */
export const append = (log: PartitionLog, ...batches: readonly Buffer[]): void => {
  for (const batch of batches) {
    stageTogether(log, [batch]);
    log.flush();
  }
};

/** Opens a log in `directory`; without a tail cache unless the resources are given. */
export const openLog = (
  directory: string,
  options: Partial<PartitionLogOptions> & {
    readonly settings?: Partial<LogConfig>;
    readonly resources?: LogResources;
  } = {},
): PartitionLog => {
  const { settings, resources = createLogResources({ tailCacheBytes: 0 }), ...rest } = options;
  const config = { ...DEFAULT_LOG_CONFIG, ...settings };
  const log = PartitionLog.open({ directory, config, isCleanStart: true, ...resources, ...rest });
  onTestFinished(() => log.close());
  return log;
};

/** The bytes of a read, copied, and the read released. */
export const readBytes = async (
  log: PartitionLog,
  offset: number,
  maxBytes: number,
  minOneBatch = true,
): Promise<Buffer> => take(await log.read(offset, maxBytes, minOneBatch));

/** Copies what was read and releases it. */
export const take = (read: LogRead): Buffer => {
  const bytes = Buffer.concat(read.slices);
  read.release();
  return bytes;
};

/** All bytes from `offset` to the high watermark, by as many reads as it takes. */
export const readToEnd = async (log: PartitionLog, offset: number, maxBytes: number): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let next = offset;
  while (next < log.highWatermark) {
    const bytes = await readBytes(log, next, maxBytes);
    if (bytes.length === 0) throw new Error(`nothing at offset ${next}`);
    parts.push(bytes);
    for (let at = 0; at < bytes.length; at += batchSizeBytes(bytes, at)) next = batchLastOffset(bytes, at) + 1;
  }
  return Buffer.concat(parts);
};

/** The content of a segment's file. */
export const segmentBytes = (
  directory: string,
  baseOffset: number,
  suffix: '.log' | '.index' | '.timeindex' = '.log',
): Buffer => readFileSync(join(directory, segmentFileName(baseOffset, suffix)));
