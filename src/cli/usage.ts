import { isSecretName, shownAssignment, shownValue } from '../client/properties/secrets.ts';

/** A wrong flag, key, value or local input file, found before anything starts. The message is one line; the exit status is 2. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}

/** A value as it is shown in a message. */
export const quoted = (text: string): string => JSON.stringify(text);

/** Words as a message shows them: up to the first that holds a secret, as a shell may have parted the secret itself. */
export const shownWords = (words: readonly string[]): string => {
  const secretAt = words.findIndex((word) => shownAssignment(word) !== word);
  const shown = words.slice(0, secretAt < 0 ? words.length : secretAt + 1).map(shownAssignment);
  return quoted([...shown, ...(shown.length < words.length ? ['...'] : [])].join(' '));
};

/** Bounds of a numeric flag. */
export type NumberBounds = { readonly min: number; readonly max?: number; readonly isWhole?: boolean };

/** The finite decimal number that a text is, with or without a fraction; NaN when it is none. */
export function readNumber(text: string): number {
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim());
  const value = isNumber ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/**
 * Reads a flag's number.
 * @throws UsageError when the text is no number, or no whole one where that is asked, or out of bounds.
 */
export function parseNumber(flag: string, text: string, bounds: NumberBounds): number {
  const { min, max = Number.MAX_SAFE_INTEGER, isWhole = true } = bounds;
  const value = isWhole && !/^[+-]?\d+$/.test(text.trim()) ? Number.NaN : readNumber(text);
  if (value >= min && value <= max) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
  throw new UsageError(`--${flag} must be ${kind}, ${range}; got ${quoted(text)}`);
}

/** What may be shown of text that should have been `key=value`, and may hold a secret behind some other sign. */
const shownPair = (text: string): string => {
  const end = text.search(/[\s:=]/);
  return end > 0 && isSecretName(text) ? `${text.slice(0, end)}...` : text;
};

/**
 * Reads `key=value`; the value may hold further `=`.
 * @throws UsageError when there is no `=` or nothing before it.
 */
export function parseAssignment(flag: string, text: string): readonly [key: string, value: string] {
  const at = text.indexOf('=');
  const key = text.slice(0, at).trim();
  if (at < 1 || key === '') throw new UsageError(`--${flag} takes key=value; got ${quoted(shownPair(text))}`);
  return [key, text.slice(at + 1)];
}

/**
 * Reads several `key=value` of one flag.
 * @throws UsageError for a malformed one and for a key that comes twice.
 */
export function parseAssignments(flag: string, texts: readonly string[]): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  for (const text of texts) {
    const [key, value] = parseAssignment(flag, text);
    const earlier = values.get(key);
    if (earlier !== undefined) {
      const [one, other] = [shownValue(key, earlier), shownValue(key, value)];
      const both = one !== earlier || other !== value ? '' : `, to ${quoted(earlier)} and ${quoted(value)}`;
      throw new UsageError(`--${flag} sets ${key} twice${both}; keep one`);
    }
    values.set(key, value);
  }
  return Object.fromEntries(values);
}

/**
 * Reads HOST:PORT; an IPv6 host stands in brackets.
 * @throws UsageError for anything else.
 */
export function parseHostPort(
  flag: string,
  text: string,
  minPort: 0 | 1,
): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port >= minPort && port <= 65_535) return { host, port };
  throw new UsageError(`--${flag} must be HOST:PORT with a port from ${minPort} to 65535; got ${quoted(text)}`);
}
