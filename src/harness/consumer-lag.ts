/** What consumers left unread. */

import { committedOffsets } from '../client/admin/group-offsets.ts';
import { openAdmin } from '../client/admin.ts';
import { positionAt, type SharedPositions } from '../load/positions.ts';
import type { PartitionLag } from '../results/consumer-result.ts';
import type { ClusterAccess, ReadableTopic } from './topic-setup.ts';

/** Whose lag is asked for. */
export type LagQuestion = {
  readonly access: ClusterAccess;
  readonly topics: readonly ReadableTopic[];
  /** The partitions that were read of each topic; null for all. */
  readonly readPartitions: readonly number[] | null;
  readonly groups: readonly {
    /** Null for consumers without a group. */
    readonly groupId: string | null;
    readonly positions: SharedPositions;
  }[];
  /** A partition without a position is read from its end, not from its start. */
  readonly fromLatest: boolean;
};

/** Longest time to ask for the ends of logs: a test that is over should not wait for a cluster that is. */
const patienceMs = 5000;

type Offsets = ReadonlyMap<number, number>;

/**
 * What each group left of each partition, from the end of its log: in offsets, which markers of transactions and records that compaction
 * removed count among. A group's position is what it has committed, where it has read no further.
 */
const askLag = async (question: LagQuestion, admin: ReturnType<typeof openAdmin>): Promise<PartitionLag[]> => {
  const ends = new Map<string, { readonly end: Offsets; readonly begin: Offsets }>();
  for (const { topic } of question.topics) {
    const end = await admin.endOffsets(topic);
    ends.set(topic, { end, begin: question.fromLatest ? end : await admin.startOffsets(topic) });
  }
  const lag: PartitionLag[] = [];
  for (const { groupId, positions } of question.groups) {
    const committed = groupId === null ? [] : await committedOffsets(admin.access, groupId);
    for (const { topic, partitions } of question.topics) {
      const { end, begin } = ends.get(topic) ?? { end: new Map(), begin: new Map() };
      for (const partition of question.readPartitions ?? Array.from({ length: partitions }, (_, index) => index)) {
        const endOffset = end.get(partition);
        if (endOffset === undefined) continue;
        const known = committed.find((one) => one.topic === topic && one.partition === partition)?.offset ?? -1;
        const read = Math.max(known, positionAt(positions, topic, partition) ?? -1);
        const position = read < 0 ? (begin.get(partition) ?? endOffset) : read;
        lag.push({ groupId, topic, partition, position, endOffset, records: Math.max(0, endOffset - position) });
      }
    }
  }
  return lag;
};

/** Reads the lag of all groups, or (without one) of all consumers; null when the cluster does not tell in time. */
export const readLag = async (question: LagQuestion): Promise<readonly PartitionLag[] | null> => {
  const admin = openAdmin(question.access);
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patienceMs);
  });
  try {
    return await Promise.race([askLag(question, admin).catch(() => null), tooLate]);
  } finally {
    clearTimeout(timer);
    admin.close();
  }
};
