/** What the log leaves on disk, also after compaction, retention and recovery, is right in the eyes of Kafka's DumpLogSegments. */
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planCleaning } from '../../src/broker/log/cleaning-plan.ts';
import { cleanLog } from '../../src/broker/log/log-cleaner.ts';
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../src/broker/log/log-config.ts';
import { createLogResources } from '../../src/broker/log/log-resources.ts';
import { PartitionLog } from '../../src/broker/log/partition-log.ts';
import { encodeRecordBatch, sealBatch } from '../../src/protocol/record-batch.ts';
import { SlabPool } from '../../src/protocol/slab.ts';
import { runCoreTool } from './real-kafka.ts';
import { lines, needs, temporaryDirectory } from './support.ts';

const NOW = 1_700_000_000_000;
const slabs = new SlabPool({ slabBytes: 64 * 1024, maxFreeBytes: 0 });

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(async () => {
  await directory?.remove();
});

const openLog = (folder: string, settings: Partial<LogConfig>, isCleanStart = true): PartitionLog =>
  PartitionLog.open({
    directory: path.join(directory.path, folder),
    config: { ...DEFAULT_LOG_CONFIG, ...settings },
    ...createLogResources({ tailCacheBytes: 0 }),
    isCleanStart,
  });

const append = (log: PartitionLog, batch: Buffer): void => {
  const slab = slabs.take(batch.length);
  batch.copy(slab.bytes);
  log.stage(slab, 0, batch.length);
  slab.release();
  log.flush();
};

/** Record `index` of a history over 40 keys: times go back and forth, every ninth record is a tombstone. */
const record = (index: number) => ({
  timestampMs: NOW + ((index * 7919) % 1000) * 10,
  key: Buffer.from(`key-${(index * 31) % 40}`),
  value: index % 9 === 0 ? null : Buffer.from(`value-${index}-${'v'.repeat(index % 50)}`),
});

const fill = (log: PartitionLog, batchCount: number): void => {
  for (let batch = 0; batch < batchCount; batch++) {
    const producer = batch % 5 === 0 ? { producerId: 1000 + batch, producerEpoch: 0, baseSequence: 0 } : {};
    const bytes = encodeRecordBatch(
      Array.from({ length: 1 + (batch % 4) }, (_, index) => record(batch * 4 + index)),
      producer,
    );
    append(log, batch % 7 === 0 ? gzip(bytes) : bytes);
  }
};

const gzip = (batch: Buffer): Buffer => {
  const packed = Buffer.concat([batch.subarray(0, 61), gzipSync(batch.subarray(61))]);
  packed.writeInt32BE(packed.length - 12, 8);
  packed.writeInt16BE(1, 21);
  sealBatch(packed, 0, packed.length);
  return packed;
};

/** Has Kafka look at all files of a log; the lines that tell of something wrong. */
const kafkaComplains = async (folder: string): Promise<string[]> => {
  const where = path.join(directory.path, folder);
  const names = readdirSync(where);
  const files = (pattern: RegExp) =>
    names
      .filter((name) => pattern.test(name))
      .map((name) => path.join(where, name))
      .join(',');
  const indexes = files(/index$/);
  const sanity = await runCoreTool('kafka.tools.DumpLogSegments', ['--index-sanity-check', '--files', indexes]);
  const verified = await runCoreTool('kafka.tools.DumpLogSegments', ['--verify-index-only', '--files', indexes]);
  const deep = await runCoreTool('kafka.tools.DumpLogSegments', ['--deep-iteration', '--files', files(/\.log$/)]);
  const passed = lines(sanity.stdout).filter((line) => /(passed sanity check|is empty)\.$/.test(line));
  expect(passed).toHaveLength(indexes.split(',').length);
  expect(lines(deep.stdout).filter((line) => /^\| offset: \d+/.test(line)).length).toBeGreaterThan(30);
  return [sanity, verified, deep]
    .flatMap(({ stdout, stderr }) => [...lines(stdout), ...lines(stderr)])
    .filter((line) =>
      /mismatch|out of order|isvalid: false|exception|error|corrupt|could not|index offset/i.test(line),
    );
};

const SETTINGS = {
  segmentBytes: 4000,
  indexIntervalBytes: 300,
  isCompacted: true,
  isDeleted: false,
  minCleanableDirtyRatio: 0,
};

test('a log that was appended to and closed', async (context) => {
  needs(context, 'java', 'mvn');
  const log = openLog('plain-0', { segmentBytes: 4000, indexIntervalBytes: 300 });
  fill(log, 120);
  log.close();
  expect(await kafkaComplains('plain-0')).toEqual([]);
});

test('a compacted log, its small segments merged', async (context) => {
  needs(context, 'java', 'mvn');
  const log = openLog('compacted-0', { ...SETTINGS, segmentBytes: 1500, deleteRetentionMs: 1000 });
  for (const nowMs of [NOW, NOW + 100_000]) {
    fill(log, 120);
    const plan = planCleaning(log, nowMs);
    if (plan === null) throw new Error('there is nothing to clean');
    await cleanLog(log, plan, nowMs);
  }
  log.reconfigure({ ...log.config, retentionBytes: log.sizeBytes() - 1500, isDeleted: true, retentionMs: -1 });
  expect(log.deleteExpired(NOW)).toBeGreaterThan(0);
  log.close();
  expect(await kafkaComplains('compacted-0')).toEqual([]);
});

test('a log that was recovered: its end torn, its indexes lost', async (context) => {
  needs(context, 'java', 'mvn');
  await mkdir(path.join(directory.path, 'torn-0'), { recursive: true });
  const before = openLog('torn-0', SETTINGS);
  fill(before, 120);
  const plan = planCleaning(before, NOW);
  if (plan !== null) await cleanLog(before, plan, NOW);
  before.close();
  const where = path.join(directory.path, 'torn-0');
  const names = readdirSync(where);
  for (const name of names.filter((each) => /index$/.test(each))) writeFileSync(path.join(where, name), 'lost');
  appendFileSync(path.join(where, names.filter((each) => each.endsWith('.log')).at(-1) ?? ''), Buffer.alloc(100, 7));
  const log = openLog('torn-0', SETTINGS, false);
  expect(log.recovery.truncatedBytes).toBe(100);
  fill(log, 20);
  log.close();
  expect(await kafkaComplains('torn-0')).toEqual([]);
});
