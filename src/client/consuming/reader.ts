import type { CommittedOffset, GroupOffset, TopicPartition } from '../admin/group-offsets.ts';
import type { Cluster } from '../cluster.ts';
import type { Fetcher } from '../fetcher.ts';
import type { TopicPartitions } from '../group/assignor.ts';

/** Reads partitions that a group gave, or that were named: what a program's consumer is made of. */
export type Reader = {
  readonly fetcher: Fetcher;
  /** Where offsets and topics are asked for. */
  readonly cluster: Cluster;
  readonly assignment: readonly TopicPartitions[];
  /** Resolves at stop(). Rejects with a ClientError when reading fails for good. */
  run(): Promise<void>;
  stop(): void;
  close(): Promise<void>;
  commit(offsets: readonly GroupOffset[] | null): Promise<void>;
  committed(partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]>;
  metrics(): Readonly<Record<string, number>>;
};
