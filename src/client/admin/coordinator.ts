import {
  findCoordinator,
  GROUP_COORDINATOR,
  TRANSACTION_COORDINATOR,
} from '../../protocol/messages/find-coordinator.ts';
import type { Address } from '../address.ts';
import type { Cluster } from '../cluster.ts';
import { type Connection, kafkaError } from '../connection.ts';

/** The broker that looks after a group or a transactional id. */
export type Coordinator = Address & { readonly nodeId: number; readonly connection: Connection };

/** Finds a group's coordinator, one attempt. Rejects with a ClientError, a retriable one while the cluster has none yet. */
export const findGroupCoordinator = (cluster: Cluster, groupId: string): Promise<Coordinator> =>
  find(cluster, GROUP_COORDINATOR, groupId, `group ${groupId}`);

/** Finds the coordinator of a transactional id, as findGroupCoordinator() does that of a group. */
export const findTransactionCoordinator = (cluster: Cluster, transactionalId: string): Promise<Coordinator> =>
  find(cluster, TRANSACTION_COORDINATOR, transactionalId, `transactional id ${transactionalId}`);

const find = async (cluster: Cluster, keyType: number, key: string, what: string): Promise<Coordinator> => {
  const asked = await cluster.anyConnection();
  const isBatched = asked.versionOf(findCoordinator) >= 4;
  const response = await asked.request(findCoordinator, {
    key: isBatched ? '' : key,
    keyType,
    coordinatorKeys: isBatched ? [key] : [],
  });
  const { errorCode, errorMessage, nodeId, host, port } = response.coordinators[0] ?? response;
  if (errorCode !== 0) throw kafkaError(errorCode, `${what} has no coordinator`, errorMessage);
  if (!cluster.nodeIds.includes(nodeId)) await cluster.describeTopics([], { allowAutoCreation: false });
  return { nodeId, host, port, connection: await cluster.connectionTo(nodeId) };
};
