/**
 * What runs for each record, batch or request, of one build: the micro-benchmarks measure it, and the gate compares two builds by it.
 * @module
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @typedef {{ name: string, count: number, unit: string, work: () => unknown }} MicroTask `count` is how many units one call handles. */

const RECORDS = 600;
const LOOK_UPS = 64;

/**
 * The tasks.
 * @param {string} dist folder of the build
 * @param {string} directory where files may be written
 * @returns {Promise<readonly MicroTask[]>}
 */
export const microTasks = async (dist, directory) => {
  const from = (/** @type {string} */ path) => import(pathToFileURL(join(dist, path)).href);
  const { OffsetIndex } = await from('broker/log/offset-index.js');
  const { ProduceBatch } = await from('client/produce-batch.js');
  const { LatencyCounts } = await from('measure/latency-counts.js');
  const { ByteReader } = await from('protocol/byte-reader.js');
  const { ByteWriter } = await from('protocol/byte-writer.js');
  const { decodeRequest, encodeRequest, encodeResponse } = await from('protocol/codec.js');
  const { crc32c } = await from('protocol/crc32c.js');
  const { fetch } = await from('protocol/messages/fetch.js');
  const { metadata } = await from('protocol/messages/metadata.js');
  const { checkBatch, checkRecords, walkRecords } = await from('protocol/record-batch.js');
  /** @type {MicroTask[]} */
  const tasks = [];
  const add = (
    /** @type {string} */ name,
    /** @type {number} */ count,
    /** @type {string} */ unit,
    /** @type {() => unknown} */ work,
  ) => tasks.push({ name, count, unit, work });

  /** A 64 KiB batch of 100-byte records, as the producer makes it. */
  const fillBatch = (/** @type {any} */ batch, /** @type {Buffer} */ value) => {
    batch.begin(0, 0);
    for (let index = 0; index < RECORDS; index++)
      batch.append(1_700_000_000_000 + (index >> 7), null, value, 0, 0, index);
    batch.finish();
  };
  const value = Buffer.alloc(100, 'a');
  const batch = new ProduceBatch(200, 70_000);
  fillBatch(batch, value);
  const { bytes, start, end } = batch;
  const filled = new ProduceBatch(200, 70_000);

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
  // One look-up is no longer than reading the clock.
  add('index look-up, 16,384 entries', LOOK_UPS, 'look-up', () => {
    let sum = 0;
    for (let each = 0; each < LOOK_UPS; each++) {
      offset = (offset + 7_368_787) % (16_384 * RECORDS);
      sum += index.positionFor(offset);
    }
    return sum;
  });
  return tasks;
};
