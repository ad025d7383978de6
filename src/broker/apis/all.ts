import type { Handler } from '../handler.ts';
import { handleApiVersions } from './api-versions.ts';
import { handleCreatePartitions } from './create-partitions.ts';
import { handleCreateTopics } from './create-topics.ts';
import { handleDeleteTopics } from './delete-topics.ts';
import { handleFetch } from './fetch.ts';
import { handleInitProducerId } from './init-producer-id.ts';
import { handleListOffsets } from './list-offsets.ts';
import { handleMetadata } from './metadata.ts';
import { handleProduce } from './produce.ts';

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
];

/** Handlers by API key. */
export const handlers: ReadonlyMap<number, Handler> = new Map(registered.map((each) => [each.api.key, each]));
