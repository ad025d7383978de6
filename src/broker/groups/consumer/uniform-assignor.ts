import type { Uuid } from '../../../protocol/uuid.ts';
import { type Assignment, addTo, countOf, eachPartition } from './assignment.ts';
import type { AssignorInput, AssignorMember } from './assignor.ts';

type Place = readonly [topicId: Uuid, partition: number];
type Share = { readonly member: AssignorMember; readonly places: Place[] };

/**
 * As many partitions for each member as can be, with as few moves as can be (Kafka's `UniformAssignor`). Where all members
 * subscribe to the same topics, no two differ by more than one partition; where they do not, partitions go to the member
 * with the fewest among those that subscribe, and are moved while that makes the shares more even.
 */
export const assignUniformly = (input: AssignorInput): Map<string, Assignment> => {
  const shares = input.members.map((member): Share => ({ member, places: [] }));
  const unassigned = keepWhatStays(input, shares);
  if (isHomogeneous(input)) fillToQuota(shares, unassigned, input.partitionCounts);
  else balance(shares, unassigned);
  return new Map(shares.map(({ member, places }) => [member.memberId, assignmentOfPlaces(member.assigned, places)]));
};

/** Leaves members what they had of topics they still subscribe to; returns the partitions that nobody has. */
const keepWhatStays = ({ partitionCounts }: AssignorInput, shares: readonly Share[]): Place[] => {
  const taken = new Map<Uuid, Set<number>>();
  for (const { member, places } of shares) {
    for (const place of eachPartition(member.assigned)) {
      const [topicId, partition] = place;
      if (!member.topicIds.has(topicId) || partition >= (partitionCounts.get(topicId) ?? 0)) continue;
      if (taken.get(topicId)?.has(partition) === true) continue;
      addTo(taken, topicId, partition);
      places.push(place);
    }
  }
  const unassigned: Place[] = [];
  for (const [topicId, count] of partitionCounts)
    for (let partition = 0; partition < count; partition++)
      if (taken.get(topicId)?.has(partition) !== true) unassigned.push([topicId, partition]);
  return unassigned;
};

const isHomogeneous = ({ members }: AssignorInput): boolean => {
  const [first] = members;
  return members.every(
    ({ topicIds }) =>
      first !== undefined &&
      topicIds.size === first.topicIds.size &&
      [...topicIds].every((topicId) => first.topicIds.has(topicId)),
  );
};

/** Each member gets an equal share; those that have most keep the few that are one larger. */
const fillToQuota = (
  shares: readonly Share[],
  unassigned: Place[],
  partitionCounts: ReadonlyMap<Uuid, number>,
): void => {
  let total = 0;
  for (const count of partitionCounts.values()) total += count;
  const least = Math.floor(total / shares.length);
  let extras = total % shares.length;
  const byCount = [...shares].sort((one, other) => other.places.length - one.places.length);
  const quotas = byCount.map((share) => ({ share, quota: extras-- > 0 ? least + 1 : least }));
  for (const { share, quota } of quotas) for (const place of share.places.splice(quota)) unassigned.push(place);
  let next = 0;
  for (const { share, quota } of quotas)
    while (share.places.length < quota) {
      const place = unassigned[next++];
      if (place === undefined) return;
      share.places.push(place);
    }
};

const balance = (shares: readonly Share[], unassigned: readonly Place[]): void => {
  const subscribers = new Map<Uuid, Share[]>();
  for (const share of shares)
    for (const topicId of share.member.topicIds) {
      const known = subscribers.get(topicId);
      if (known === undefined) subscribers.set(topicId, [share]);
      else known.push(share);
    }
  const smallest = (topicId: Uuid): Share | undefined => {
    let found: Share | undefined;
    for (const share of subscribers.get(topicId) ?? [])
      if (found === undefined || share.places.length < found.places.length) found = share;
    return found;
  };
  // Topics that few can read are dealt out first: the others even it out.
  const scarceFirst = [...unassigned].sort(
    ([one], [other]) => (subscribers.get(one)?.length ?? 0) - (subscribers.get(other)?.length ?? 0),
  );
  for (const place of scarceFirst) smallest(place[0])?.places.push(place);
  // Each move brings two shares nearer to each other, so this ends.
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false;
    for (const share of shares) {
      for (let index = share.places.length - 1; index >= 0; index--) {
        const place = share.places[index];
        const taker = place === undefined ? undefined : smallest(place[0]);
        if (place === undefined || taker === undefined || share.places.length - taker.places.length < 2) continue;
        share.places.splice(index, 1);
        taker.places.push(place);
        hasMoved = true;
      }
    }
  }
};

/** The assignment as it was when it holds the same, so that nothing is written for it. */
const assignmentOfPlaces = (before: Assignment, places: readonly Place[]): Assignment => {
  const assignment = new Map<Uuid, Set<number>>();
  for (const [topicId, partition] of places) addTo(assignment, topicId, partition);
  const isKept =
    countOf(before) === places.length && places.every(([topicId, partition]) => before.get(topicId)?.has(partition));
  return isKept ? before : assignment;
};
