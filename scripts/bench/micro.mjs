// Micro-benchmarks of what runs for each record, batch or request; tinybench, times a call.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bench } from 'tinybench';
import { OffsetIndex } from '../../dist/broker/log/offset-index.js';
import { ProduceBatch } from '../../dist/client/produce-batch.js';
import { LatencyCounts } from '../../dist/measure/latency-counts.js';
import { ByteReader } from '../../dist/protocol/byte-reader.js';
import { ByteWriter } from '../../dist/protocol/byte-writer.js';
import { decodeRequest, encodeRequest, encodeResponse } from '../../dist/protocol/codec.js';
import { crc32c } from '../../dist/protocol/crc32c.js';
import { fetch } from '../../dist/protocol/messages/fetch.js';
import { metadata } from '../../dist/protocol/messages/metadata.js';
import { checkBatch, checkRecords, walkRecords } from '../../dist/protocol/record-batch.js';
import { table } from './table.mjs';

const RECORDS = 600;

/** A 64 KiB batch of 100-byte records, as the producer makes it. */
const fillBatch = (/** @type {ProduceBatch} */ batch, /** @type {Buffer} */ value) => {
  batch.begin(0, 0);
  for (let index = 0; index < RECORDS; index++)
    batch.append(1_700_000_000_000 + (index >> 7), null, value, 0, 0, index);
  batch.finish();
};

/** @param {{ smoke: boolean }} options */
export const run = async ({ smoke }) => {
  const directory = mkdtempSync(join(tmpdir(), 'spillway-bench-'));
  const bench = new Bench({ time: smoke ? 20 : 500, warmupTime: smoke ? 5 : 100 });
  const value = Buffer.alloc(100, 'a');
  const batch = new ProduceBatch(200, 70_000);
  fillBatch(batch, value);
  const { bytes, start, end } = batch;
  const filled = new ProduceBatch(200, 70_000);
  /** What one call handles, and what it is called, by task. @type {Map<string, [count: number, unit: string]>} */
  const units = new Map();
  const add = (
    /** @type {string} */ name,
    /** @type {number} */ count,
    /** @type {string} */ unit,
    /** @type {() => unknown} */ work,
  ) => {
    units.set(name, [count, unit]);
    bench.add(name, work);
  };

  add('batch encode, 100 B records', RECORDS, 'record', () => fillBatch(filled, value));
  add('batch walk', RECORDS, 'record', () => walkRecords(bytes, start, 0, () => true));
  add('batch check (size, counts, CRC)', RECORDS, 'record', () => checkBatch(bytes, start, end));
  add('record check (broker)', RECORDS, 'record', () => checkRecords(bytes, start, end, { isKeyRequired: false }));
  add('CRC-32C of 64 KiB', 64, 'KiB', () => crc32c(bytes.subarray(0, 65_536)));

  const writer = new ByteWriter(Buffer.alloc(65_536));
  const fetchRequest = {
    maxWaitMs: 500,
    minBytes: 1,
    topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 12_345, partitionMaxBytes: 1_048_576 }] }],
  };
  encodeRequest(fetch, 12, fetchRequest, writer);
  const fetchBytes = Buffer.from(writer.written());
  add('schema encode, Fetch request', 1, 'request', () => {
    writer.reset();
    encodeRequest(fetch, 12, fetchRequest, writer);
  });
  add('schema decode, Fetch request', 1, 'request', () => decodeRequest(fetch, 12, new ByteReader(fetchBytes)));
  const partitions = Array.from({ length: 100 }, (_, index) => ({
    errorCode: 0,
    partitionIndex: index,
    leaderId: 1,
    replicaNodes: [1],
    isrNodes: [1],
    offlineReplicas: [],
  }));
  const metadataResponse = {
    brokers: [{ nodeId: 1, host: 'localhost', port: 9092 }],
    topics: [{ errorCode: 0, name: 't', partitions }],
  };
  add('schema encode, Metadata of 100 partitions', 1, 'response', () => {
    writer.reset();
    encodeResponse(metadata, 12, metadataResponse, writer);
  });

  const sentAtUs = Float64Array.from({ length: RECORDS }, (_, index) => index * 0.25);
  const counts = new LatencyCounts();
  add('latency counts, a batch of 600', RECORDS, 'record', () => counts.recordSince(sentAtUs, 0, RECORDS, 1234));

  // The index of a full 1 GiB segment with 64 KiB batches.
  const index = new OffsetIndex(join(directory, '0.index'), 0);
  for (let entry = 0; entry < 16_384; entry++) index.append(entry * RECORDS + RECORDS - 1, entry * 65_536);
  let offset = 0;
  add('index look-up, 16,384 entries', 1, 'look-up', () => {
    offset = (offset + 7_368_787) % (16_384 * RECORDS);
    return index.positionFor(offset);
  });

  await bench.run();
  rmSync(directory, { recursive: true, force: true });
  const rows = bench.tasks.map((task) => {
    const [count, unit] = units.get(task.name) ?? [1, 'call'];
    const { result } = task;
    if (result.state !== 'completed')
      throw new Error(`micro-benchmark "${task.name}" did not complete: ${result.state}`);
    const nsPerCall = result.latency.p50 * 1e6;
    return [
      task.name,
      (nsPerCall / count).toFixed(1),
      unit,
      (1000 / (nsPerCall / count)).toFixed(1),
      `±${result.latency.rme.toFixed(1)} %`,
    ];
  });
  return { title: 'Micro-benchmarks', text: table(['what', 'ns', 'per', 'M/s', 'error'], rows) };
};
