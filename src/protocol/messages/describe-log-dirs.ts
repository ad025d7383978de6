import { api, array, bool, ignorable, int16, int32, int64, nullable, since, string, withDefault } from '../schema.ts';

/**
 * DescribeLogDirs: the log directories of a broker and what partitions take in them, in bytes (KIP-113), from version
 * 4 with the size of the disk (KIP-827). `topics` null means all.
 */
export const describeLogDirs = api({
  key: 35,
  name: 'DescribeLogDirs',
  versions: [1, 4],
  flexibleFrom: 2,
  request: { topics: nullable(array({ topic: string, partitions: array(int32) })) },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    errorCode: ignorable(since(3, int16)),
    results: array({
      errorCode: int16,
      logDir: string,
      topics: array({
        name: string,
        partitions: array({ partitionIndex: int32, partitionSize: int64, offsetLag: int64, isFutureKey: bool }),
      }),
      totalBytes: ignorable(since(4, int64, -1)),
      usableBytes: ignorable(since(4, int64, -1)),
    }),
  },
});
