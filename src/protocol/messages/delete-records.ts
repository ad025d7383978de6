import { api, array, int16, int32, int64, string, withDefault } from '../schema.ts';

/**
 * DeleteRecords: moves the log start offset of partitions up to an offset, where -1 means the high watermark
 * (KIP-107).
 */
export const deleteRecords = api({
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    topics: array({ name: string, partitions: array({ partitionIndex: int32, offset: int64 }) }),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    topics: array({
      name: string,
      partitions: array({ partitionIndex: int32, lowWatermark: int64, errorCode: int16 }),
    }),
  },
});
