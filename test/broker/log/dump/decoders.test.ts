import { describe, expect, it } from 'vitest';
import { decodeOffsets, type decodeText, decodeTransactions } from '../../../../src/broker/log/dump/decoders.ts';
import { encodeRecordBatch } from '../../../../src/protocol/record-batch.ts';
import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
} from '../../../../src/protocol/records/consumer-offsets.ts';
import { consumerProtocolSubscription } from '../../../../src/protocol/records/consumer-protocol.ts';
import { encodeRecord } from '../../../../src/protocol/records/record-schema.ts';
import { transactionLogKey, transactionLogValue } from '../../../../src/protocol/records/transaction-log.ts';
import { temporaryFolder } from '../support.ts';
import { CONTENT, dump, TIME_MS, writeLog } from './support.ts';

describe("the records of Kafka's own topics", () => {
  const dumpRecord = (key: Buffer | null, value: Buffer | null, decode: typeof decodeText): string => {
    const path = writeLog(temporaryFolder(), encodeRecordBatch([{ timestampMs: TIME_MS, key, value }]));
    return dump(path, { ...CONTENT, decode, skipsRecordMetadata: true }).lines[2] ?? '';
  };
  const offsetKey = encodeRecord(offsetCommitKey, 1, { group: 'g', topic: 't', partition: 2 });

  it('are shown as JSON: a committed offset', () => {
    const value = { offset: 8, leaderEpoch: 0, metadata: 'a "b"', commitTimestamp: TIME_MS };

    expect(dumpRecord(offsetKey, encodeRecord(offsetCommitValue, 3, value), decodeOffsets)).toBe(
      '| key: {"type":"1","data":{"group":"g","topic":"t","partition":2}} payload: {"version":"3","data":' +
        `{"offset":8,"leaderEpoch":0,"metadata":"a \\"b\\"","commitTimestamp":${TIME_MS}}}`,
    );
  });

  it('are shown as JSON: an offset that is forgotten', () => {
    expect(dumpRecord(offsetKey, null, decodeOffsets)).toMatch(/ payload: <DELETE>$/);
  });

  it('are shown as JSON: a group, with the subscriptions of its members', () => {
    const member = { memberId: 'm', clientId: 'c', clientHost: '/h', rebalanceTimeout: 1, sessionTimeout: 2 };
    const subscription = encodeRecord(consumerProtocolSubscription, 0, { topics: ['t'], userData: null });
    const value = encodeRecord(groupMetadataValue, 3, {
      protocolType: 'consumer',
      generation: 1,
      protocol: 'range',
      leader: 'm',
      currentStateTimestamp: TIME_MS,
      members: [{ ...member, subscription, assignment: Buffer.from('x') }],
    });

    expect(dumpRecord(encodeRecord(groupMetadataKey, 2, { group: 'g' }), value, decodeOffsets)).toBe(
      '| key: {"type":"2","data":{"group":"g"}} payload: {"version":"3","data":{"protocolType":"consumer","generation":1,' +
        `"protocol":"range","leader":"m","currentStateTimestamp":${TIME_MS},"members":[{"memberId":"m",` +
        '"groupInstanceId":null,"clientId":"c","clientHost":"/h","rebalanceTimeout":1,"sessionTimeout":2,' +
        '"subscription":{"topics":["t"],"userData":null},"assignment":"eA=="}]}}',
    );
  });

  it('are shown as JSON: a transactional id', () => {
    const value = encodeRecord(transactionLogValue, 1, {
      producerId: 1,
      producerEpoch: 0,
      transactionTimeoutMs: 60_000,
      transactionStatus: 0,
      transactionPartitions: null,
      transactionLastUpdateTimestampMs: TIME_MS,
      transactionStartTimestampMs: -1,
    });

    expect(dumpRecord(encodeRecord(transactionLogKey, 0, { transactionalId: 'x' }), value, decodeTransactions)).toBe(
      '| key: {"type":"0","data":{"transactionalId":"x"}} payload: {"version":"1","data":{"producerId":1,' +
        '"producerEpoch":0,"transactionTimeoutMs":60000,"transactionStatus":0,"transactionPartitions":null,' +
        `"transactionLastUpdateTimestampMs":${TIME_MS},"transactionStartTimestampMs":-1}}`,
    );
  });

  it('of another kind, or broken, say so in their place', () => {
    expect(dumpRecord(Buffer.from([0, 99]), null, decodeOffsets)).toBe(
      '| key: Unknown record type 99 at offset 0, skipping.',
    );
    expect(dumpRecord(offsetKey.subarray(0, 4), null, decodeOffsets)).toMatch(
      /^\| key: Error at offset 0, skipping\. /,
    );
    expect(dumpRecord(null, Buffer.from('v'), decodeOffsets)).toMatch(/^\| key: Error at offset 0, skipping\. /);
  });
});
