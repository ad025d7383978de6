import { LEAVE_STATIC_MEMBER_EPOCH } from '../../../protocol/messages/consumer-group-heartbeat.ts';
import type { PlainRecord } from '../../../protocol/record-batch.ts';
import { MAX_ALL_GROUPS_BYTES, MAX_GROUP_BYTES, MAX_GROUP_MEMBERS } from '../limits.ts';
import type { GroupSettings } from '../settings.ts';
import type { Timers } from '../timers.ts';
import { assignmentOf, isSame, NO_PARTITIONS } from './assignment.ts';
import { assignors } from './assignor.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { type ConsumerMember, isSameMetadata, isSameTopics, memoryOf } from './consumer-member.ts';
import { ConsumerRecords } from './consumer-records.ts';
import { GroupRefusal } from './group-refusal.ts';
import { GroupWriter } from './group-writer.ts';
import { failedHeartbeat, type HeartbeatAnswer, type HeartbeatCall } from './heartbeat-call.ts';
import { joiningMember, memberAtWork, memberNamed, withCall } from './member-of-call.ts';
import { MemberTimers } from './member-timers.ts';
import { reconcile } from './reconcile.ts';
import { type SubscribedTopics, subscribedTopics, type TopicView } from './subscribed-topics.ts';
import type { TopicNames } from './topic-patterns.ts';

/** What a consumer group needs of its surroundings. */
export type ConsumerContext = {
  readonly timers: Timers;
  readonly settings: GroupSettings;
  readonly topics: TopicView;
  /** Writes records of a group; resolves with whether they are on disk. Their order is that of the calls. */
  readonly write: (groupId: string, records: readonly PlainRecord[]) => Promise<boolean>;
};

/** An answer, to be given when what it rests on `isWritten`. */
export type Outcome = { readonly answer: HeartbeatAnswer; readonly isWritten: Promise<boolean> };

/** The topics that a group reads are looked at this often at most, milliseconds, however many members send heartbeats. */
const TOPICS_CHECK_MS = 500;

/**
 * Moves one consumer group (Kafka's `GroupMetadataManager`, KIP-848). A heartbeat joins or updates a member; when that or the
 * topics change what is subscribed to, the group's epoch grows and a new target assignment is made; then the member takes
 * its next step towards its target. Nothing happens between heartbeats but that members time out.
 */
export class GroupReconciler {
  readonly group: ConsumerGroup;
  readonly context: ConsumerContext;
  readonly #writer: GroupWriter;
  readonly #timers: MemberTimers;
  #topicsSeenAtMs = Number.NEGATIVE_INFINITY;

  constructor(group: ConsumerGroup, context: ConsumerContext) {
    this.group = group;
    this.context = context;
    this.#writer = new GroupWriter(group, context);
    this.#timers = new MemberTimers(context.timers);
  }

  /**
   * A heartbeat that joins (epoch 0) or goes on.
   * @throws GroupRefusal; nothing has changed then.
   */
  heartbeat(call: HeartbeatCall): Outcome {
    const { group } = this;
    this.#checkSize(call.memberId);
    const isJoin = call.memberEpoch === 0;
    const { member, replaced } = isJoin ? joiningMember(group, call) : memberAtWork(group, call);
    const updated = withCall(member, call);
    this.#checkRoom(member, updated);
    const names = this.#namesFor(call);
    if (updated.topicRegex !== member.topicRegex && updated.topicRegex !== '')
      group.patterns.add(updated.topicRegex, names, this.context.timers.now());

    const records: PlainRecord[] = [];
    if (replaced !== null) this.#replace(replaced, member, records);
    const isSubscriptionNew = this.#update(member, updated, records);
    this.#refreshTarget(isSubscriptionNew, names, records);
    const after = this.#step(updated, call, records);
    this.#timers.expectHeartbeat(after.memberId, this.context.settings.consumerSessionTimeoutMs, () =>
      this.fence(after.memberId),
    );
    const isFull =
      call.rebalanceTimeoutMs !== -1 &&
      (call.topicNames !== null || call.topicRegex !== null) &&
      call.topicPartitions !== null;
    const isTold = isJoin || isFull || !isSame(member.assigned, after.assigned);
    return this.#outcome(records, {
      ...failedHeartbeat(0, null),
      memberId: after.memberId,
      memberEpoch: after.memberEpoch,
      heartbeatIntervalMs: this.context.settings.consumerHeartbeatIntervalMs,
      assignment: isTold ? after.assigned : null,
    });
  }

  /**
   * A heartbeat that leaves: for good (epoch -1), or as a static member that keeps its place until its session ends (-2).
   * @throws GroupRefusal UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID
   */
  leave(call: HeartbeatCall): Outcome {
    const member = memberNamed(this.group, call);
    const { memberId, memberEpoch } = call;
    const records: PlainRecord[] = [];
    if (memberEpoch === LEAVE_STATIC_MEMBER_EPOCH) {
      const away: ConsumerMember = { ...member, memberEpoch, pendingRevocation: NO_PARTITIONS };
      this.group.put(away);
      records.push(this.#records().current(away));
    } else {
      this.#remove([member.memberId], records);
    }
    return this.#outcome(records, { ...failedHeartbeat(0, null), memberId, memberEpoch });
  }

  /** Puts members out: their time is over, or somebody asks for it. Those that are not there do not count. */
  fence(...memberIds: readonly string[]): void {
    const known = memberIds.filter((memberId) => this.group.member(memberId) !== undefined);
    if (known.length === 0) return;
    const records: PlainRecord[] = [];
    this.#remove(known, records);
    void this.#writer.write(records);
  }

  /** Begins the sessions of members that were loaded; a member that was giving partitions up has its whole time again. */
  begin(): void {
    for (const { memberId } of this.group.members())
      this.#timers.expectHeartbeat(memberId, this.context.settings.consumerSessionTimeoutMs, () =>
        this.fence(memberId),
      );
    for (const member of this.group.members()) this.#watchRevocation(member);
  }

  /** Stops all timers and forgets the members: the group is no more. */
  dissolve(): void {
    this.#timers.stop();
    this.group.clear();
  }

  /** The assignor that most members ask for, or else the first of `group.consumer.assignors`. */
  get assignorName(): string {
    const { consumerAssignors } = this.context.settings;
    const votes = new Map<string, number>();
    for (const { serverAssignor } of this.group.members())
      if (serverAssignor !== null && consumerAssignors.includes(serverAssignor))
        votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1);
    const [most] = [...votes].sort(([, one], [, other]) => other - one);
    return most?.[0] ?? consumerAssignors[0] ?? 'uniform';
  }

  #checkSize(memberId: string): void {
    const { group } = this;
    const most = Math.min(this.context.settings.consumerMaxSize, MAX_GROUP_MEMBERS);
    if (group.memberCount >= most && group.member(memberId) === undefined)
      throw new GroupRefusal(
        'GROUP_MAX_SIZE_REACHED',
        `The consumer group has reached its maximum capacity of ${most} members.`,
      );
  }

  #checkRoom(member: ConsumerMember, updated: ConsumerMember): void {
    const isKnown = this.group.member(member.memberId) !== undefined;
    const added = memoryOf(updated) - (isKnown ? memoryOf(member) : 0);
    if (added <= 0) return;
    if (this.group.sizeBytes + added > MAX_GROUP_BYTES || this.group.allGroupsBytes + added > MAX_ALL_GROUPS_BYTES)
      throw new GroupRefusal('GROUP_MAX_SIZE_REACHED', 'The subscriptions of the group take too much memory.');
  }

  /** A static member is back under another id: it takes over what it had and shall have. */
  #replace(former: ConsumerMember, member: ConsumerMember, records: PlainRecord[]): void {
    const { group } = this;
    const target = group.target(former.memberId);
    this.#timers.cancel(former.memberId);
    group.remove(former.memberId);
    group.put(member);
    group.setTarget(member.memberId, target);
    const write = this.#records();
    if (former.memberId !== member.memberId) records.push(...write.withoutMember(former.memberId));
    records.push(write.member(member), write.target(member.memberId, target), write.current(member));
  }

  /** Keeps what the heartbeat says of its member; returns whether the group's subscription is another one by that. */
  #update(member: ConsumerMember, updated: ConsumerMember, records: PlainRecord[]): boolean {
    const isNew = this.group.member(updated.memberId) === undefined;
    if (isNew || !isSameMetadata(member, updated)) records.push(this.#records().member(updated));
    this.group.put(updated);
    return (
      this.group.groupEpoch === 0 ||
      !isSameTopics(member.topicNames, updated.topicNames) ||
      member.topicRegex !== updated.topicRegex
    );
  }

  /** Makes the next epoch of the group when something has changed, and the target assignment of its epoch. */
  #refreshTarget(isSubscriptionNew: boolean, names: TopicNames, records: PlainRecord[]): void {
    const { group, context } = this;
    const nowMs = context.timers.now();
    const isBehind = group.groupEpoch > group.assignmentEpoch;
    const sinceMs = Math.abs(nowMs - this.#topicsSeenAtMs);
    if (!isSubscriptionNew && !isBehind && sinceMs < TOPICS_CHECK_MS) return;
    this.#topicsSeenAtMs = nowMs;
    const topics = subscribedTopics(group, context.topics, names, nowMs);
    if (isSubscriptionNew || topics.hash !== group.metadataHash) {
      group.groupEpoch++;
      group.metadataHash = topics.hash;
      records.push(this.#records().group(group));
    }
    if (group.groupEpoch > group.assignmentEpoch) this.#assign(topics, records);
  }

  #assign({ byMember, partitionCounts }: SubscribedTopics, records: PlainRecord[]): void {
    const { group } = this;
    const write = this.#records();
    const members = Array.from(group.members(), ({ memberId, instanceId }) => ({
      memberId,
      instanceId,
      topicIds: byMember.get(memberId) ?? new Set<string>(),
      assigned: group.target(memberId),
    }));
    const targets = assignors[this.assignorName]?.({ members, partitionCounts });
    for (const { memberId, assigned } of members) {
      const target = targets?.get(memberId) ?? NO_PARTITIONS;
      if (isSame(target, assigned)) continue;
      group.setTarget(memberId, target);
      records.push(write.target(memberId, target));
    }
    group.assignmentEpoch = group.groupEpoch;
    records.push(write.targetEpoch(group.assignmentEpoch));
  }

  /** The member's next step towards its target. */
  #step(member: ConsumerMember, call: HeartbeatCall, records: PlainRecord[]): ConsumerMember {
    const { group } = this;
    const target = { epoch: group.assignmentEpoch, partitions: group.target(member.memberId) };
    const owned = call.topicPartitions === null ? null : assignmentOf(call.topicPartitions);
    const after = reconcile(member, target, (...place) => group.isFree(...place), owned);
    if (after === member) return member;
    group.put(after);
    records.push(this.#records().current(after));
    this.#watchRevocation(after);
    return after;
  }

  /** A member that does not give up in time what it is to give up is put out. */
  #watchRevocation({ memberId, memberEpoch, state, rebalanceTimeoutMs }: ConsumerMember): void {
    if (state !== 'UNREVOKED_PARTITIONS') {
      this.#timers.endRevocation(memberId);
      return;
    }
    this.#timers.expectRevocation(memberId, rebalanceTimeoutMs, () => {
      if (this.group.member(memberId)?.memberEpoch === memberEpoch) this.fence(memberId);
    });
  }

  #remove(memberIds: readonly string[], records: PlainRecord[]): void {
    const { group, context } = this;
    for (const memberId of memberIds) {
      this.#timers.cancel(memberId);
      group.remove(memberId);
      records.push(...this.#records().withoutMember(memberId));
    }
    group.groupEpoch++;
    group.metadataHash = subscribedTopics(group, context.topics, null, context.timers.now()).hash;
    records.push(this.#records().group(group));
  }

  #namesFor({ mayDescribe }: HeartbeatCall): TopicNames {
    const { topics } = this.context;
    return () => Array.from(topics.all(), ({ name }) => name).filter(mayDescribe);
  }

  #outcome(records: readonly PlainRecord[], answer: HeartbeatAnswer): Outcome {
    return { answer, isWritten: this.#writer.write(records) };
  }

  #records(): ConsumerRecords {
    return new ConsumerRecords(this.group.groupId, this.context.timers.now());
  }
}
