import { type Assignor, byMember, byTopic, flatten, partitionKey, type TopicPartitions } from './assignor.ts';
import { stickyShares } from './sticky-shares.ts';
import { decodeGeneration, decodeStickyData, encodeGeneration, encodeStickyData } from './sticky-user-data.ts';

/** Kafka's `StickyAssignor`: members give all back during a rebalance, and get as much of it again as fairness allows. */
export const stickyAssignor: Assignor = {
  name: 'sticky',
  userData: (past) => (past === null ? null : encodeStickyData(past)),
  assign(members, partitionCounts) {
    const claims = members.toSorted(byMember).map((member) => ({ member, ...decodeStickyData(member.userData) }));
    return stickyShares(claims, partitionCounts);
  },
};

/**
 * Kafka's `CooperativeStickyAssignor` (KIP-429): members read on what they keep. What goes from one to another is given to nobody at
 * first; its owner gives it up and joins again, and then it is free.
 */
export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  isCooperative: true,
  userData: (past) => encodeGeneration(past?.generationId ?? -1),
  assign(members, partitionCounts) {
    const claims = members.toSorted(byMember).map((member) => ({
      member,
      partitions: member.ownedPartitions,
      // Members from before KIP-792 say it in the user data.
      generationId: member.generationId >= 0 ? member.generationId : decodeGeneration(member.userData),
    }));
    const shares = stickyShares(claims, partitionCounts);
    const owners = new Map<string, Set<string>>();
    for (const { member } of claims)
      for (const each of flatten(member.ownedPartitions)) {
        const key = partitionKey(each);
        owners.set(key, (owners.get(key) ?? new Set()).add(member.memberId));
      }
    return new Map([...shares].map(([memberId, share]) => [memberId, given(memberId, share, owners)]));
  },
};

/** What a member may read at once: what it owns, and what nobody does. */
const given = (
  memberId: string,
  share: readonly TopicPartitions[],
  owners: ReadonlyMap<string, ReadonlySet<string>>,
): readonly TopicPartitions[] =>
  byTopic(
    flatten(share).filter((each) => {
      const current = owners.get(partitionKey(each));
      return current === undefined || current.has(memberId);
    }),
  );
