import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/broker/faults/fault.ts';
import { TRACE_ENTRIES_A_WRITE } from '../../../src/broker/faults/limits.ts';
import { TRACE_ENTRY_BYTES, TRACE_MAGIC, TraceFile } from '../../../src/broker/faults/trace-file.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { produce } from '../../../src/protocol/messages/produce.ts';
import { batchOf, brokerForTest, makeTopic, produceRequest, produceTo, temporaryDirectory, Wire } from '../wire.ts';

type Entry = { baseOffset: number; recordCount: number; partition: number; errorCode: number; request: number };

const entriesOf = (path: string): { entries: Entry[]; arrivals: bigint[]; releases: bigint[]; ids: number[] } => {
  const bytes = readFileSync(path);
  expect(bytes.toString('latin1', 0, TRACE_MAGIC.length)).toBe(TRACE_MAGIC);
  const starts = Array.from(
    { length: (bytes.length - TRACE_MAGIC.length) / TRACE_ENTRY_BYTES },
    (_, index) => TRACE_MAGIC.length + index * TRACE_ENTRY_BYTES,
  );
  return {
    entries: starts.map((at) => ({
      baseOffset: Number(bytes.readBigInt64LE(at + 16)),
      recordCount: bytes.readInt32LE(at + 24),
      partition: bytes.readInt32LE(at + 28),
      errorCode: bytes.readInt32LE(at + 36),
      request: Number(bytes.readBigInt64LE(at + 40)),
    })),
    arrivals: starts.map((at) => bytes.readBigInt64LE(at)),
    releases: starts.map((at) => bytes.readBigInt64LE(at + 8)),
    ids: starts.map((at) => bytes.readInt32LE(at + 32)),
  };
};

describe('a trace', () => {
  it('holds each batch of a request with its offsets, and what was refused', async () => {
    const { broker, dataDir } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't', { partitions: 2 });
    const file = join(dataDir, 'trace.bin');
    const id = broker.faults.add({ match: { api: 'Produce' }, trace: { file } });
    await produceTo(wire, 't', batchOf('a', 'b', 'c'));
    const partitionData = [0, 1].map((index) => ({ index, records: batchOf('d') }));
    await wire.ask(produce, 11, { acks: 1, timeoutMs: 1000, topicData: [{ name: 't', partitionData }] });
    await produceTo(wire, 'unknown', batchOf('e'));
    broker.faults.remove(id);
    const { entries, arrivals, releases } = entriesOf(file);
    expect(entries).toEqual([
      { baseOffset: 0, recordCount: 3, partition: 0, errorCode: 0, request: 1 },
      { baseOffset: 3, recordCount: 1, partition: 0, errorCode: 0, request: 2 },
      { baseOffset: 0, recordCount: 1, partition: 1, errorCode: 0, request: 2 },
      {
        baseOffset: -1,
        recordCount: 1,
        partition: 0,
        errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        request: 3,
      },
    ]);
    expect(releases.every((release, index) => release >= (arrivals[index] ?? release))).toBe(true);
    expect(broker.faults.hits(id)).toBe(3);
    expect(broker.faults.history()).toEqual([]);
  });

  it('counts in the hold what other faults add, and answers that wait behind others', async () => {
    const { broker, dataDir } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const file = join(dataDir, 'trace.bin');
    broker.faults.add({ match: { api: 'Produce' }, trace: { file } });
    broker.faults.add({ match: { api: 'Produce' }, delay: { ms: 40, times: 1 } });
    const held = wire.send(produce, 11, produceRequest('t', batchOf('a')));
    const behind = wire.send(produce, 11, produceRequest('t', batchOf('b')));
    await wire.receive(produce, 11, held);
    await wire.receive(produce, 11, behind);
    broker.faults.clear();
    const { entries, arrivals, releases, ids } = entriesOf(file);
    expect(ids).toEqual([held, behind]);
    expect(entries.map(({ baseOffset }) => baseOffset)).toEqual([0, 1]);
    // A timer may be a millisecond early.
    expect(Number((releases[0] ?? 0n) - (arrivals[0] ?? 0n))).toBeGreaterThan(38e6);
    expect(releases[1]).toBeGreaterThanOrEqual(releases[0] ?? 0n);
  });

  it('notes the release at the end of a freeze', async () => {
    const { broker, dataDir } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const file = join(dataDir, 'trace.bin');
    broker.faults.add({ match: { api: 'Produce' }, trace: { file } });
    const freeze = broker.faults.add({ freeze: { ms: 60_000 } });
    const produced = produceTo(wire, 't', batchOf('a'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const thawNs = process.hrtime.bigint();
    broker.faults.remove(freeze);
    await produced;
    broker.faults.clear();
    expect(entriesOf(file).releases[0]).toBeGreaterThan(thawNs);
  });

  it('holds requests without an answer', async () => {
    const { broker, dataDir } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const file = join(dataDir, 'trace.bin');
    const id = broker.faults.add({ match: { api: 'Produce' }, trace: { file } });
    wire.send(produce, 11, produceRequest('t', batchOf('a'), { acks: 0 }));
    await produceTo(wire, 't', batchOf('b'));
    broker.faults.remove(id);
    expect(entriesOf(file).entries.map(({ baseOffset }) => baseOffset)).toEqual([-1, 1]);
  });

  it('writes to its file in steps', () => {
    const file = join(temporaryDirectory(), 'trace.bin');
    const trace = new TraceFile(file);
    const batches = [{ partition: 0, recordCount: 1, baseOffset: 0, errorCode: 0 }];
    for (let count = 0; count <= TRACE_ENTRIES_A_WRITE; count++)
      trace.note({ arrivalNs: 1n, releaseNs: 2n, correlationId: count, batches });
    expect(entriesOf(file).entries).toHaveLength(TRACE_ENTRIES_A_WRITE);
    trace.close();
    trace.close();
    expect(entriesOf(file).entries).toHaveLength(TRACE_ENTRIES_A_WRITE + 1);
  });

  it('needs a file that can be made', async () => {
    const { broker } = await brokerForTest();
    const add = () => broker.faults.add({ match: { api: 'Produce' }, trace: { file: '/no/such/folder/trace.bin' } });
    expect(add).toThrow(FaultError);
    expect(add).toThrow('the trace file /no/such/folder/trace.bin cannot be written');
  });
});
