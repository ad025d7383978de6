/** A committed offset. */
export type CommittedOffset = {
  readonly offset: number;
  /** -1 when the client gave none. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly committedAtMs: number;
  /** When it expires; null when the group's retention says so (all clients since OffsetCommit 5). */
  readonly expiresAtMs: number | null;
};

/** A committed offset and its place in the order of all commits: a transaction that ends does not undo what came after it. */
export type OrderedOffset = CommittedOffset & { readonly order: number };

/** One topic-partition and its offset. */
export type OffsetEntry = { readonly topic: string; readonly partition: number; readonly committed: OrderedOffset };

/** A number of things that is bounded. */
export type CountAccount = { count: number };

class OffsetTable {
  /** Offsets of all groups. */
  readonly #all: CountAccount;
  readonly #topics = new Map<string, Map<number, OrderedOffset>>();
  #count = 0;

  constructor(all: CountAccount) {
    this.#all = all;
  }

  get count(): number {
    return this.#count;
  }

  get(topic: string, partition: number): OrderedOffset | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  set(topic: string, partition: number, committed: OrderedOffset): void {
    let partitions = this.#topics.get(topic);
    if (partitions === undefined) {
      partitions = new Map();
      this.#topics.set(topic, partitions);
    }
    if (!partitions.has(partition)) this.#add(1);
    partitions.set(partition, committed);
  }

  delete(topic: string, partition: number): boolean {
    const partitions = this.#topics.get(topic);
    if (partitions?.delete(partition) !== true) return false;
    this.#add(-1);
    if (partitions.size === 0) this.#topics.delete(topic);
    return true;
  }

  clear(): void {
    this.#topics.clear();
    this.#add(-this.#count);
  }

  topics(): IterableIterator<string> {
    return this.#topics.keys();
  }

  partitions(topic: string): readonly (readonly [partition: number, committed: OrderedOffset])[] {
    return [...(this.#topics.get(topic) ?? [])];
  }

  *all(): Generator<OffsetEntry> {
    for (const [topic, partitions] of this.#topics)
      for (const [partition, committed] of partitions) yield { topic, partition, committed };
  }

  #add(count: number): void {
    this.#count += count;
    this.#all.count += count;
  }
}

/** The offsets of one group: those committed, and those of transactions that are still open. */
export class GroupOffsets {
  readonly committed: OffsetTable;
  readonly #pending = new Map<number, OffsetTable>();
  readonly #all: CountAccount;

  /** @param all counts the offsets of all groups. */
  constructor(all: CountAccount) {
    this.#all = all;
    this.committed = new OffsetTable(all);
  }

  /** True when neither a committed offset nor one of an open transaction is there. */
  get isEmpty(): boolean {
    return this.committed.count === 0 && this.#pending.size === 0;
  }

  /** Keeps an offset until the transaction of `producerId` ends. */
  addPending(producerId: number, { topic, partition, committed }: OffsetEntry): void {
    let table = this.#pending.get(producerId);
    if (table === undefined) {
      table = new OffsetTable(this.#all);
      this.#pending.set(producerId, table);
    }
    table.set(topic, partition, committed);
  }

  /** Whether an open transaction is about to commit this partition's offset. */
  hasPending(topic: string, partition: number): boolean {
    for (const table of this.#pending.values()) if (table.get(topic, partition) !== undefined) return true;
    return false;
  }

  /** Ends a transaction: its offsets count now, or are forgotten. */
  complete(producerId: number, isCommit: boolean): void {
    const table = this.#pending.get(producerId);
    if (table === undefined) return;
    this.#pending.delete(producerId);
    const entries = isCommit ? [...table.all()] : [];
    table.clear();
    for (const { topic, partition, committed } of entries) {
      const present = this.committed.get(topic, partition);
      if (present === undefined || present.order < committed.order) this.committed.set(topic, partition, committed);
    }
  }

  /** Forgets all. */
  clear(): void {
    this.committed.clear();
    for (const table of this.#pending.values()) table.clear();
    this.#pending.clear();
  }

  /** Forgets one partition's offset, that of an open transaction too. Returns whether there was one. */
  forget(topic: string, partition: number): boolean {
    let wasThere = this.committed.delete(topic, partition);
    for (const [producerId, table] of this.#pending) {
      wasThere = table.delete(topic, partition) || wasThere;
      if (table.count === 0) this.#pending.delete(producerId);
    }
    return wasThere;
  }

  /** Partitions of a topic that an offset, committed or pending, is known of. */
  partitionsOf(topic: string): number[] {
    const partitions = new Set<number>();
    for (const table of [this.committed, ...this.#pending.values()])
      for (const [partition] of table.partitions(topic)) partitions.add(partition);
    return [...partitions];
  }

  /** All partitions that an offset, committed or pending, is known of. */
  known(): { readonly topic: string; readonly partition: number }[] {
    const topics = new Set<string>();
    for (const table of [this.committed, ...this.#pending.values()])
      for (const topic of table.topics()) topics.add(topic);
    return [...topics].flatMap((topic) => this.partitionsOf(topic).map((partition) => ({ topic, partition })));
  }
}
