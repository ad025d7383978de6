import { GroupRefusal } from './group-refusal.ts';
import { matchPattern } from './pattern.ts';

/** How long the topics that a pattern matched are taken as they were, milliseconds; Kafka looks again after 10 s. */
const REFRESH_MS = 1_000;

/** Names of the topics that whoever asks may know of. */
export type TopicNames = () => readonly string[];

type Resolved = { readonly topics: readonly string[]; readonly atMs: number };

/** The topics that the patterns of one group match. */
export class TopicPatterns {
  readonly #resolved = new Map<string, Resolved>();

  /**
   * Matches a pattern that a member brings.
   * @throws GroupRefusal INVALID_REGULAR_EXPRESSION
   */
  add(pattern: string, topicNames: TopicNames, nowMs: number): void {
    this.#resolved.set(pattern, { topics: matchPattern(pattern, topicNames()), atMs: nowMs });
  }

  /** Names of the topics that match; those that matched last when `topicNames` is null. */
  match(pattern: string, topicNames: TopicNames | null, nowMs: number): readonly string[] {
    const known = this.#resolved.get(pattern);
    const isFresh = known !== undefined && Math.abs(nowMs - known.atMs) < REFRESH_MS;
    if (isFresh || topicNames === null) return known?.topics ?? [];
    try {
      this.add(pattern, topicNames, nowMs);
    } catch (error) {
      if (!(error instanceof GroupRefusal)) throw error;
      // It was quick enough when the member brought it: its member goes on with what it has.
      this.#resolved.set(pattern, { topics: known?.topics ?? [], atMs: nowMs });
    }
    return this.#resolved.get(pattern)?.topics ?? [];
  }

  /** Forgets all patterns but these. */
  keep(patterns: ReadonlySet<string>): void {
    for (const pattern of this.#resolved.keys()) if (!patterns.has(pattern)) this.#resolved.delete(pattern);
  }
}
