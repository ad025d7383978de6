import { describe, expect, it } from 'vitest';
import { type ConsumedRecord, readRecord } from '../../src/client/consumed-record.ts';
import { Consumer } from '../../src/client/consumer.ts';
import { partitionForKey } from '../../src/client/partitioning/key-hash.ts';
import { type OutgoingRecord, Producer } from '../../src/client/producer.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { parseProducerProperties } from '../../src/client/properties/producer-properties.ts';
import { brokerForTest, makeTopic, Wire } from '../broker/wire.ts';

/** Sends records and reads them back with a client of our own. */
const roundTrip = async (records: readonly OutgoingRecord[], partitions: number): Promise<ConsumedRecord[]> => {
  const { broker } = await brokerForTest();
  await makeTopic(await Wire.open(broker), 't', { partitions });
  const servers = { 'bootstrap.servers': `127.0.0.1:${broker.port}` };
  const producer = await Producer.open({
    topic: 't',
    config: parseProducerProperties(servers),
    nowUs: () => performance.now() * 1000,
    onSettled: (_batch, error) => expect(error).toBeNull(),
  });
  for (const [index, record] of records.entries()) expect(producer.sendRecord(record, 0, index)).toBe(true);
  await producer.flush();
  producer.close();
  const got: ConsumedRecord[] = [];
  const consumer = await Consumer.open({
    topic: 't',
    config: parseConsumerProperties({ ...servers, 'auto.offset.reset': 'earliest' }),
    partitions: null,
    onRecord: (...record) => {
      got.push(readRecord(...record));
      if (got.length === records.length) consumer.stop();
      return true;
    },
  });
  await consumer.run();
  consumer.close();
  return got;
};

describe('a producer of whole records', () => {
  it('sends keys, null values and headers as they are', async () => {
    const records: OutgoingRecord[] = [
      { timestampMs: 5, key: Buffer.from('k'), value: null, headers: [] },
      {
        timestampMs: 4_000_000,
        key: null,
        value: Buffer.alloc(0),
        headers: [
          ['h', Buffer.from('v')],
          ['h', null],
        ],
      },
      { timestampMs: 3, key: Buffer.alloc(0), value: Buffer.from([0, 255]), headers: [['é', Buffer.alloc(300, 7)]] },
      { timestampMs: 6, key: null, value: null, headers: [['big', Buffer.alloc(70_000, 1)]] },
    ];
    const got = await roundTrip(records, 1);
    expect(
      got.map(({ timestampMs, key, value, headers }) => ({
        timestampMs,
        key,
        value,
        headers: headers.map((header) => [header.key.toString(), header.value]),
      })),
    ).toEqual(records);
    expect(got[0]).toMatchObject({ partition: 0, offset: 0, timestampType: 'CreateTime', leaderEpoch: 0 });
  });

  it('sends a key to the partition that Java sends it to', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => Buffer.from(`key-${index}`));
    const got = await roundTrip(
      keys.map((key) => ({ timestampMs: 1, key, value: key, headers: [] })),
      5,
    );
    expect(got.map(({ partition, value }) => [value?.toString(), partition]).toSorted()).toEqual(
      keys.map((key) => [key.toString(), partitionForKey(key, 5)]).toSorted(),
    );
  });
});
