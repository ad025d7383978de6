import { deleteGroups } from '../../protocol/messages/delete-groups.ts';
import { listGroups as listGroupsApi } from '../../protocol/messages/list-groups.ts';
import { kafkaError } from '../connection.ts';
import { type AdminAccess, withRetries } from './access.ts';
import { findGroupCoordinator } from './coordinator.ts';

/** A group as its coordinator lists it. */
export type ListedGroup = {
  readonly groupId: string;
  /** `Stable`, `Empty` and so on; empty from brokers that do not tell (before KIP-518). */
  readonly state: string;
  /** `classic` or `consumer`; empty from brokers that do not tell (before KIP-848). */
  readonly type: string;
};

/** Protocol types of consumers' groups: Connect's workers and others have their own. */
const CONSUMER_PROTOCOL_TYPES = new Set(['consumer', '']);
const SHARE_TYPES = new Set(['share', 'streams']);

/** The consumer groups of all brokers, sorted by id. Rejects with a ClientError. */
export const listGroups = (access: AdminAccess): Promise<readonly ListedGroup[]> =>
  withRetries(access, async () => {
    await access.cluster.describeTopics([], { allowAutoCreation: false });
    const answers = await Promise.all(access.cluster.nodeIds.map((nodeId) => listOnBroker(access, nodeId)));
    return answers.flat().toSorted((one, other) => (one.groupId < other.groupId ? -1 : 1));
  });

const listOnBroker = async ({ cluster }: AdminAccess, nodeId: number): Promise<readonly ListedGroup[]> => {
  const connection = await cluster.connectionTo(nodeId);
  const { errorCode, groups } = await connection.request(listGroupsApi, {});
  if (errorCode !== 0) throw kafkaError(errorCode, `${connection.address} cannot list its groups`);
  return groups
    .filter(
      ({ protocolType, groupType }) =>
        CONSUMER_PROTOCOL_TYPES.has(protocolType) && !SHARE_TYPES.has(groupType.toLowerCase()),
    )
    .map(({ groupId, groupState, groupType }) => ({ groupId, state: groupState, type: groupType }));
};

/** Forgets a group without members, with its offsets. Rejects with a ClientError, such as NON_EMPTY_GROUP. */
export const deleteGroup = (access: AdminAccess, groupId: string): Promise<void> =>
  withRetries(access, async () => {
    const { connection } = await findGroupCoordinator(access.cluster, groupId);
    const { results } = await connection.request(deleteGroups, { groupsNames: [groupId] });
    for (const { errorCode } of results)
      if (errorCode !== 0) throw kafkaError(errorCode, `group ${groupId} cannot be deleted`);
  });
