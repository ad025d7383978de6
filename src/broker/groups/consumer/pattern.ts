import { createContext, Script } from 'node:vm';
import { GroupRefusal } from './group-refusal.ts';

/** Longest pattern, characters: as long as sixteen topic names. */
const MAX_PATTERN_LENGTH = 4096;

/**
 * How long a pattern may be matched with all topics, milliseconds. JavaScript's expressions can take for ever where RE2/J's
 * cannot, and the broker has one thread; 5000 topics take 2 ms. The clock runs on while others have the core: on a busy machine
 * 100 ms went by in the matching of two names.
 */
const MAX_MATCH_MS = 500;

/** Punctuation that RE2/J takes behind a backslash and JavaScript does not: none of it means anything. */
const IDLE_ESCAPES = /\\([-_~!@#%&='":;<>,` ])|\\[\s\S]/g;

/** Flags at the head of a pattern, which JavaScript has beside it. */
const LEADING_FLAGS = /^\(\?([ims]+)\)/;

/**
 * Reads a subscription's regular expression, which is to match whole names. Kafka reads them with RE2/J; here they are
 * JavaScript's. Both agree in what is common; flags inside a pattern and `\Q...\E` are refused here, and look-around is not.
 * @throws GroupRefusal INVALID_REGULAR_EXPRESSION
 */
export const compilePattern = (pattern: string): RegExp => {
  if (pattern.length > MAX_PATTERN_LENGTH) throw refusal(pattern, `it is longer than ${MAX_PATTERN_LENGTH} characters`);
  const flags = LEADING_FLAGS.exec(pattern)?.[1] ?? '';
  const body = pattern
    .replace(LEADING_FLAGS, '')
    .replace(IDLE_ESCAPES, (whole, idle?: string) =>
      idle === undefined ? whole : `\\x${idle.charCodeAt(0).toString(16)}`,
    );
  try {
    return new RegExp(`^(?:${body})$`, `u${[...new Set(flags)].join('')}`);
  } catch (error) {
    throw refusal(pattern, error instanceof Error ? error.message : String(error));
  }
};

/** What the script works on; one of them, since scripts end before others begin. */
const sandbox: { names: readonly string[]; expression: RegExp | null } = { names: [], expression: null };
const context = createContext(sandbox);
const select = new Script('names.filter((name) => expression.test(name))');

/**
 * The names that match.
 * @throws GroupRefusal INVALID_REGULAR_EXPRESSION, also for a pattern that takes too long
 */
export const matchPattern = (pattern: string, names: readonly string[]): readonly string[] => {
  sandbox.names = names;
  sandbox.expression = compilePattern(pattern);
  try {
    return select.runInContext(context, { timeout: MAX_MATCH_MS });
  } catch (error) {
    throw refusal(pattern, `matching it takes too long (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    sandbox.names = [];
    sandbox.expression = null;
  }
};

const refusal = (pattern: string, why: string) =>
  new GroupRefusal(
    'INVALID_REGULAR_EXPRESSION',
    `SubscribedTopicRegex \`${pattern.slice(0, 200)}\` is not a valid regular expression: ${why}.`,
  );
