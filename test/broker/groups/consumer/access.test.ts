import { expect, it } from 'vitest';
import { operations, patternTypes, permissions, resourceTypes } from '../../../../src/broker/security/acl.ts';
import { ErrorCode } from '../../../../src/protocol/errors.ts';
import { consumerGroupDescribe } from '../../../../src/protocol/messages/consumer-group-describe.ts';
import { consumerGroupHeartbeat } from '../../../../src/protocol/messages/consumer-group-heartbeat.ts';
import { createAcls } from '../../../../src/protocol/messages/create-acls.ts';
import { authenticatePlain, securedBroker } from '../../security/support.ts';
import { makeTopic, Wire } from '../../wire.ts';

const users = { admin: 'admin-secret', alice: 'alice-secret' };
const config = {
  listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:admin',
};

const aliceMay = (type: 'GROUP' | 'TOPIC', resourceName: string, operation: 'READ' | 'DESCRIBE') => ({
  resourceType: resourceTypes[type],
  resourceName,
  resourcePatternType: patternTypes.LITERAL,
  principal: 'User:alice',
  host: '*',
  operation: operations[operation],
  permissionType: permissions.ALLOW,
});

it('A member needs READ of its group and DESCRIBE of its topics, and is told of no others', async () => {
  const { broker } = await securedBroker(config, { users });
  const admin = await Wire.open(broker);
  await authenticatePlain(admin, 'admin', users.admin);
  const open = await makeTopic(admin, 'open');
  await makeTopic(admin, 'closed');
  const alice = await Wire.open(broker);
  await authenticatePlain(alice, 'alice', users.alice);
  const join = (wire: Wire, memberId: string, topics: string[] | null, regex: string | null = null) =>
    wire.ask(consumerGroupHeartbeat, 1, {
      ...{ groupId: 'g', memberId, memberEpoch: 0, rebalanceTimeoutMs: 1000, topicPartitions: [] },
      ...{ subscribedTopicNames: topics, subscribedTopicRegex: regex },
    });
  const describe = async () => {
    const { groups } = await alice.ask(consumerGroupDescribe, 1, {
      groupIds: ['g'],
      includeAuthorizedOperations: false,
    });
    return groups[0]?.errorCode;
  };

  expect((await join(alice, 'm1', ['open'])).errorCode).toBe(ErrorCode.GROUP_AUTHORIZATION_FAILED);
  expect(await describe()).toBe(ErrorCode.GROUP_AUTHORIZATION_FAILED);
  await admin.ask(createAcls, 3, { creations: [aliceMay('GROUP', 'g', 'READ')] });
  expect((await join(alice, 'm1', ['open'])).errorCode).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  await admin.ask(createAcls, 3, { creations: [aliceMay('TOPIC', 'open', 'DESCRIBE')] });

  const { assignment } = await join(alice, 'm1', null, '.*');
  expect(assignment?.topicPartitions).toEqual([{ topicId: open, partitions: [0] }]);
  expect(await describe()).toBe(ErrorCode.NONE);
  await join(admin, 'm2', ['closed']);
  expect(await describe()).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
});
