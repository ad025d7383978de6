/** How far the partitions of a topic were read, against where they end. */
import { openAdmin } from '../client/admin.ts';
import { positionAt, type SharedPositions } from '../load/positions.ts';
import type { UnreadPartition } from '../results/verification.ts';
import type { ClusterAccess } from './topic-setup.ts';

/** Longest time to ask for the ends of logs. */
const patienceMs = 5000;

/** The ends of a topic's partitions, asked for when reading begins and again when it seems to be over. */
export class LogEnds {
  readonly #access: ClusterAccess;
  readonly #topic: string;
  readonly #positions: SharedPositions;
  /** Ends before anything was sent: what was there before is not read. */
  #beginnings: ReadonlyMap<number, number> = new Map();
  /** Null until they were learned. */
  #ends: ReadonlyMap<number, number> | null = null;

  constructor(access: ClusterAccess, topic: string, positions: SharedPositions) {
    this.#access = access;
    this.#topic = topic;
    this.#positions = positions;
  }

  /** To be called before the first record is sent. Rejects with a ClientError. */
  async begin(): Promise<void> {
    this.#beginnings = await this.#ask();
  }

  /** Learns the ends; a cluster that does not tell in time leaves those that were known. */
  async refresh(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), patienceMs);
    });
    const asked = this.#ask().catch(() => null);
    this.#ends = (await Promise.race([asked, tooLate])) ?? this.#ends;
    clearTimeout(timer);
  }

  /** Whether everything up to the ends was read; a marker of a transaction at the end is never read. */
  isRead(): boolean {
    return this.#ends !== null && this.unread().length === 0;
  }

  /** The partitions that were not read to their ends, as far as these are known. */
  unread(): readonly UnreadPartition[] {
    return [...(this.#ends ?? [])].flatMap(([partition, endOffset]) => {
      const position = positionAt(this.#positions, this.#topic, partition);
      const from = position ?? this.#beginnings.get(partition) ?? 0;
      return from < endOffset ? [{ partition, position, endOffset }] : [];
    });
  }

  async #ask(): Promise<ReadonlyMap<number, number>> {
    const admin = openAdmin(this.#access);
    try {
      return await admin.endOffsets(this.#topic);
    } finally {
      admin.close();
    }
  }
}
