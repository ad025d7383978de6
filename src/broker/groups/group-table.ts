import type { ByteAccount } from '../state.ts';
import { ClassicGroup } from './classic-group.ts';
import { type CountAccount, GroupOffsets } from './group-offsets.ts';
import { Rebalance, type RebalanceContext } from './rebalance.ts';

/** A group, what moves it, and its offsets. */
export type GroupEntry = {
  readonly group: ClassicGroup;
  readonly rebalance: Rebalance;
  readonly offsets: GroupOffsets;
};

/** All groups by id. */
export class GroupTable {
  /** Subscriptions and assignments of all groups, bytes. */
  readonly memberBytes: ByteAccount = { bytes: 0 };
  /** Offsets of all groups, committed and pending. */
  readonly offsetCount: CountAccount = { count: 0 };
  readonly #context: RebalanceContext;
  readonly #entries = new Map<string, GroupEntry>();
  /** Which groups a transaction that is still open commits offsets for. */
  readonly #groupsByProducer = new Map<number, Set<string>>();
  #nextOrder = 0;

  constructor(context: RebalanceContext) {
    this.#context = context;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Entries in the order they were made. */
  all(): IterableIterator<GroupEntry> {
    return this.#entries.values();
  }

  get(groupId: string): GroupEntry | undefined {
    return this.#entries.get(groupId);
  }

  /** Topics that some group has an offset of. */
  topics(): ReadonlySet<string> {
    const topics = new Set<string>();
    for (const { offsets } of this.#entries.values()) for (const { topic } of offsets.known()) topics.add(topic);
    return topics;
  }

  /** The group of that id, an empty one when there was none. */
  getOrMake(groupId: string): GroupEntry {
    const present = this.#entries.get(groupId);
    if (present !== undefined) return present;
    const group = new ClassicGroup(groupId, this.#context.timers.now(), this.memberBytes);
    const entry = {
      group,
      rebalance: new Rebalance(group, this.#context),
      offsets: new GroupOffsets(this.offsetCount),
    };
    this.#entries.set(groupId, entry);
    return entry;
  }

  /** Forgets a group; who still waits in it is answered. */
  remove(groupId: string): void {
    const entry = this.#entries.get(groupId);
    entry?.rebalance.dissolve();
    entry?.offsets.clear();
    this.#entries.delete(groupId);
  }

  /** The next number in the order of commits. */
  takeOrder(): number {
    return this.#nextOrder++;
  }

  /** Takes note that the producer's transaction commits offsets of the group. */
  joinTransaction(producerId: number, groupId: string): void {
    const groups = this.#groupsByProducer.get(producerId);
    if (groups === undefined) this.#groupsByProducer.set(producerId, new Set([groupId]));
    else groups.add(groupId);
  }

  /** Ends the producer's transaction in all groups, or in those that `isMeant`. */
  completeTransaction(producerId: number, isCommit: boolean, isMeant: (groupId: string) => boolean = () => true): void {
    const groups = this.#groupsByProducer.get(producerId);
    for (const groupId of groups ?? []) {
      if (!isMeant(groupId)) continue;
      this.#entries.get(groupId)?.offsets.complete(producerId, isCommit);
      groups?.delete(groupId);
    }
    if (groups?.size === 0) this.#groupsByProducer.delete(producerId);
  }
}
