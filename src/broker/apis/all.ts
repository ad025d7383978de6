import type { Handler } from '../handler.ts';
import { handleAddPartitionsToTxn } from './add-partitions-to-txn.ts';
import { handleApiVersions } from './api-versions.ts';
import { handleCreatePartitions } from './create-partitions.ts';
import { handleCreateTopics } from './create-topics.ts';
import { handleDeleteTopics } from './delete-topics.ts';
import { handleDescribeProducers } from './describe-producers.ts';
import { handleDescribeTransactions } from './describe-transactions.ts';
import { handleEndTxn } from './end-txn.ts';
import { handleFetch } from './fetch.ts';
import { handleInitProducerId } from './init-producer-id.ts';
import { handleListOffsets } from './list-offsets.ts';
import { handleListTransactions } from './list-transactions.ts';
import { handleMetadata } from './metadata.ts';
import { handleProduce } from './produce.ts';
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
  handleAddPartitionsToTxn,
  handleEndTxn,
  handleWriteTxnMarkers,
  handleDescribeProducers,
  handleDescribeTransactions,
  handleListTransactions,
];

/** Handlers by API key. */
export const handlers: ReadonlyMap<number, Handler> = new Map(registered.map((each) => [each.api.key, each]));
