import { ErrorCode } from '../../protocol/errors.ts';
import { electLeaders } from '../../protocol/messages/elect-leaders.ts';
import { handler } from '../handler.ts';
import { mayOnCluster } from '../security/access.ts';

const UNCLEAN = 1;
const FIRST_WITH_ERROR_CODE = 1;

/** ElectLeaders: no election is ever needed; this broker leads all partitions. */
export const handleElectLeaders = handler(electLeaders, ({ request, version, broker, access }) => {
  const top = (errorCode: number) => (version >= FIRST_WITH_ERROR_CODE ? { errorCode } : {});
  if (!mayOnCluster(access, 'ALTER'))
    return { ...top(ErrorCode.CLUSTER_AUTHORIZATION_FAILED), replicaElectionResults: [] };
  if (request.electionType < 0 || request.electionType > UNCLEAN)
    return { ...top(ErrorCode.INVALID_REQUEST), replicaElectionResults: [] };
  // Asked for all partitions, Kafka names all topics, and of their partitions those that had an election.
  const asked =
    request.topicPartitions ?? Array.from(broker.topics.all(), ({ name }) => ({ topic: name, partitions: [] }));
  return {
    ...top(ErrorCode.NONE),
    replicaElectionResults: asked.map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => {
        const isThere = broker.topics.get(topic)?.partitions[partitionId] !== undefined;
        return isThere
          ? { partitionId, errorCode: ErrorCode.ELECTION_NOT_NEEDED, errorMessage: 'The only broker leads it already.' }
          : {
              partitionId,
              errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
              errorMessage: `There is no partition ${topic}-${partitionId}.`,
            };
      }),
    })),
  };
});
