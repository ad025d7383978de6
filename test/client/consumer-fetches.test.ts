import { afterEach, describe, expect, it } from 'vitest';
import { Consumer } from '../../src/client/consumer.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import type { fetch } from '../../src/protocol/messages/fetch.ts';
import { encodeRecordBatch, placeBatch } from '../../src/protocol/record-batch.ts';
import type { RequestOf, ResponseInput } from '../../src/protocol/schema.ts';
import { metadataOf, type Script, type ScriptedBroker, startScriptedBroker } from './scripted-broker.ts';

const brokers: ScriptedBroker[] = [];
const start = async (script: Script): Promise<ScriptedBroker> => {
  const broker = await startScriptedBroker(script);
  brokers.push(broker);
  return broker;
};
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});

const batch = (baseOffset: number, values: readonly string[]): Buffer => {
  const bytes = encodeRecordBatch(values.map((value) => ({ timestampMs: 1, key: null, value: Buffer.from(value) })));
  placeBatch(bytes, 0, baseOffset, 0);
  return bytes;
};
const answer = (
  records: Buffer | null,
  more: { preferredReadReplica?: number; errorCode?: number } = {},
): ResponseInput<typeof fetch> => ({
  responses: [
    {
      topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      partitions: [{ partitionIndex: 0, errorCode: 0, highWatermark: 4, abortedTransactions: null, records, ...more }],
    },
  ],
});
const open = (servers: string, properties: Record<string, string>, wanted: number, values: string[]) =>
  Consumer.open({
    topic: 't',
    config: parseConsumerProperties({
      'bootstrap.servers': servers,
      'auto.offset.reset': 'earliest',
      'retry.backoff.ms': '5',
      ...properties,
    }),
    partitions: null,
    onRecord: (bytes, _partition, _offset, _timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
      if (values.length === wanted) return false;
      values.push(bytes.toString('latin1', valueStart, valueEnd));
      return true;
    },
  });
const run = async (servers: string, properties: Record<string, string>, wanted: number): Promise<string[]> => {
  const values: string[] = [];
  const consumer = await open(servers, properties, wanted, values);
  try {
    await consumer.run();
  } finally {
    consumer.close();
  }
  return values;
};
const offsetOf = (request: RequestOf<typeof fetch>): number => request.topics[0]?.partitions[0]?.fetchOffset ?? -1;

describe('a fetch', () => {
  it.each([
    ['fetch.min.bytes', '77', (request: RequestOf<typeof fetch>) => request.minBytes, 77],
    ['fetch.max.wait.ms', '88', (request: RequestOf<typeof fetch>) => request.maxWaitMs, 88],
    ['fetch.max.bytes', '99', (request: RequestOf<typeof fetch>) => request.maxBytes, 99],
    [
      'max.partition.fetch.bytes',
      '111',
      (request: RequestOf<typeof fetch>) => request.topics[0]?.partitions[0]?.partitionMaxBytes,
      111,
    ],
    ['isolation.level', 'read_committed', (request: RequestOf<typeof fetch>) => request.isolationLevel, 1],
    ['client.rack', 'cellar', (request: RequestOf<typeof fetch>) => request.rackId, 'cellar'],
  ] as const)('carries %s', async (name, value, read, expected) => {
    const seen: unknown[] = [];
    const { bootstrapServers } = await start({
      fetch: (request) => {
        seen.push(read(request));
        return answer(batch(0, ['a', 'b']));
      },
    });
    await run(bootstrapServers, { [name]: value }, 1);
    expect(seen[0]).toBe(expected);
  });

  it('goes to the follower that the leader prefers for client.rack, and back when that does not have the offset', async () => {
    const ports: number[] = [];
    const asked: string[] = [];
    const metadata = () => metadataOf(ports);
    const leader = await start({
      metadata,
      fetch: (request) => {
        asked.push(`leader ${offsetOf(request)}`);
        return offsetOf(request) === 0 ? answer(null, { preferredReadReplica: 2 }) : answer(batch(2, ['c', 'd']));
      },
    });
    const follower = await start({
      metadata,
      fetch: (request) => {
        asked.push(`follower ${offsetOf(request)}`);
        return offsetOf(request) === 0 ? answer(batch(0, ['a', 'b'])) : answer(null, { errorCode: 1 });
      },
    });
    ports.push(leader.port, follower.port);
    expect(await run(leader.bootstrapServers, { 'client.rack': 'here' }, 3)).toEqual(['a', 'b', 'c']);
    expect(asked.slice(0, 4)).toEqual(['leader 0', 'follower 0', 'follower 2', 'leader 2']);
  });
});

describe('a consumer without a position', () => {
  const times = async (reset: string): Promise<readonly unknown[]> => {
    const asked: unknown[] = [];
    const { bootstrapServers } = await start({
      listOffsets: (request) => {
        const timestamp = request.topics[0]?.partitions[0]?.timestamp ?? 0;
        asked.push(timestamp);
        const offset = timestamp > 0 ? -1 : 0;
        return { topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 0, offset }] }] };
      },
      fetch: () => answer(batch(0, ['a', 'b'])),
    });
    await run(bootstrapServers, { 'auto.offset.reset': reset }, 1);
    return asked;
  };

  it('begins where auto.offset.reset says', async () => {
    expect(await times('earliest')).toEqual([-2]);
    expect(await times('latest')).toEqual([-1]);
    const [time, end] = await times('by_duration:PT1H');
    expect(Date.now() - Number(time)).toBeGreaterThanOrEqual(3_600_000);
    expect(Date.now() - Number(time)).toBeLessThan(3_660_000);
    // No record is that young: from the end on.
    expect(end).toBe(-1);
    await expect(times('none')).rejects.toThrow('partition 0 of t has no position and auto.offset.reset is none');
  });
});

describe('the properties of a consumer', () => {
  it('are refused with what is expected', () => {
    const parse = (name: string, value: string) => () => parseConsumerProperties({ [name]: value });
    expect(parse('auto.offset.reset', 'sometimes')).toThrow(
      'auto.offset.reset must be earliest, latest, none, or by_duration: and a duration such as by_duration:PT1H30M; got "sometimes"',
    );
    expect(parse('auto.offset.reset', 'by_duration:1h')).toThrow('by_duration:PT1H30M; got "by_duration:1h"');
    expect(parse('partition.assignment.strategy', 'range,fair')).toThrow(/must be a list of range, .*; got "fair"/);
    expect(parse('partition.assignment.strategy', 'range,range')).toThrow('must name each assignor once');
    expect(parse('heartbeat.interval.ms', '45000')).toThrow('must be below session.timeout.ms=45000');
  });

  it('have the defaults of Kafka 4', () => {
    expect(parseConsumerProperties({})).toMatchObject({
      assignors: ['range', 'cooperative-sticky'],
      autoOffsetReset: { to: 'latest' },
      checkCrcs: true,
      enableAutoCommit: true,
      autoCommitIntervalMs: 5000,
      sessionTimeoutMs: 45_000,
      heartbeatIntervalMs: 3000,
      maxPollIntervalMs: 300_000,
      maxPollRecords: 500,
      groupInstanceId: null,
      clientRack: '',
    });
  });
});
