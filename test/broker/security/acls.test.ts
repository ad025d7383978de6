import { describe, expect, it } from 'vitest';
import { operations, patternTypes, permissions, resourceTypes } from '../../../src/broker/security/acl.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { addPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts';
import { createAcls } from '../../../src/protocol/messages/create-acls.ts';
import { createTopics } from '../../../src/protocol/messages/create-topics.ts';
import { deleteAcls } from '../../../src/protocol/messages/delete-acls.ts';
import { deleteTopics } from '../../../src/protocol/messages/delete-topics.ts';
import { describeAcls } from '../../../src/protocol/messages/describe-acls.ts';
import { describeConfigs } from '../../../src/protocol/messages/describe-configs.ts';
import { fetch } from '../../../src/protocol/messages/fetch.ts';
import { findCoordinator } from '../../../src/protocol/messages/find-coordinator.ts';
import { heartbeat } from '../../../src/protocol/messages/heartbeat.ts';
import { initProducerId } from '../../../src/protocol/messages/init-producer-id.ts';
import { joinGroup } from '../../../src/protocol/messages/join-group.ts';
import { listGroups } from '../../../src/protocol/messages/list-groups.ts';
import { listOffsets } from '../../../src/protocol/messages/list-offsets.ts';
import { metadata } from '../../../src/protocol/messages/metadata.ts';
import { offsetCommit } from '../../../src/protocol/messages/offset-commit.ts';
import { offsetFetch } from '../../../src/protocol/messages/offset-fetch.ts';
import { batchOf, brokerForTest, fetchRequest, makeTopic, produceTo, Wire } from '../wire.ts';
import { authenticatePlain, securedBroker } from './support.ts';

const users = { admin: 'admin-secret', alice: 'alice-secret' };
const config = {
  listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:admin',
  'group.initial.rebalance.delay.ms': '0',
};

/** A broker with the topics `open` and `closed`, a connection of the super user and one of alice, who may do nothing yet. */
const start = async () => {
  const { broker, dataDir } = await securedBroker(config, { users });
  const admin = await Wire.open(broker);
  await authenticatePlain(admin, 'admin', users.admin);
  await makeTopic(admin, 'open');
  await makeTopic(admin, 'closed');
  const alice = await Wire.open(broker);
  await authenticatePlain(alice, 'alice', users.alice);
  return { broker, dataDir, admin, alice };
};

type Granted = readonly [keyof typeof resourceTypes, string, keyof typeof operations];

const creationOf = ([type, name, operation]: Granted) => ({
  resourceType: resourceTypes[type],
  resourceName: name,
  resourcePatternType: patternTypes.LITERAL,
  principal: 'User:alice',
  host: '*',
  operation: operations[operation],
  permissionType: permissions.ALLOW,
});

const grant = async (admin: Wire, ...granted: readonly Granted[]): Promise<void> => {
  const { results } = await admin.ask(createAcls, 3, { creations: granted.map(creationOf) });
  expect(results.every(({ errorCode }) => errorCode === 0)).toBe(true);
};

const anyAcl = {
  resourceTypeFilter: 1,
  resourceNameFilter: null,
  patternTypeFilter: 1,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
};

const fetchError = async (wire: Wire, name: string): Promise<number | undefined> =>
  (await wire.ask(fetch, 12, fetchRequest({ name }, 0))).responses[0]?.partitions[0]?.errorCode;

const topicsIn = (names: readonly string[] | null) => ({
  topics: names?.map((name) => ({ name })) ?? null,
  allowAutoTopicCreation: true,
  includeTopicAuthorizedOperations: true,
});

describe('with an authorizer', () => {
  it('a producer needs WRITE, and a consumer READ', async () => {
    const { admin, alice } = await start();
    await grant(admin, ['TOPIC', 'open', 'WRITE']);

    expect((await produceTo(alice, 'open', batchOf('a'))).errorCode).toBe(0);
    expect((await produceTo(alice, 'closed', batchOf('a'))).errorCode).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
    expect((await produceTo(alice, 'missing', batchOf('a'))).errorCode).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
    expect(await fetchError(alice, 'open')).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
    await grant(admin, ['TOPIC', 'open', 'READ']);
    expect(await fetchError(alice, 'open')).toBe(0);
  });

  it('Metadata hides topics that may not be described, and refuses those asked for by name', async () => {
    const { admin, alice } = await start();
    await grant(admin, ['TOPIC', 'open', 'READ']);

    const all = await alice.ask(metadata, 10, topicsIn(null));
    const named = await alice.ask(metadata, 10, topicsIn(['open', 'closed', 'missing']));

    expect(all.topics.map(({ name }) => name)).toEqual(['open']);
    expect(named.topics.map(({ errorCode }) => errorCode)).toEqual([0, 29, 29]);
    const described = (1 << operations.READ) | (1 << operations.DESCRIBE);
    expect(named.topics[0]?.topicAuthorizedOperations).toBe(described);
  });

  it('Metadata makes a topic only for who may create it', async () => {
    const { admin, alice } = await start();
    await grant(admin, ['TOPIC', 'new', 'WRITE']);
    expect((await alice.ask(metadata, 10, topicsIn(['new']))).topics[0]?.errorCode).toBe(29);
    await grant(admin, ['TOPIC', 'new', 'CREATE']);

    expect((await alice.ask(metadata, 10, topicsIn(['new']))).topics[0]?.errorCode).toBe(0);
  });

  it('topics are created, deleted and described by those only who may', async () => {
    const { admin, alice } = await start();
    const creation = (name: string) => ({
      topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    });
    const describing = { resources: [{ resourceType: 2, resourceName: 'open', configurationKeys: null }] };

    expect((await alice.ask(createTopics, 7, creation('mine'))).topics[0]?.errorCode).toBe(29);
    expect((await alice.ask(deleteTopics, 5, { topicNames: ['open'], timeoutMs: 1000 })).responses[0]?.errorCode).toBe(
      29,
    );
    expect((await alice.ask(describeConfigs, 4, describing)).results[0]?.errorCode).toBe(29);
    await grant(admin, ['TOPIC', 'mine', 'CREATE'], ['TOPIC', 'open', 'DELETE'], ['TOPIC', 'open', 'ALTER_CONFIGS']);
    expect((await alice.ask(createTopics, 7, creation('mine'))).topics[0]).toMatchObject({
      errorCode: 0,
      topicConfigErrorCode: 29,
      numPartitions: -1,
    });
    expect((await alice.ask(describeConfigs, 4, describing)).results[0]?.errorCode).toBe(0);
    expect((await alice.ask(deleteTopics, 5, { topicNames: ['open'], timeoutMs: 1000 })).responses[0]?.errorCode).toBe(
      0,
    );
  });

  it('groups need READ, their coordinator and offsets DESCRIBE, and offsets of topics READ as well', async () => {
    const { admin, alice } = await start();
    const find = { keyType: 0, coordinatorKeys: ['team'] };
    const join = {
      groupId: 'team',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    };
    const beat = { groupId: 'team', generationId: 1, memberId: 'x' };
    const commit = {
      groupId: 'team',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: ['open', 'closed'].map((name) => ({
        name,
        partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }],
      })),
    };
    const committed = { groupId: 'team', topics: null };

    expect((await alice.ask(findCoordinator, 4, find)).coordinators[0]?.errorCode).toBe(30);
    expect((await alice.ask(joinGroup, 5, join)).errorCode).toBe(30);
    expect((await alice.ask(heartbeat, 4, beat)).errorCode).toBe(30);
    expect((await alice.ask(offsetFetch, 7, committed)).errorCode).toBe(30);
    expect((await alice.ask(offsetCommit, 8, commit)).topics.map((each) => each.partitions[0]?.errorCode)).toEqual([
      30, 30,
    ]);
    await grant(admin, ['GROUP', 'team', 'READ'], ['TOPIC', 'open', 'READ']);
    expect((await alice.ask(findCoordinator, 4, find)).coordinators[0]?.errorCode).toBe(0);
    expect((await alice.ask(heartbeat, 4, beat)).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    const { topics } = await alice.ask(offsetCommit, 8, commit);
    expect(Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions[0]?.errorCode]))).toEqual({
      open: 0,
      closed: 29,
    });
    await admin.ask(offsetCommit, 8, commit);
    const found = await alice.ask(offsetFetch, 7, committed);
    expect(found.topics.map(({ name }) => name)).toEqual(['open']);
    expect((await alice.ask(listGroups, 4, { statesFilter: [] })).groups.map(({ groupId }) => groupId)).toEqual([
      'team',
    ]);
  });

  it('producer ids need a topic to write to, and transactional ids WRITE', async () => {
    const { admin, alice } = await start();
    const plain = { transactionalId: null, transactionTimeoutMs: 1000 };
    const named = { transactionalId: 'tx', transactionTimeoutMs: 1000 };

    expect((await alice.ask(initProducerId, 4, plain)).errorCode).toBe(ErrorCode.CLUSTER_AUTHORIZATION_FAILED);
    expect((await alice.ask(initProducerId, 4, named)).errorCode).toBe(53);
    await grant(admin, ['TOPIC', 'open', 'WRITE'], ['TRANSACTIONAL_ID', 'tx', 'WRITE']);
    expect((await alice.ask(initProducerId, 4, plain)).errorCode).toBe(0);
    const { errorCode, ...producer } = await alice.ask(initProducerId, 4, named);
    expect(errorCode).toBe(0);
    const { resultsByTopicV3AndBelow: results } = await alice.ask(addPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: 'tx',
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: producer.producerEpoch,
      v3AndBelowTopics: ['open', 'closed'].map((name) => ({ name, partitions: [0] })),
    });
    expect(results.map((each) => each.resultsByPartition[0]?.partitionErrorCode)).toEqual([
      ErrorCode.OPERATION_NOT_ATTEMPTED,
      ErrorCode.TOPIC_AUTHORIZATION_FAILED,
    ]);
  });

  it('offsets are listed for those only who may describe the topic', async () => {
    const { alice } = await start();
    const { topics } = await alice.ask(listOffsets, 6, {
      replicaId: -1,
      topics: [{ name: 'open', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    });

    expect(topics[0]?.partitions[0]?.errorCode).toBe(29);
  });

  it('ACLs are seen and changed by those only who may describe and alter the cluster', async () => {
    const { admin, alice } = await start();
    const [creation] = [creationOf(['TOPIC', 'open', 'READ'])];

    expect((await alice.ask(describeAcls, 3, anyAcl)).errorCode).toBe(31);
    expect((await alice.ask(createAcls, 3, { creations: [creation] })).results[0]?.errorCode).toBe(31);
    expect((await alice.ask(deleteAcls, 3, { filters: [anyAcl] })).filterResults[0]?.errorCode).toBe(31);
    await grant(admin, ['CLUSTER', 'kafka-cluster', 'DESCRIBE']);
    expect((await alice.ask(describeAcls, 3, anyAcl)).resources).toHaveLength(1);
  });
});

describe('ACLs', () => {
  it('are created, described by a filter, deleted, and there again after a restart', async () => {
    const { broker, dataDir, admin } = await start();
    await grant(admin, ['TOPIC', 'open', 'READ'], ['TOPIC', 'open', 'WRITE'], ['GROUP', '*', 'READ']);
    const matching = { ...anyAcl, resourceTypeFilter: 3, resourceNameFilter: 'any-group', patternTypeFilter: 2 };
    expect((await admin.ask(describeAcls, 3, matching)).resources[0]).toMatchObject({ resourceName: '*' });
    const { filterResults } = await admin.ask(deleteAcls, 3, { filters: [{ ...anyAcl, operation: 4 }] });
    expect(filterResults[0]?.matchingAcls).toHaveLength(1);
    await broker.close();

    const again = await securedBroker(config, { users, dataDir });
    const wire = await Wire.open(again.broker);
    await authenticatePlain(wire, 'admin', users.admin);
    const { resources } = await wire.ask(describeAcls, 3, anyAcl);

    expect(resources).toEqual([
      {
        resourceType: 2,
        resourceName: 'open',
        patternType: 3,
        acls: [{ principal: 'User:alice', host: '*', operation: 3, permissionType: 3 }],
      },
      {
        resourceType: 3,
        resourceName: '*',
        patternType: 3,
        acls: [{ principal: 'User:alice', host: '*', operation: 3, permissionType: 3 }],
      },
    ]);
  });

  it('that make no sense are refused one by one', async () => {
    const { admin } = await start();
    const good = creationOf(['TOPIC', 'open', 'READ']);
    const { results } = await admin.ask(createAcls, 3, {
      creations: [
        good,
        { ...good, operation: 1 },
        { ...good, principal: 'alice' },
        { ...good, resourceType: 4 },
        { ...good, resourcePatternType: 2 },
        { ...good, resourceName: '' },
      ],
    });

    expect(results.map(({ errorCode }) => errorCode)).toEqual([0, 42, 42, 42, 42, 42]);
  });

  it('are refused as disabled where there is no authorizer', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);

    expect((await wire.ask(describeAcls, 3, anyAcl)).errorCode).toBe(ErrorCode.SECURITY_DISABLED);
    expect(
      (await wire.ask(createAcls, 3, { creations: [creationOf(['TOPIC', 'x', 'READ'])] })).results[0],
    ).toMatchObject({ errorCode: ErrorCode.SECURITY_DISABLED });
  });
});
