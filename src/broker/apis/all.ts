import type { Handler } from '../handler.ts';
import { handleAddOffsetsToTxn } from './add-offsets-to-txn.ts';
import { handleAddPartitionsToTxn } from './add-partitions-to-txn.ts';
import { handleAlterClientQuotas } from './alter-client-quotas.ts';
import { handleAlterConfigs } from './alter-configs.ts';
import { handleAlterPartitionReassignments } from './alter-partition-reassignments.ts';
import { handleAlterUserScramCredentials } from './alter-user-scram-credentials.ts';
import { handleApiVersions } from './api-versions.ts';
import { handleConsumerGroupDescribe } from './consumer-group-describe.ts';
import { handleConsumerGroupHeartbeat } from './consumer-group-heartbeat.ts';
import { handleCreateAcls } from './create-acls.ts';
import { handleCreatePartitions } from './create-partitions.ts';
import { handleCreateTopics } from './create-topics.ts';
import { handleDeleteAcls } from './delete-acls.ts';
import { handleDeleteGroups } from './delete-groups.ts';
import { handleDeleteRecords } from './delete-records.ts';
import { handleDeleteTopics } from './delete-topics.ts';
import { handleDescribeAcls } from './describe-acls.ts';
import { handleDescribeClientQuotas } from './describe-client-quotas.ts';
import { handleDescribeCluster } from './describe-cluster.ts';
import { handleDescribeConfigs } from './describe-configs.ts';
import { handleDescribeGroups } from './describe-groups.ts';
import { handleDescribeLogDirs } from './describe-log-dirs.ts';
import { handleDescribeProducers } from './describe-producers.ts';
import { handleDescribeTopicPartitions } from './describe-topic-partitions.ts';
import { handleDescribeTransactions } from './describe-transactions.ts';
import { handleDescribeUserScramCredentials } from './describe-user-scram-credentials.ts';
import { handleElectLeaders } from './elect-leaders.ts';
import { handleEndTxn } from './end-txn.ts';
import { handleFetch } from './fetch.ts';
import { handleFindCoordinator } from './find-coordinator.ts';
import { handleHeartbeat } from './heartbeat.ts';
import { handleIncrementalAlterConfigs } from './incremental-alter-configs.ts';
import { handleInitProducerId } from './init-producer-id.ts';
import { handleJoinGroup } from './join-group.ts';
import { handleLeaveGroup } from './leave-group.ts';
import { handleListGroups } from './list-groups.ts';
import { handleListOffsets } from './list-offsets.ts';
import { handleListPartitionReassignments } from './list-partition-reassignments.ts';
import { handleListTransactions } from './list-transactions.ts';
import { handleMetadata } from './metadata.ts';
import { handleOffsetCommit } from './offset-commit.ts';
import { handleOffsetDelete } from './offset-delete.ts';
import { handleOffsetFetch } from './offset-fetch.ts';
import { handleOffsetForLeaderEpoch } from './offset-for-leader-epoch.ts';
import { handleProduce } from './produce.ts';
import { handleSaslAuthenticate } from './sasl-authenticate.ts';
import { handleSaslHandshake } from './sasl-handshake.ts';
import { handleSyncGroup } from './sync-group.ts';
import { handleTxnOffsetCommit } from './txn-offset-commit.ts';
import { handleWriteTxnMarkers } from './write-txn-markers.ts';

/** Every API that is served; ApiVersions and the documentation's table are made from it. */
const registered: readonly Handler[] = [
  handleProduce,
  handleFetch,
  handleListOffsets,
  handleMetadata,
  handleApiVersions,
  handleCreateTopics,
  handleDeleteTopics,
  handleInitProducerId,
  handleCreatePartitions,
  handleFindCoordinator,
  handleJoinGroup,
  handleHeartbeat,
  handleLeaveGroup,
  handleSyncGroup,
  handleOffsetCommit,
  handleOffsetFetch,
  handleDescribeGroups,
  handleListGroups,
  handleDeleteGroups,
  handleOffsetDelete,
  handleAddPartitionsToTxn,
  handleAddOffsetsToTxn,
  handleEndTxn,
  handleTxnOffsetCommit,
  handleWriteTxnMarkers,
  handleDescribeProducers,
  handleDescribeTransactions,
  handleListTransactions,
  handleSaslHandshake,
  handleSaslAuthenticate,
  handleDescribeClientQuotas,
  handleAlterClientQuotas,
  handleAlterUserScramCredentials,
  handleDescribeUserScramCredentials,
  handleDeleteAcls,
  handleCreateAcls,
  handleDescribeAcls,
  handleDescribeConfigs,
  handleAlterConfigs,
  handleIncrementalAlterConfigs,
  handleDeleteRecords,
  handleDescribeCluster,
  handleDescribeLogDirs,
  handleOffsetForLeaderEpoch,
  handleConsumerGroupHeartbeat,
  handleConsumerGroupDescribe,
  handleDescribeTopicPartitions,
  handleElectLeaders,
  handleAlterPartitionReassignments,
  handleListPartitionReassignments,
];

/** Handlers by API key. */
export const handlers: ReadonlyMap<number, Handler> = new Map(registered.map((each) => [each.api.key, each]));
