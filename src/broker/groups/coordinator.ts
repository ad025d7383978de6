import { ErrorCode } from '../../protocol/errors.ts';
import type { PlainRecord } from '../../protocol/record-batch.ts';
import { errorCode as systemErrorCode } from '../log/errors.ts';
import type { BrokerState } from '../state.ts';
import { classicEntry } from './consumer/protocol-change.ts';
import { removeMembers } from './consumer/remove-members.ts';
import { expireOffsets, forgetTopic } from './expiry.ts';
import { groupRecord } from './group-records.ts';
import { type GroupEntry, GroupTable } from './group-table.ts';
import { type JoinCall, joinGroup } from './join-group.ts';
import { MAX_ALL_GROUPS_BYTES, MAX_GROUPS } from './limits.ts';
import { loadGroups } from './load-groups.ts';
import { failedJoin, failedSync, type JoinResult, type SyncResult, sizeOf } from './member.ts';
import { heartbeat, leaveGroup, type MemberIdentity } from './membership.ts';
import { OffsetsTopic, type TransactionalProducer } from './offsets-topic.ts';
import type { GroupSettings } from './settings.ts';
import { type SyncCall, syncGroup } from './sync-group.ts';
import { SystemTimers, type Timer, type Timers } from './timers.ts';

/** What the coordinator needs of the broker. */
export type GroupHost = Pick<BrokerState, 'topics' | 'appends' | 'settings' | 'journal'>;

/**
 * The coordinator of all groups (Kafka's `GroupCoordinatorService`): keeps them, brings requests to them, and writes them to
 * `__consumer_offsets`. Offsets are in `offset-commits.ts` and `offset-fetches.ts`, what tools ask for in `group-admin.ts`.
 */
export class GroupCoordinator {
  readonly settings: GroupSettings;
  readonly topics: BrokerState['topics'];
  readonly timers: Timers;
  readonly table: GroupTable;
  readonly offsetsTopic: OffsetsTopic;
  readonly #journal: BrokerState['journal'];
  readonly #systemTimers = new SystemTimers();
  #expiry: Timer | null = null;

  /** @param timers of its own unless a test gives some. */
  constructor(broker: GroupHost, timers?: Timers) {
    this.settings = broker.settings.groups;
    this.topics = broker.topics;
    this.#journal = broker.journal;
    this.timers = timers ?? this.#systemTimers;
    this.offsetsTopic = new OffsetsTopic(broker);
    this.table = new GroupTable({
      timers: this.timers,
      settings: this.settings,
      topics: this.topics,
      write: (groupId, records) => this.write(groupId, records),
      persist: (group, assignments, done) => {
        const record = groupRecord(group, assignments, this.timers.now());
        void this.write(group.groupId, [record]).then(done);
      },
    });
  }

  /** Reads what a former run has left, and begins to look for expired offsets. Rejects when it cannot be read. */
  async start(): Promise<void> {
    const { topic } = this.offsetsTopic;
    if (topic !== undefined) await loadGroups(topic, this.table);
    // The broker may have ended between the deletion of a topic and that of its offsets.
    for (const name of this.table.topics()) if (this.topics.get(name) === undefined) this.topicDeleted(name);
    this.#expireLater();
  }

  /** Stops all timers. Requests that wait stay unanswered: their connections are closed. */
  stop(): void {
    this.#expiry?.cancel();
    this.#systemTimers.close();
  }

  /** NONE once the offsets topic is there, which is made now if need be; otherwise why a client has to wait. */
  async readiness(): Promise<number> {
    try {
      await this.offsetsTopic.open();
      return ErrorCode.NONE;
    } catch (error) {
      this.#say(`cannot make the topic of consumer groups: ${describe(error)}`);
      return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    }
  }

  /**
   * Writes records of a group; false, and a line in the log, when they could not be written. Their order is settled when
   * this returns.
   */
  async write(
    groupId: string,
    records: readonly PlainRecord[],
    producer: TransactionalProducer | null = null,
  ): Promise<boolean> {
    try {
      await this.offsetsTopic.append(groupId, records, producer);
      return true;
    } catch (error) {
      this.#say(`cannot write what group ${groupId} commits: ${describe(error)}`);
      return false;
    }
  }

  /** JoinGroup; resolves when the joining is over. */
  join(groupId: string, call: JoinCall): Promise<JoinResult> {
    const fail = (errorCode: number, memberId = call.memberId) => Promise.resolve(failedJoin(errorCode, memberId));
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.settings;
    if (groupId === '') return fail(ErrorCode.INVALID_GROUP_ID);
    if (call.sessionTimeoutMs < minSessionTimeoutMs || call.sessionTimeoutMs > maxSessionTimeoutMs)
      return fail(ErrorCode.INVALID_SESSION_TIMEOUT);
    if (this.table.get(groupId) === undefined && call.memberId !== '') return fail(ErrorCode.UNKNOWN_MEMBER_ID);
    if (this.table.memberBytes.bytes + sizeOf(call.protocols) > MAX_ALL_GROUPS_BYTES)
      return fail(ErrorCode.GROUP_MAX_SIZE_REACHED, '');
    const entry = this.entryFor(groupId);
    if (entry === null) return fail(ErrorCode.POLICY_VIOLATION);
    const classic = classicEntry(this, entry);
    // A group moves between the protocols while nobody is in it only.
    if (classic === null) return fail(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    return new Promise((resolve) => joinGroup(classic.rebalance, call, resolve));
  }

  /** SyncGroup; resolves when the leader's assignment is there. */
  sync(groupId: string, call: SyncCall): Promise<SyncResult> {
    if (groupId === '') return Promise.resolve(failedSync(ErrorCode.INVALID_GROUP_ID));
    const entry = this.table.get(groupId);
    if (entry === undefined) return Promise.resolve(failedSync(ErrorCode.UNKNOWN_MEMBER_ID));
    return new Promise((resolve) => syncGroup(entry.rebalance, call, resolve));
  }

  /** Heartbeat. */
  heartbeat(groupId: string, who: MemberIdentity, generationId: number): number {
    if (groupId === '') return ErrorCode.INVALID_GROUP_ID;
    const entry = this.table.get(groupId);
    return entry === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : heartbeat(entry.rebalance, who, generationId);
  }

  /** LeaveGroup: an error of the group, or one for each member. */
  leave(groupId: string, leaving: readonly MemberIdentity[]): { errorCode: number; memberErrors: readonly number[] } {
    if (groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID, memberErrors: [] };
    const entry = this.table.get(groupId);
    if (entry === undefined)
      return { errorCode: ErrorCode.NONE, memberErrors: leaving.map(() => ErrorCode.UNKNOWN_MEMBER_ID) };
    const { consumer, rebalance } = entry;
    const memberErrors = consumer === null ? leaveGroup(rebalance, leaving) : removeMembers(consumer, leaving);
    return { errorCode: ErrorCode.NONE, memberErrors };
  }

  /** The group of that id, made when it is missing; null when there are as many as there may be. */
  entryFor(groupId: string): GroupEntry | null {
    const present = this.table.get(groupId);
    if (present !== undefined) return present;
    return this.table.count < MAX_GROUPS ? this.table.getOrMake(groupId) : null;
  }

  /** The transaction of `producerId` has ended and its marker is written: its offsets count now, or are forgotten. */
  completeTransaction(producerId: number, isCommit: boolean): void {
    this.table.completeTransaction(producerId, isCommit);
  }

  /** A topic was deleted: groups forget its offsets. */
  topicDeleted(topic: string): void {
    forgetTopic(this, topic);
  }

  #expireLater(): void {
    this.#expiry = this.timers.after(this.settings.offsetsRetentionCheckIntervalMs, () => {
      expireOffsets(this);
      this.#expireLater();
    });
  }

  #say(line: string): void {
    this.#journal.say('groups', line, 1);
  }
}

const describe = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : systemErrorCode(error);
