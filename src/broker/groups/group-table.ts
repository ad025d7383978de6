import type { ByteAccount } from '../state.ts';
import { ClassicGroup } from './classic-group.ts';
import { ConsumerGroup } from './consumer/consumer-group.ts';
import { type ConsumerContext, GroupReconciler } from './consumer/group-reconciler.ts';
import { type CountAccount, GroupOffsets } from './group-offsets.ts';
import { Rebalance, type RebalanceContext } from './rebalance.ts';

/** A group, what moves it, and its offsets. */
export type GroupEntry = {
  /** The group of the classic protocol; empty while `consumer` is there. */
  readonly group: ClassicGroup;
  readonly rebalance: Rebalance;
  /** The group of the consumer protocol (KIP-848); null when it is a classic one. */
  readonly consumer: GroupReconciler | null;
  readonly offsets: GroupOffsets;
};

/** What groups of both protocols need of their surroundings. */
export type GroupTableContext = RebalanceContext & ConsumerContext;

/** Whether nobody is in the group, and nobody is about to join. */
export const isEmptyGroup = ({ group, consumer }: GroupEntry): boolean =>
  consumer === null
    ? group.state === 'Empty' && group.memberCount === 0 && group.pendingJoins.size === 0
    : consumer.group.memberCount === 0;

/** All groups by id. */
export class GroupTable {
  /** Subscriptions and assignments of all groups, bytes. */
  readonly memberBytes: ByteAccount = { bytes: 0 };
  /** Offsets of all groups, committed and pending. */
  readonly offsetCount: CountAccount = { count: 0 };
  readonly #context: GroupTableContext;
  readonly #entries = new Map<string, GroupEntry>();
  /** Which groups a transaction that is still open commits offsets for. */
  readonly #groupsByProducer = new Map<number, Set<string>>();
  #nextOrder = 0;

  constructor(context: GroupTableContext) {
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
    return this.#put(groupId, new GroupOffsets(this.offsetCount), null);
  }

  /** Makes the group one of the consumer protocol, without members; its offsets stay. */
  becomeConsumer(groupId: string): { readonly entry: GroupEntry; readonly consumer: GroupReconciler } {
    const offsets = this.#dissolve(groupId);
    const consumer = new GroupReconciler(new ConsumerGroup(groupId, this.memberBytes), this.#context);
    return { entry: this.#put(groupId, offsets, consumer), consumer };
  }

  /** Makes the group one of the classic protocol, without members; its offsets stay. */
  becomeClassic(groupId: string): GroupEntry {
    return this.#put(groupId, this.#dissolve(groupId), null);
  }

  /** Forgets a group; who still waits in it is answered. */
  remove(groupId: string): void {
    const entry = this.#entries.get(groupId);
    this.#dissolve(groupId);
    entry?.offsets.clear();
    this.#entries.delete(groupId);
  }

  /** Ends the group of either protocol; gives its offsets. */
  #dissolve(groupId: string): GroupOffsets {
    const entry = this.#entries.get(groupId);
    entry?.rebalance.dissolve();
    entry?.consumer?.dissolve();
    return entry?.offsets ?? new GroupOffsets(this.offsetCount);
  }

  #put(groupId: string, offsets: GroupOffsets, consumer: GroupReconciler | null): GroupEntry {
    const group = new ClassicGroup(groupId, this.#context.timers.now(), this.memberBytes);
    const entry = { group, rebalance: new Rebalance(group, this.#context), consumer, offsets };
    this.#entries.set(groupId, entry);
    return entry;
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
