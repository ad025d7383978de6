import type { Cluster } from '../cluster.ts';
import type { GroupMember } from './group-member.ts';

/** What a group's topics are looked up with. */
export type TopicChoice = {
  /** Names of topics, or a pattern that their whole names match. */
  readonly topics: readonly string[] | RegExp;
  readonly excludesInternal: boolean;
};

/** The names of the topics that a member subscribes to now, sorted. Rejects with a ClientError. */
export const chosenTopics = async (
  cluster: Cluster,
  { topics, excludesInternal }: TopicChoice,
): Promise<readonly string[]> => {
  if (!(topics instanceof RegExp)) return topics;
  const whole = new RegExp(`^(?:${topics.source})$`, topics.flags.replaceAll(/[gy]/g, ''));
  const all = await cluster.describeTopics(null, { allowAutoCreation: false });
  return all.topics
    .filter(
      ({ name, errorCode, isInternal }) => errorCode === 0 && whole.test(name) && !(excludesInternal && isInternal),
    )
    .map(({ name }) => name)
    .toSorted();
};

/**
 * Whether the group has to share its partitions out anew: a topic has come or gone that this member's pattern matches, or (the leader
 * looks) a topic of the group has other partitions than were shared out. Rejects with a ClientError.
 */
export const hasTopicsChanged = async (
  member: GroupMember,
  choice: TopicChoice,
  subscribed: readonly string[],
): Promise<boolean> => {
  if (choice.topics instanceof RegExp) {
    const now = await chosenTopics(member.cluster, choice);
    if (now.join() !== subscribed.join()) return true;
  }
  const led = member.ledTopics;
  if (led === null) return false;
  const counts = await member.partitionCounts([...led.keys()]);
  return [...led].some(([name, count]) => (counts.get(name) ?? -1) !== count);
};
