import { ErrorCode } from '../../protocol/errors.ts';
import { type ClassicGroup, clearAssignments } from './classic-group.ts';
import { failedSync, type JoinResult, type Member, NO_BYTES } from './member.ts';
import type { GroupSettings } from './settings.ts';
import type { Timer, Timers } from './timers.ts';

/** Writes the group as it is, with these assignments by member id; `done` says whether it is on disk. */
export type PersistGroup = (
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Uint8Array>,
  done: (isWritten: boolean) => void,
) => void;

/** What a rebalance needs of its surroundings. */
export type RebalanceContext = {
  readonly timers: Timers;
  readonly settings: GroupSettings;
  readonly persist: PersistGroup;
};

/**
 * Moves one classic group from state to state: Empty → PreparingRebalance → CompletingRebalance → Stable, and back to
 * PreparingRebalance whenever members come, go or change (Kafka's `GroupMetadataManager`). Requests come in through
 * `join-group.ts`, `sync-group.ts` and `membership.ts`.
 */
export class Rebalance {
  readonly group: ClassicGroup;
  readonly context: RebalanceContext;
  #joinTimer: Timer | null = null;
  #syncTimer: Timer | null = null;

  constructor(group: ClassicGroup, context: RebalanceContext) {
    this.group = group;
    this.context = context;
  }

  /** After a member came or changed: begins a rebalance, or ends the joining of the one that runs if nobody is missing. */
  memberChanged(): void {
    if (this.group.canRebalance) this.prepare();
    else this.completeIfAllJoined();
  }

  /** After members went: begins a rebalance when the group was at work, or goes on without them. */
  membersLeft(): void {
    const { state } = this.group;
    if (state === 'Stable' || state === 'CompletingRebalance') this.memberChanged();
    else if (state === 'PreparingRebalance') this.completeIfAllJoined();
  }

  /** Begins a rebalance: all members have to join again. */
  prepare(): void {
    const { group } = this;
    const { settings, timers } = this.context;
    if (group.state === 'CompletingRebalance') this.failAssignment(ErrorCode.REBALANCE_IN_PROGRESS);
    this.#stopSyncTimer();
    const isInitial = group.state === 'Empty';
    group.moveTo('PreparingRebalance', timers.now());
    if (isInitial) {
      const delayMs = settings.initialRebalanceDelayMs;
      group.hasNewMember = false;
      this.#waitForMore(delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0));
    } else if (group.hasAllMembersJoined) {
      this.completeJoin();
    } else {
      this.#joinIn(group.rebalanceTimeoutMs, this.completeJoin);
    }
  }

  /** Ends the joining when nobody is missing; the first rebalance of an empty group waits for its delay instead. */
  completeIfAllJoined(): void {
    const { group } = this;
    if (group.state === 'PreparingRebalance' && group.hasAllMembersJoined && group.previousState !== 'Empty')
      this.completeJoin();
  }

  /** Ends the joining: who has not joined again is out (static members stay until their session ends), and all are answered. */
  readonly completeJoin = (): void => {
    const { group } = this;
    this.#joinTimer?.cancel();
    this.#joinTimer = null;
    if (group.state === 'Dead') return;
    for (const member of [...group.members()])
      if (member.joinReply === null && member.instanceId === null) group.remove(member.memberId);
    if (!group.electJoinedLeader() && group.memberCount > 0) {
      // Only static members are left, and none has joined: wait until they do or their sessions end.
      this.#joinIn(group.rebalanceTimeoutMs, this.completeJoin);
      return;
    }
    group.beginGeneration(this.context.timers.now());
    if (group.state === 'Empty') {
      this.context.persist(group, new Map(), () => {});
      return;
    }
    this.#expectSyncs();
    for (const member of [...group.members()]) {
      member.isNew = false;
      group.pendingSyncs.add(member.memberId);
      this.heartbeatSeen(member);
      group.answerJoin(member, this.joinResult(member));
    }
  };

  /** What a member's JoinGroup is answered with: the generation, and to the leader all members. */
  joinResult(member: Member): JoinResult {
    const { group } = this;
    return {
      errorCode: ErrorCode.NONE,
      memberId: member.memberId,
      generationId: group.generationId,
      protocolType: group.protocolType,
      protocolName: group.protocolName,
      leader: group.leaderId ?? '',
      skipAssignment: false,
      members: group.isLeader(member.memberId) ? this.memberList() : [],
    };
  }

  /** All members with what they say in the protocol that was agreed on. */
  memberList(): JoinResult['members'] {
    const { group } = this;
    return Array.from(group.members(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      metadata: member.metadataFor(group.protocolName ?? ''),
    }));
  }

  /** Gives members what the leader said, and answers those that wait for it. */
  spreadAssignment(assignments: ReadonlyMap<string, Uint8Array>): void {
    const { group } = this;
    for (const member of [...group.members()]) {
      group.assign(member, assignments.get(member.memberId) ?? NO_BYTES);
      const isAnswered = member.answerSync({
        errorCode: ErrorCode.NONE,
        protocolType: group.protocolType,
        protocolName: group.protocolName,
        assignment: member.assignment,
      });
      if (isAnswered) this.heartbeatSeen(member);
    }
  }

  /** Takes all assignments away and tells those that wait for theirs why. */
  failAssignment(errorCode: number): void {
    clearAssignments(this.group);
    for (const member of [...this.group.members()])
      if (member.answerSync(failedSync(errorCode))) this.heartbeatSeen(member);
  }

  /** A member has synchronised: nobody is thrown out for that any more once all have. */
  syncSeen(memberId: string): void {
    this.group.pendingSyncs.delete(memberId);
    if (this.group.pendingSyncs.size === 0) this.#stopSyncTimer();
  }

  /** A member is alive: its session begins anew. */
  heartbeatSeen(member: Member, timeoutMs: number = member.sessionTimeoutMs): void {
    member.sessionTimer?.cancel();
    member.sessionTimer = this.context.timers.after(timeoutMs, () => this.#sessionEnded(member));
  }

  /** Gives out a member id that is to join within its session time. */
  expectPending(memberId: string, timeoutMs: number): void {
    const timer = this.context.timers.after(timeoutMs, () => {
      this.group.remove(memberId);
      this.completeIfAllJoined();
    });
    this.group.pendingJoins.set(memberId, timer);
  }

  /** Stops all timers and answers everybody: the group is no more. */
  dissolve(): void {
    this.#joinTimer?.cancel();
    this.#stopSyncTimer();
    this.group.dissolve(this.context.timers.now());
  }

  #sessionEnded(member: Member): void {
    const { group } = this;
    if (group.member(member.memberId) !== member) return;
    // Who waits for an answer cannot send heartbeats; only a first JoinGroup has a time limit (the client may be gone).
    if (!member.isNew && (member.joinReply !== null || member.syncReply !== null)) return;
    group.remove(member.memberId);
    this.membersLeft();
  }

  /** The first rebalance waits on while members come, up to the longest rebalance time-out (KIP-134). */
  #waitForMore(delayMs: number, remainingMs: number): void {
    this.#joinIn(delayMs, () => {
      const { group } = this;
      if (!group.hasNewMember || remainingMs === 0) {
        this.completeJoin();
        return;
      }
      group.hasNewMember = false;
      const nextMs = Math.min(this.context.settings.initialRebalanceDelayMs, remainingMs);
      this.#waitForMore(nextMs, Math.max(remainingMs - delayMs, 0));
    });
  }

  #joinIn(delayMs: number, action: () => void): void {
    this.#joinTimer?.cancel();
    this.#joinTimer = this.context.timers.after(delayMs, action);
  }

  /** Members that have not synchronised within the rebalance time-out are out. */
  #expectSyncs(): void {
    const { group } = this;
    const { generationId } = group;
    this.#stopSyncTimer();
    this.#syncTimer = this.context.timers.after(group.rebalanceTimeoutMs, () => {
      this.#syncTimer = null;
      const isAtWork = group.state === 'CompletingRebalance' || group.state === 'Stable';
      if (!isAtWork || group.generationId !== generationId || group.pendingSyncs.size === 0) return;
      for (const memberId of [...group.pendingSyncs]) group.remove(memberId);
      this.prepare();
    });
  }

  #stopSyncTimer(): void {
    this.#syncTimer?.cancel();
    this.#syncTimer = null;
  }
}
