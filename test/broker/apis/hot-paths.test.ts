import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../../src/protocol/byte-reader.ts';
import { decodeResponse } from '../../../src/protocol/codec.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { decodeResponseHeader, encodeResponseFrame, responseHeaderVersion } from '../../../src/protocol/headers.ts';
import { fetch } from '../../../src/protocol/messages/fetch.ts';
import { produce } from '../../../src/protocol/messages/produce.ts';
import type { Api, RequestInput, ResponseOf } from '../../../src/protocol/schema.ts';
import { batchOf, brokerForTest, makeTopic, Wire } from '../wire.ts';

/** Asks, and holds the bytes of the answer against those that the schema makes of the same values. */
const askExactly = async <A extends Api>(
  wire: Wire,
  api: A,
  version: number,
  request: RequestInput<A>,
  encode: (correlationId: number, response: ResponseOf<A>) => Buffer,
): Promise<ResponseOf<A>> => {
  const correlationId = wire.send(api, version, request);
  const frame = (await wire.frame()) ?? Buffer.alloc(0);
  const reader = new ByteReader(frame);
  expect(decodeResponseHeader(responseHeaderVersion(api, version), reader)).toBe(correlationId);
  const response = decodeResponse(api, version, reader);
  expect(frame.toString('hex')).toBe(encode(correlationId, response).subarray(4).toString('hex'));
  return response;
};

const TOPICS = ['a', 'a-longer-topic-name.with_all-kinds', 'unknown'];
const ids = async (wire: Wire): Promise<string[]> => [
  await makeTopic(wire, 'a', { partitions: 2 }),
  await makeTopic(wire, 'a-longer-topic-name.with_all-kinds', { partitions: 2 }),
  'AAAAAAAAAAAAAAAAAAAAAQ',
];
const topics = fc.uniqueArray(fc.integer({ min: 0, max: TOPICS.length - 1 }), { maxLength: 3 });
const partitions = fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });

describe('the hand-written forms', () => {
  it('of Produce are those of the schema, over all versions', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await ids(wire);
    const records = fc.oneof(
      fc.constant(batchOf('one', 'two')),
      fc.constant(null),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    );
    const data = topics.chain((chosen) =>
      fc.tuple(
        ...chosen.map((topic) =>
          partitions.chain((indexes) =>
            fc
              .tuple(...indexes.map((index) => records.map((bytes) => ({ index, records: bytes }))))
              .map((partitionData) => ({
                name: TOPICS[topic] ?? '',
                partitionData,
              })),
          ),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 11 }),
        data,
        fc.option(fc.string()),
        async (version, topicData, transactionalId) => {
          const request = { transactionalId, acks: 1, timeoutMs: 5, topicData };
          const { responses } = await askExactly(wire, produce, version, request, (id, response) =>
            encodeResponseFrame(produce, version, id, response),
          );
          expect(
            responses.map(({ name, partitionResponses }) => [name, partitionResponses.map(({ index }) => index)]),
          ).toEqual(topicData.map(({ name, partitionData }) => [name, partitionData.map(({ index }) => index)]));
          for (const { name, partitionResponses } of responses)
            for (const { index, errorCode } of partitionResponses)
              if (name === 'unknown' || index > 1) expect(errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of Fetch are those of the schema, over all versions', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    const topicIds = await ids(wire);
    for (let count = 0; count < 3; count++)
      await wire.ask(produce, 9, {
        acks: 1,
        timeoutMs: 5,
        topicData: [
          {
            name: 'a',
            partitionData: [
              { index: 0, records: batchOf('x') },
              { index: 1, records: batchOf('y'.repeat(3000)) },
            ],
          },
        ],
      });
    const part = fc.record({ fetchOffset: fc.integer({ min: -1, max: 4 }), partitionMaxBytes: fc.nat(10_000) });
    const asked = topics.chain((chosen) =>
      fc.tuple(
        ...chosen.map((topic) =>
          partitions.chain((indexes) =>
            fc
              .tuple(...indexes.map((partition) => part.map((rest) => ({ partition, ...rest }))))
              .map((list) => ({ topic: TOPICS[topic] ?? '', topicId: topicIds[topic] ?? '', partitions: list })),
          ),
        ),
      ),
    );
    const version = fc.integer({ min: 4, max: 16 });
    await fc.assert(
      fc.asyncProperty(version, asked, fc.nat(10_000), fc.nat(1), async (chosen, list, maxBytes, isolationLevel) => {
        const request = { maxWaitMs: 0, minBytes: 1, maxBytes, isolationLevel, topics: list, forgottenTopicsData: [] };
        const { responses } = await askExactly(wire, fetch, chosen, request, (id, response) =>
          encodeResponseFrame(fetch, chosen, id, response),
        );
        expect(responses.map((topic) => topic.partitions.map(({ partitionIndex }) => partitionIndex))).toEqual(
          list.map((topic) => topic.partitions.map(({ partition }) => partition)),
        );
      }),
      { numRuns: 150 },
    );
  });
});
