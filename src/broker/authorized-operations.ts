import type { Access } from './security/access.ts';
import { CLUSTER_NAME } from './security/acl.ts';

/**
 * What a client may do, one bit for each `AclOperation`, when nothing is forbidden (`AclEntry.supportedOperations` of Apache
 * Kafka 4.1).
 */
const ALLOWED = {
  /** Read, write, create, delete, alter, describe, describe and alter configurations. */
  topic: 0b1101_1111_1000,
  /** Read, delete, describe, describe and alter configurations. */
  group: 0b1101_0100_1000,
  /** Create, alter, describe, cluster action, describe and alter configurations, idempotent write. */
  cluster: 0b1_1111_1010_0000,
} as const;

/** The authorized-operations field of a response, to be spread into it: absent unless it was asked for. */
export const clusterOperations = (
  isAsked: boolean,
  access: Access | null,
): { readonly clusterAuthorizedOperations?: number } =>
  isAsked
    ? { clusterAuthorizedOperations: access?.among(ALLOWED.cluster, 'CLUSTER', CLUSTER_NAME) ?? ALLOWED.cluster }
    : {};

/** The same for a topic. */
export const topicOperations = (
  isAsked: boolean,
  access: Access | null,
  name: string,
): { readonly topicAuthorizedOperations?: number } =>
  isAsked ? { topicAuthorizedOperations: access?.among(ALLOWED.topic, 'TOPIC', name) ?? ALLOWED.topic } : {};

/** The same for a consumer group. */
export const groupOperations = (
  isAsked: boolean,
  access: Access | null,
  groupId: string,
): { readonly authorizedOperations?: number } =>
  isAsked ? { authorizedOperations: access?.among(ALLOWED.group, 'GROUP', groupId) ?? ALLOWED.group } : {};
