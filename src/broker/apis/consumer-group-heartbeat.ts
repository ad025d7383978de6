import { ErrorCode } from '../../protocol/errors.ts';
import { consumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.ts';
import { topicPartitionsOf } from '../groups/consumer/assignment.ts';
import { consumerHeartbeat } from '../groups/consumer/consumer-heartbeat.ts';
import { failedHeartbeat, type HeartbeatAnswer } from '../groups/consumer/heartbeat-call.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';

const FIRST_WITH_OWN_MEMBER_IDS = 1;

/** ConsumerGroupHeartbeat: joins, keeps up and leaves a consumer group; see `groups/consumer/group-reconciler.ts`. */
export const handleConsumerGroupHeartbeat = laterHandler(consumerGroupHeartbeat, async (call) => {
  const { request, version, broker, clientId, host, access } = call;
  const mayDescribe = (topic: string) => may(access, 'DESCRIBE', 'TOPIC', topic);
  if (!may(access, 'READ', 'GROUP', request.groupId))
    return responseOf(failedHeartbeat(ErrorCode.GROUP_AUTHORIZATION_FAILED, null));
  if (request.subscribedTopicNames?.every(mayDescribe) === false)
    return responseOf(failedHeartbeat(ErrorCode.TOPIC_AUTHORIZATION_FAILED, null));
  return responseOf(
    await consumerHeartbeat(broker.groups, {
      groupId: request.groupId,
      memberId: request.memberId,
      memberEpoch: request.memberEpoch,
      instanceId: request.instanceId,
      rackId: request.rackId,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      topicNames: request.subscribedTopicNames,
      topicRegex: request.subscribedTopicRegex,
      serverAssignor: request.serverAssignor,
      topicPartitions: request.topicPartitions,
      clientId,
      // As Java prints an address; Kafka's tools show it.
      clientHost: `/${host}`,
      makesOwnId: version >= FIRST_WITH_OWN_MEMBER_IDS,
      mayDescribe,
    }),
  );
});

const responseOf = (answer: HeartbeatAnswer) => ({
  ...answer,
  assignment: answer.assignment === null ? null : { topicPartitions: topicPartitionsOf(answer.assignment) },
});
