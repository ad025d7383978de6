import { quoted, readNumber, UsageError } from './usage.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Node's longest timer, milliseconds: 24.8 days. */
const LONGEST_MS = 2_147_483_647;

/**
 * Reads a length of time: `500ms`, `30s`, `5m`, `1h`, fractions allowed; a number alone is in seconds.
 * @returns milliseconds
 * @throws UsageError for anything else, and for no time at all.
 */
export function parseDuration(flag: string, text: string): number {
  const [, amount = '', unit = 's'] = /^([^a-z]*)([a-z]+)?$/i.exec(text.trim()) ?? [];
  const durationMs = readNumber(amount) * (UNIT_MS[unit] ?? Number.NaN);
  if (durationMs > 0 && durationMs <= LONGEST_MS) return durationMs;
  throw new UsageError(
    `--${flag} must be a time above 0 such as 500ms, 30s, 5m or 1h, at most 24 days; got ${quoted(text)}`,
  );
}
