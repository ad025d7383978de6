import { describe, expect, it } from 'vitest';
import { handlers } from '../../../src/broker/apis/all.ts';
import { canFail, errorAnswer } from '../../../src/broker/faults/error-answer.ts';
import { defaultMessage, joinResponse, splitRequest } from '../../../src/broker/faults/request-topics.ts';
import { topicShapeOf } from '../../../src/broker/faults/topic-shapes.ts';
import { ByteReader } from '../../../src/protocol/byte-reader.ts';
import { ByteWriter } from '../../../src/protocol/byte-writer.ts';
import { decodeResponse, encodeResponse } from '../../../src/protocol/codec.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import type { Api } from '../../../src/protocol/schema.ts';

const CODE = ErrorCode.POLICY_VIOLATION;
const failing = Array.from(handlers.values(), ({ api }) => api).filter(canFail);

/** A request that names one topic with one partition, or one key, group or member, where the API has such. */
const requestOf = (api: Api): Record<string, unknown> => {
  const shape = topicShapeOf(api.name);
  const request = {
    ...defaultMessage(api.request),
    memberId: 'm',
    coordinatorKeys: ['k'],
    groups: [{ groupId: 'g' }],
  };
  if (shape === null)
    return api.name === 'OffsetFetch' ? { ...request, topics: [{ name: 't', partitionIndexes: [3] }] } : request;
  const { partitions } = shape;
  const entry = partitions === null || partitions.askedIndex === null ? 3 : { [partitions.askedIndex]: 3 };
  return { ...request, [shape.asked]: [{ [shape.name]: 't', ...(partitions && { [partitions.asked]: [entry] }) }] };
};

const errorsIn = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value.flatMap(errorsIn);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    /^(e|partitionE)rrorCode$/.test(name) ? [inner] : errorsIn(inner),
  );
};

describe('an answer with an error', () => {
  it.each(failing.map((api) => [api.name, api] as const))('of %s holds the error in every version', (_name, api) => {
    const [first, last] = api.versions;
    for (let version = first; version <= last; version++) {
      const request = requestOf(api);
      const shape = topicShapeOf(api.name);
      const response =
        shape === null
          ? errorAnswer(api, request, CODE, version)
          : joinResponse(api, shape, null, splitRequest(api, shape, request, {}, CODE, () => undefined).failed);
      const writer = new ByteWriter();
      encodeResponse(api, version, response, writer);
      expect(errorsIn(decodeResponse(api, version, new ByteReader(writer.written()))), `version ${version}`).toContain(
        CODE,
      );
    }
  });
});
