import { ErrorCode } from '../../protocol/errors.ts';
import type { ByteAccount } from '../state.ts';
import {
  failedJoin,
  type JoinResult,
  Member,
  type MemberProfile,
  type MemberProtocol,
  NO_BYTES,
  sizeOf,
} from './member.ts';
import { subscribedTopicsOf } from './subscription.ts';
import type { Timer } from './timers.ts';

/** The states of a classic group, as Kafka's tools print them. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

/** The protocol type of consumers; others are those of Connect and of other people's coordinators. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer';

/**
 * What a classic group is: its members, its generation and what was agreed on (Kafka's `ClassicGroup`). It knows nothing of
 * time or of the disk; `rebalance.ts` moves it from state to state.
 */
export class ClassicGroup {
  readonly groupId: string;
  /** When it came into its state, milliseconds since the epoch; null when it was loaded from an old record. */
  stateSinceMs: number | null;
  generationId = 0;
  protocolType: string | null = null;
  protocolName: string | null = null;
  leaderId: string | null = null;
  /** A member came while the first rebalance waits for more. */
  hasNewMember = false;
  /** Members that were given an id and have not joined with it yet, and when they are given up. */
  readonly pendingJoins = new Map<string, Timer>();
  /** Members that have not synchronised in this generation yet. */
  readonly pendingSyncs = new Set<string>();
  /** Topics that members of a consumer group read; null when they cannot be told. */
  subscribedTopics: ReadonlySet<string> | null = new Set();
  readonly #members = new Map<string, Member>();
  readonly #memberIdByInstance = new Map<string, string>();
  readonly #supporters = new Map<string, number>();
  /** Bytes of all groups' members. */
  readonly #allBytes: ByteAccount;
  #bytes = 0;
  #state: GroupState = 'Empty';
  #previousState: GroupState = 'Empty';
  #joiningCount = 0;

  constructor(groupId: string, nowMs: number, allBytes: ByteAccount) {
    this.groupId = groupId;
    this.stateSinceMs = nowMs;
    this.#allBytes = allBytes;
  }

  get state(): GroupState {
    return this.#state;
  }

  get previousState(): GroupState {
    return this.#previousState;
  }

  get memberCount(): number {
    return this.#members.size;
  }

  /** Members that wait for the answer to their JoinGroup. */
  get joiningCount(): number {
    return this.#joiningCount;
  }

  /** Subscriptions and assignments it holds, bytes. */
  get sizeBytes(): number {
    return this.#bytes;
  }

  /** Members in the order they came. */
  members(): IterableIterator<Member> {
    return this.#members.values();
  }

  member(memberId: string): Member | undefined {
    return this.#members.get(memberId);
  }

  /** The member id of a static member. */
  staticMemberId(instanceId: string): string | undefined {
    return this.#memberIdByInstance.get(instanceId);
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId;
  }

  /** True when it rebalances or may begin to. */
  get canRebalance(): boolean {
    return this.#state === 'Stable' || this.#state === 'CompletingRebalance' || this.#state === 'Empty';
  }

  get hasAllMembersJoined(): boolean {
    return this.#members.size === this.#joiningCount && this.pendingJoins.size === 0;
  }

  /** The longest time that a member may take to join again, milliseconds. */
  get rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const { rebalanceTimeoutMs } of this.#members.values()) longest = Math.max(longest, rebalanceTimeoutMs);
    return longest;
  }

  moveTo(state: GroupState, nowMs: number): void {
    this.#previousState = this.#state;
    this.#state = state;
    this.stateSinceMs = nowMs;
  }

  /** Whether a member with these protocols can be in it. */
  supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.#state === 'Empty') return protocolType !== '' && protocols.length > 0;
    return (
      protocolType === this.protocolType &&
      protocols.some(({ name }) => (this.#supporters.get(name) ?? 0) === this.#members.size)
    );
  }

  /** Adds a member; the first one gives the group its protocol type and leads it. */
  add(profile: MemberProfile, protocolType: string): Member {
    const member = new Member(profile);
    if (this.#members.size === 0) this.protocolType = protocolType;
    this.#put(member);
    this.leaderId ??= member.memberId;
    this.pendingJoins.get(member.memberId)?.cancel();
    this.pendingJoins.delete(member.memberId);
    return member;
  }

  /** Takes a member, or one that was only given an id, out of the group, and answers what it waits in. */
  remove(memberId: string, errorCode: number = ErrorCode.UNKNOWN_MEMBER_ID): void {
    this.pendingJoins.get(memberId)?.cancel();
    this.pendingJoins.delete(memberId);
    this.pendingSyncs.delete(memberId);
    const member = this.#members.get(memberId);
    if (member === undefined) return;
    this.#drop(member);
    if (this.isLeader(memberId)) this.leaderId = this.#members.keys().next().value ?? null;
    member.answerGone(errorCode);
  }

  /** Has a static member go on under another member id; who uses the former one is fenced. */
  replaceStatic(former: Member, profile: MemberProfile): Member {
    const member = new Member(profile);
    member.protocols = former.protocols;
    member.assignment = former.assignment;
    member.isNew = false;
    this.#drop(former);
    this.#put(member);
    if (this.isLeader(former.memberId)) this.leaderId = member.memberId;
    if (this.pendingSyncs.delete(former.memberId)) this.pendingSyncs.add(member.memberId);
    former.answerGone(ErrorCode.FENCED_INSTANCE_ID);
    return member;
  }

  /** Takes what a member says as it joins again. */
  update(member: Member, change: Pick<MemberProfile, 'protocols' | 'sessionTimeoutMs' | 'rebalanceTimeoutMs'>): void {
    this.#count(member, -1);
    member.protocols = change.protocols;
    member.sessionTimeoutMs = change.sessionTimeoutMs;
    member.rebalanceTimeoutMs = change.rebalanceTimeoutMs;
    this.#count(member, 1);
  }

  /** Gives a member what it is to read. */
  assign(member: Member, assignment: Uint8Array): void {
    this.#addBytes(assignment.length - member.assignment.length);
    member.assignment = assignment;
  }

  /** Has a member wait for the answer to its JoinGroup; an earlier one that still waits is told to try again. */
  awaitJoin(member: Member, reply: (result: JoinResult) => void): void {
    const earlier = member.joinReply;
    if (earlier === null) this.#joiningCount++;
    member.joinReply = reply;
    earlier?.(failedJoin(ErrorCode.REBALANCE_IN_PROGRESS, member.memberId));
  }

  /** Answers a member's JoinGroup, if it waits in one. */
  answerJoin(member: Member, result: JoinResult): void {
    const reply = member.joinReply;
    if (reply === null) return;
    member.joinReply = null;
    this.#joiningCount--;
    reply(result);
  }

  /** True when the leader has joined, which another member becomes if need be; false when nobody has joined. */
  electJoinedLeader(): boolean {
    const leader = this.leaderId === null ? undefined : this.#members.get(this.leaderId);
    if (leader !== undefined && leader.joinReply !== null) return true;
    for (const member of this.#members.values()) {
      if (member.joinReply === null) continue;
      this.leaderId = member.memberId;
      return true;
    }
    return false;
  }

  /** The protocol that most members want of those that all know (each votes for the first such in its list). */
  selectProtocol(): string | null {
    const votes = new Map<string, number>();
    for (const { protocols } of this.#members.values()) {
      const choice = protocols.find(({ name }) => this.#supporters.get(name) === this.#members.size);
      if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
    }
    let selected: string | null = null;
    for (const [name, count] of votes) if (selected === null || count > (votes.get(selected) ?? 0)) selected = name;
    return selected;
  }

  /** Begins the next generation with the members there are. */
  beginGeneration(nowMs: number): void {
    this.generationId = this.generationId === 2 ** 31 - 1 ? 1 : this.generationId + 1;
    this.pendingSyncs.clear();
    this.protocolName = this.#members.size === 0 ? null : this.selectProtocol();
    this.refreshSubscriptions();
    this.moveTo(this.#members.size === 0 ? 'Empty' : 'CompletingRebalance', nowMs);
  }

  /** Reads anew which topics the members subscribe to. */
  refreshSubscriptions(): void {
    const { protocolName } = this;
    if (this.#members.size === 0) this.subscribedTopics = new Set();
    else if (this.protocolType !== CONSUMER_PROTOCOL_TYPE || protocolName === null) this.subscribedTopics = null;
    else
      this.subscribedTopics = subscribedTopicsOf(
        Array.from(this.#members.values(), (member) => member.metadataFor(protocolName)),
      );
  }

  /** Whether members read the topic; a consumer group that cannot be understood may read any. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.protocolType === CONSUMER_PROTOCOL_TYPE;
  }

  /** Puts in a member that was loaded from the log. */
  restore(member: Member): void {
    this.#put(member);
    member.isNew = false;
  }

  /** Forgets everything; who still waits is told that it is not known. */
  dissolve(nowMs: number): void {
    for (const memberId of [...this.#members.keys(), ...this.pendingJoins.keys()]) this.remove(memberId);
    this.moveTo('Dead', nowMs);
  }

  #put(member: Member): void {
    this.#members.set(member.memberId, member);
    if (member.instanceId !== null) this.#memberIdByInstance.set(member.instanceId, member.memberId);
    this.#count(member, 1);
    this.#addBytes(member.assignment.length);
  }

  #drop(member: Member): void {
    member.sessionTimer?.cancel();
    member.sessionTimer = null;
    if (member.joinReply !== null) this.#joiningCount--;
    this.#members.delete(member.memberId);
    if (member.instanceId !== null && this.#memberIdByInstance.get(member.instanceId) === member.memberId)
      this.#memberIdByInstance.delete(member.instanceId);
    this.#count(member, -1);
    this.#addBytes(-member.assignment.length);
  }

  #count(member: Member, by: 1 | -1): void {
    this.#addBytes(by * sizeOf(member.protocols));
    for (const name of new Set(member.protocols.map((protocol) => protocol.name))) {
      const count = (this.#supporters.get(name) ?? 0) + by;
      if (count === 0) this.#supporters.delete(name);
      else this.#supporters.set(name, count);
    }
  }

  #addBytes(bytes: number): void {
    this.#bytes += bytes;
    this.#allBytes.bytes += bytes;
  }
}

/** Takes all assignments away: what a rebalance begins with. */
export const clearAssignments = (group: ClassicGroup): void => {
  for (const member of group.members()) group.assign(member, NO_BYTES);
};
