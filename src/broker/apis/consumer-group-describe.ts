import { ErrorCode } from '../../protocol/errors.ts';
import { consumerGroupDescribe } from '../../protocol/messages/consumer-group-describe.ts';
import { groupOperations } from '../authorized-operations.ts';
import { describeConsumerGroup, failedDescription } from '../groups/consumer/describe-consumer-group.ts';
import { handler } from '../handler.ts';
import { may } from '../security/access.ts';

/** ConsumerGroupDescribe: epochs and members of consumer groups; a classic group is not found. */
export const handleConsumerGroupDescribe = handler(consumerGroupDescribe, ({ request, broker, access }) => ({
  groups: request.groupIds.map((groupId) => {
    if (!may(access, 'DESCRIBE', 'GROUP', groupId))
      return failedDescription(groupId, 'GROUP_AUTHORIZATION_FAILED', null);
    if (groupId === '') return failedDescription(groupId, 'INVALID_GROUP_ID', null);
    const mayDescribe = (topic: string) => may(access, 'DESCRIBE', 'TOPIC', topic);
    const description = describeConsumerGroup(broker.groups, groupId, mayDescribe);
    if (description.errorCode !== ErrorCode.NONE) return description;
    return { ...description, ...groupOperations(request.includeAuthorizedOperations, access, groupId) };
  }),
}));
