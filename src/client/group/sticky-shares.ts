import { byTopic, flatten, partitionKey, type Subscriber, type TopicPartitions } from './assignor.ts';

/** What a member says that it had, and in which generation; -1 when it does not know. */
export type Claim = {
  readonly member: Subscriber;
  readonly partitions: readonly TopicPartitions[];
  readonly generationId: number;
};

type Partition = { readonly topic: string; readonly partition: number };

/** A member and what it gets. */
type Share = { readonly member: Subscriber; readonly topics: ReadonlySet<string>; readonly partitions: Partition[] };

/**
 * Shares partitions out so that members have equally many, as far as what they subscribe to allows, and so that as many as
 * possible stay where they are (the aims of Kafka's sticky assignors, KIP-54). A partition that two members claim stays
 * with the one of the newer generation, and with neither when both are of one.
 */
export const stickyShares = (
  claims: readonly Claim[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly TopicPartitions[]> => {
  const shares = claims.map(({ member }): Share => ({ member, topics: new Set(member.topics), partitions: [] }));
  const owners = ownersOf(claims, shares, partitionCounts);
  const free: Partition[] = [];
  for (const topic of [...partitionCounts.keys()].toSorted()) {
    for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition++) {
      const each = { topic, partition };
      const owner = owners.get(partitionKey(each));
      if (owner === undefined) free.push(each);
      else owner.partitions.push(each);
    }
  }
  // What has few readers first: it has the least choice.
  const readerCounts = new Map([...partitionCounts.keys()].map((topic) => [topic, readers(shares, topic).length]));
  free.sort((one, other) => (readerCounts.get(one.topic) ?? 0) - (readerCounts.get(other.topic) ?? 0));
  for (const each of free) smallest(readers(shares, each.topic))?.partitions.push(each);
  level(shares);
  return new Map(shares.map(({ member, partitions }) => [member.memberId, byTopic(partitions)]));
};

/** Who keeps what by the claims; partitions that are gone, or not subscribed to any more, belong to nobody. */
const ownersOf = (
  claims: readonly Claim[],
  shares: readonly Share[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, Share> => {
  const best = new Map<string, { share: Share | null; generationId: number }>();
  for (const [index, { partitions, generationId }] of claims.entries()) {
    const share = shares[index];
    if (share === undefined) continue;
    for (const each of flatten(partitions)) {
      if (each.partition >= (partitionCounts.get(each.topic) ?? 0) || !share.topics.has(each.topic)) continue;
      const key = partitionKey(each);
      const other = best.get(key);
      if (other === undefined || generationId > other.generationId) best.set(key, { share, generationId });
      else if (generationId === other.generationId && other.share !== share) other.share = null;
    }
  }
  return new Map([...best].flatMap(([key, { share }]) => (share === null ? [] : [[key, share] as const])));
};

const readers = (shares: readonly Share[], topic: string): readonly Share[] =>
  shares.filter(({ topics }) => topics.has(topic));

const smallest = (shares: readonly Share[]): Share | undefined =>
  shares.reduce<Share | undefined>(
    (least, share) => (least === undefined || share.partitions.length < least.partitions.length ? share : least),
    undefined,
  );

/** Moves partitions, from whoever has most to whoever has least, until no reader has two fewer than somebody who could give it one. */
const level = (shares: readonly Share[]): void => {
  // Each move brings the sum of squares down, so that this ends; the largest first, so that nothing moves twice.
  const byCount = [...shares];
  do byCount.sort((one, other) => other.partitions.length - one.partitions.length);
  while (byCount.some((from) => moveOne(from, shares)));
};

const moveOne = (from: Share, shares: readonly Share[]): boolean => {
  const few = shares
    .filter(({ partitions }) => partitions.length < from.partitions.length - 1)
    .toSorted((one, other) => one.partitions.length - other.partitions.length);
  for (const to of few) {
    const at = from.partitions.findLastIndex(({ topic }) => to.topics.has(topic));
    if (at < 0) continue;
    to.partitions.push(...from.partitions.splice(at, 1));
    return true;
  }
  return false;
};
