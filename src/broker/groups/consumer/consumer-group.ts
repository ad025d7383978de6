import type { Uuid } from '../../../protocol/uuid.ts';
import type { ByteAccount } from '../../state.ts';
import { type Assignment, eachPartition, NO_PARTITIONS } from './assignment.ts';
import { type ConsumerMember, isReconciledTo, memoryOf } from './consumer-member.ts';
import { type TopicNames, TopicPatterns } from './topic-patterns.ts';

/** What ListGroups and ConsumerGroupDescribe call the states of a consumer group. */
export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable';

/**
 * A group of the consumer protocol (KIP-848): its members, what they shall have, and who has what. Its epoch grows whenever
 * the members, their subscriptions or the topics change; the target assignment is made for an epoch, and each member follows.
 */
export class ConsumerGroup {
  readonly groupId: string;
  groupEpoch = 0;
  /** The epoch that the target assignment was made for. */
  assignmentEpoch = 0;
  /** Stands for the topics that the group reads, their ids and partition counts. */
  metadataHash = 0;
  readonly patterns = new TopicPatterns();
  readonly #allGroups: ByteAccount;
  readonly #members = new Map<string, ConsumerMember>();
  readonly #memberIdByInstance = new Map<string, string>();
  readonly #targets = new Map<string, Assignment>();
  readonly #owners = new Map<Uuid, Map<number, string>>();
  #bytes = 0;

  /** @param allGroups counts the memory of all groups' members */
  constructor(groupId: string, allGroups: ByteAccount) {
    this.groupId = groupId;
    this.#allGroups = allGroups;
  }

  get memberCount(): number {
    return this.#members.size;
  }

  /** About how much memory its members take, bytes. */
  get sizeBytes(): number {
    return this.#bytes;
  }

  /** The same of all groups together. */
  get allGroupsBytes(): number {
    return this.#allGroups.bytes;
  }

  get state(): ConsumerGroupState {
    if (this.#members.size === 0) return 'Empty';
    if (this.groupEpoch > this.assignmentEpoch) return 'Assigning';
    for (const member of this.#members.values())
      if (!isReconciledTo(member, this.assignmentEpoch)) return 'Reconciling';
    return 'Stable';
  }

  members(): IterableIterator<ConsumerMember> {
    return this.#members.values();
  }

  member(memberId: string): ConsumerMember | undefined {
    return this.#members.get(memberId);
  }

  staticMember(instanceId: string): ConsumerMember | undefined {
    const memberId = this.#memberIdByInstance.get(instanceId);
    return memberId === undefined ? undefined : this.#members.get(memberId);
  }

  /** What the member shall have. */
  target(memberId: string): Assignment {
    return this.#targets.get(memberId) ?? NO_PARTITIONS;
  }

  setTarget(memberId: string, target: Assignment): void {
    if (target.size === 0) this.#targets.delete(memberId);
    else this.#targets.set(memberId, target);
  }

  /** Whether no member has the partition, or has still to give it up. */
  isFree(topicId: Uuid, partition: number): boolean {
    return this.#owners.get(topicId)?.has(partition) !== true;
  }

  /** Puts a member in, or in place of what it was. */
  put(member: ConsumerMember): void {
    const { memberId, instanceId } = member;
    const before = this.#members.get(memberId);
    if (before !== undefined) this.#release(before);
    this.#members.set(memberId, member);
    if (instanceId !== null) this.#memberIdByInstance.set(instanceId, memberId);
    for (const part of [member.assigned, member.pendingRevocation])
      for (const [topicId, partition] of eachPartition(part)) {
        let owners = this.#owners.get(topicId);
        if (owners === undefined) {
          owners = new Map();
          this.#owners.set(topicId, owners);
        }
        owners.set(partition, memberId);
      }
    this.#count(memoryOf(member));
    if (before !== undefined && before.topicRegex !== member.topicRegex) this.#keepPatterns();
  }

  /** Takes a member out with its target. */
  remove(memberId: string): void {
    const member = this.#members.get(memberId);
    if (member === undefined) return;
    this.#release(member);
    this.#members.delete(memberId);
    this.#targets.delete(memberId);
    if (member.instanceId !== null && this.#memberIdByInstance.get(member.instanceId) === memberId)
      this.#memberIdByInstance.delete(member.instanceId);
    this.#keepPatterns();
  }

  /** Takes all members out. */
  clear(): void {
    for (const memberId of [...this.#members.keys()]) this.remove(memberId);
  }

  /**
   * The topics that a member reads, by its names and by its regular expression.
   * @param topicNames what the expression is matched with; null takes what it matched last
   */
  topicsOf(member: ConsumerMember, topicNames: TopicNames | null, nowMs: number): ReadonlySet<string> {
    const topics = new Set(member.topicNames);
    if (member.topicRegex !== '')
      for (const name of this.patterns.match(member.topicRegex, topicNames, nowMs)) topics.add(name);
    return topics;
  }

  /** Whether a member reads the topic, by its name or by what its regular expression matched last. */
  isSubscribedTo(topic: string): boolean {
    for (const member of this.#members.values())
      if (member.topicNames.includes(topic) || this.topicsOf(member, null, 0).has(topic)) return true;
    return false;
  }

  #keepPatterns(): void {
    const patterns = new Set<string>();
    for (const { topicRegex } of this.#members.values()) patterns.add(topicRegex);
    this.patterns.keep(patterns);
  }

  #release(member: ConsumerMember): void {
    for (const part of [member.assigned, member.pendingRevocation])
      for (const [topicId, partition] of eachPartition(part)) {
        const owners = this.#owners.get(topicId);
        // Of two steps that overlap the later one counts.
        if (owners?.get(partition) === member.memberId) owners.delete(partition);
        if (owners?.size === 0) this.#owners.delete(topicId);
      }
    this.#count(-memoryOf(member));
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#allGroups.bytes += bytes;
  }
}
