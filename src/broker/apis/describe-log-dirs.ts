import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ErrorCode } from '../../protocol/errors.ts';
import { describeLogDirs } from '../../protocol/messages/describe-log-dirs.ts';
import { laterHandler } from '../handler.ts';
import { mayOnCluster } from '../security/access.ts';
import type { Topic } from '../topics.ts';

/** DescribeLogDirs: the one data directory, what its partitions take, and the size of its disk. */
export const handleDescribeLogDirs = laterHandler(describeLogDirs, async ({ request, broker, access }) => {
  if (!mayOnCluster(access, 'DESCRIBE')) return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, results: [] };
  const asked = request.topics;
  const wanted = new Map(asked?.map(({ topic, partitions }) => [topic, new Set(partitions)]));
  const topics: { readonly topic: Topic; readonly indexes: ReadonlySet<number> | null }[] = [];
  for (const topic of broker.topics.all()) {
    const indexes = wanted.get(topic.name) ?? null;
    if (asked === null || indexes !== null) topics.push({ topic, indexes });
  }
  const { directory } = broker.topics;
  return {
    errorCode: ErrorCode.NONE,
    results: [
      {
        errorCode: ErrorCode.NONE,
        logDir: resolve(directory),
        topics: topics.map(({ topic, indexes }) => ({
          name: topic.name,
          partitions: topic.partitions
            .filter(({ index }) => indexes === null || indexes.has(index))
            .map(({ index, log }) => ({
              partitionIndex: index,
              partitionSize: log.sizeBytes(),
              offsetLag: 0,
              isFutureKey: false,
            })),
        })),
        ...(await diskSize(directory)),
      },
    ],
  };
});

/** -1 where the system does not say. */
const diskSize = async (directory: string): Promise<{ totalBytes: number; usableBytes: number }> => {
  try {
    const { bsize, blocks, bavail } = await statfs(directory);
    return { totalBytes: bsize * blocks, usableBytes: bsize * bavail };
  } catch {
    return { totalBytes: -1, usableBytes: -1 };
  }
};
