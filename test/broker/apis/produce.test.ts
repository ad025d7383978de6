import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { fetch } from '../../../src/protocol/messages/fetch.ts';
import { metadata } from '../../../src/protocol/messages/metadata.ts';
import { produce } from '../../../src/protocol/messages/produce.ts';
import {
  batchBaseOffset,
  batchMaxTimestamp,
  checkBatch,
  encodeRecordBatch,
} from '../../../src/protocol/record-batch.ts';
import { batchOf, brokerForTest, fetchRequest, makeTopic, produceRequest, produceTo, Wire } from '../wire.ts';

const versions = Array.from({ length: 9 }, (_, index) => index + 3);

describe('Produce', () => {
  it.each(versions)('appends a batch in version %i and answers with its base offset', async (version) => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    expect(await produceTo(wire, 't', batchOf('a', 'b'), { version })).toMatchObject({ errorCode: 0, baseOffset: 0 });
    const answer = await produceTo(wire, 't', batchOf('c'), { version });
    expect(answer).toMatchObject({ index: 0, errorCode: 0, baseOffset: 2, logAppendTimeMs: -1 });
    if (version >= 5) expect(answer.logStartOffset).toBe(0);
  });

  it('answers each of several topics and partitions', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 'a', { partitions: 2 });
    await makeTopic(wire, 'b');
    const { responses } = await wire.ask(produce, 9, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        {
          name: 'a',
          partitionData: [
            { index: 1, records: batchOf('x') },
            { index: 7, records: batchOf('x') },
          ],
        },
        { name: 'b', partitionData: [{ index: 0, records: batchOf('y', 'z') }] },
      ],
    });
    expect(responses.map(({ name, partitionResponses }) => [name, partitionResponses.map((p) => p.errorCode)])).toEqual(
      [
        ['a', [0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]],
        ['b', [0]],
      ],
    );
  });

  it('answers requests that were sent at once in their order', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const ids = Array.from({ length: 50 }, () => wire.send(produce, 9, produceRequest('t', batchOf('v'))));
    for (const [index, id] of ids.entries()) {
      const { responses } = await wire.receive(produce, 9, id);
      expect(responses[0]?.partitionResponses[0]?.baseOffset).toBe(index);
    }
  });

  it('sends nothing for acks=0 and keeps the order of what follows', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    wire.send(produce, 9, produceRequest('t', batchOf('silent'), { acks: 0 }));
    const answer = await produceTo(wire, 't', batchOf('loud'));
    expect(answer.baseOffset).toBe(1);
  });

  it('closes the connection when a request with acks=0 fails', async () => {
    const { broker, lines } = await brokerForTest();
    const wire = await Wire.open(broker);
    wire.send(produce, 9, produceRequest('missing', batchOf('v'), { acks: 0 }));
    expect(await wire.frame()).toBeNull();
    expect(lines).toEqual([expect.stringContaining('acks=0 failed')]);
  });

  const flipped = (): Buffer => {
    const batch = batchOf('value');
    batch.writeUInt8(batch.readUInt8(70) ^ 1, 70);
    return batch;
  };
  it.each([
    ['a flipped bit', flipped(), 'CORRUPT_MESSAGE'],
    ['no records', null, 'INVALID_RECORD'],
    ['two batches', Buffer.concat([batchOf('a'), batchOf('b')]), 'INVALID_RECORD'],
    ['a batch over max.message.bytes', batchOf('x'.repeat(2000)), 'MESSAGE_TOO_LARGE'],
    [
      'a control batch',
      encodeRecordBatch([{ timestampMs: 1, key: null, value: null }], { attributes: 0x20 }),
      'INVALID_RECORD',
    ],
    ['a batch cut short', batchOf('value').subarray(0, 66), 'CORRUPT_MESSAGE'],
  ] as const)('refuses %s', async (_what, records, error) => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't', { config: { 'max.message.bytes': '1000' } });
    const answer = await produceTo(wire, 't', records);
    expect(answer).toMatchObject({ errorCode: ErrorCode[error], baseOffset: -1 });
    expect(answer.errorMessage).toMatch(/\w/);
    expect(await produceTo(wire, 't', batchOf('fine'))).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });

  it('refuses acks that Kafka does not know', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    expect((await produceTo(wire, 't', batchOf('v'), { acks: 2 })).errorCode).toBe(ErrorCode.INVALID_REQUIRED_ACKS);
  });

  it('does not make topics', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    expect((await produceTo(wire, 'new', batchOf('v'))).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect((await wire.ask(metadata, 12, { topics: null })).topics).toEqual([]);
  });

  it('stamps batches of a LogAppendTime topic with its own clock', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't', { config: { 'message.timestamp.type': 'LogAppendTime' } });
    const before = Date.now();
    const { logAppendTimeMs } = await produceTo(wire, 't', batchOf('v'));
    expect(logAppendTimeMs).toBeGreaterThanOrEqual(before);
    const { responses } = await wire.ask(fetch, 12, fetchRequest({ name: 't' }, 0));
    const records = responses[0]?.partitions[0]?.records ?? Buffer.alloc(0);
    expect(checkBatch(records, 0, records.length)).toBeNull();
    expect(batchMaxTimestamp(records, 0)).toBe(logAppendTimeMs);
  });

  it('gives batches of many connections consecutive offsets', async () => {
    const { broker } = await brokerForTest();
    const wires = await Promise.all(Array.from({ length: 5 }, () => Wire.open(broker)));
    const [first] = wires;
    if (first === undefined) throw new Error('no connection');
    await makeTopic(first, 't');
    const answers = await Promise.all(
      wires.flatMap((wire) =>
        Array.from({ length: 10 }, () => wire.send(produce, 7, produceRequest('t', batchOf('v')))).map(
          async (id) => (await wire.receive(produce, 7, id)).responses[0]?.partitionResponses[0]?.baseOffset,
        ),
      ),
    );
    expect(answers.map(Number).sort((left, right) => left - right)).toEqual(
      Array.from({ length: 50 }, (_, index) => index),
    );
    const { responses } = await first.ask(fetch, 12, fetchRequest({ name: 't' }, 49));
    expect(batchBaseOffset(responses[0]?.partitions[0]?.records ?? Buffer.alloc(0), 0)).toBe(49);
  });

  it('answers the versions it advertises for the sake of librdkafka with UNSUPPORTED_VERSION', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    // Size, header (Produce version 0, correlation 9, no client id), acks 1, timeout, one topic "t", partition 0, no bytes.
    const parts = [
      '00000023',
      '0000',
      '0000',
      '00000009',
      'ffff',
      '0001',
      '000003e8',
      '00000001',
      '000174',
      '00000001',
    ];
    wire.socket.write(Buffer.from([...parts, '00000000', '00000000'].join(''), 'hex'));
    const frame = await wire.frame();
    expect(frame?.toString('hex')).toBe(
      `00000009${'00000001'}000174${'00000001'}${'00000000'}${'0023'}${'ff'.repeat(8)}`,
    );
  });
});
