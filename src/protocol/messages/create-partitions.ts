import { api, array, bool, int16, int32, nullable, string, withDefault } from '../schema.ts';

/** CreatePartitions: raise topics to `count` partitions; `assignments` null lets the broker place the new ones. */
export const createPartitions = api({
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    topics: array({
      name: string,
      count: int32,
      assignments: nullable(array({ brokerIds: array(int32) })),
    }),
    timeoutMs: int32,
    validateOnly: bool,
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    results: array({
      name: string,
      errorCode: int16,
      errorMessage: withDefault(nullable(string), null),
    }),
  },
});
