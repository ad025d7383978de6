import { describeLogDirs } from '../../protocol/messages/describe-log-dirs.ts';
import { kafkaError } from '../connection.ts';
import { type AdminAccess, withRetries } from './access.ts';

/** What a topic takes on the disks of a cluster. */
export type TopicLogSize = {
  /** Of the log segments of all replicas, bytes. */
  readonly bytes: number;
  readonly replicas: number;
};

/** Asks every broker what a topic's replicas take in its log directories (KIP-113). Rejects with a ClientError. */
export const readTopicLogSize = (access: AdminAccess, name: string): Promise<TopicLogSize> =>
  withRetries(access, async () => {
    const options = { allowAutoCreation: false, maxBlockMs: access.patienceMs };
    const { partitions } = await access.cluster.waitForTopic(name, options);
    const topics = [{ topic: name, partitions: partitions.map(({ index }) => index) }];
    const answers = await Promise.all(
      access.cluster.nodeIds.map(async (nodeId) => {
        const connection = await access.cluster.connectionTo(nodeId);
        const { errorCode, results } = await connection.request(describeLogDirs, { topics });
        const refusal = [errorCode ?? 0, ...results.map((result) => result.errorCode)].find((code) => code !== 0);
        if (refusal !== undefined) throw kafkaError(refusal, `log directories of broker ${nodeId}`);
        return results.flatMap((result) => result.topics).flatMap((topic) => topic.partitions);
      }),
    );
    // A replica that moves to another directory is there twice for a while.
    const replicas = answers.flat().filter(({ isFutureKey }) => !isFutureKey);
    return {
      bytes: replicas.reduce((sum, { partitionSize }) => sum + Number(partitionSize), 0),
      replicas: replicas.length,
    };
  });
