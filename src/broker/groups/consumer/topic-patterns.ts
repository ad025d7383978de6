import { GroupRefusal } from './group-refusal.ts';

/** Longest pattern, characters: as long as a topic's name may be, and with room for some names. */
const MAX_PATTERN_LENGTH = 4096;

/** How long the topics that a pattern matched are taken as they were, milliseconds; Kafka looks again after 10 s. */
const REFRESH_MS = 1_000;

/** Names of the topics that whoever asks may know of. */
export type TopicNames = () => Iterable<string>;

type Resolved = { readonly topics: readonly string[]; readonly atMs: number };

/**
 * Reads a subscription's regular expression, which is to match whole names. Kafka reads them with RE2/J; here they are
 * JavaScript's, which agrees in all but details (no possessive quantifiers, no `(?i)` within).
 * @throws GroupRefusal INVALID_REGULAR_EXPRESSION
 */
export const compilePattern = (pattern: string): RegExp => {
  const refuse = (why: string) =>
    new GroupRefusal(
      'INVALID_REGULAR_EXPRESSION',
      `SubscribedTopicRegex \`${pattern.slice(0, 200)}\` is not valid: ${why}.`,
    );
  if (pattern.length > MAX_PATTERN_LENGTH) throw refuse(`it may have ${MAX_PATTERN_LENGTH} characters`);
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
};

/** The topics that the patterns of one group match. */
export class TopicPatterns {
  readonly #resolved = new Map<string, Resolved>();

  /** Names of the topics that match; those that matched last when `topicNames` is null. */
  match(pattern: string, topicNames: TopicNames | null, nowMs: number): readonly string[] {
    const known = this.#resolved.get(pattern);
    if (topicNames === null) return known?.topics ?? [];
    if (known !== undefined && nowMs - known.atMs < REFRESH_MS && nowMs >= known.atMs) return known.topics;
    const expression = compilePattern(pattern);
    const topics: string[] = [];
    for (const name of topicNames()) if (expression.test(name)) topics.push(name);
    this.#resolved.set(pattern, { topics, atMs: nowMs });
    return topics;
  }

  /** Forgets all patterns but these. */
  keep(patterns: ReadonlySet<string>): void {
    for (const pattern of this.#resolved.keys()) if (!patterns.has(pattern)) this.#resolved.delete(pattern);
  }
}
