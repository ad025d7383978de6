/** Formats a time, milliseconds since the Unix epoch, in the local time zone. */
export type DateFormat = (epochMs: number) => string;

/** A pattern that cannot be used; the message is one line. */
export class DatePatternError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatePatternError';
  }
}

type Field = (date: Date, width: number) => string;

const padded = (value: number, width: number): string => String(value).padStart(width, '0');

/** A name in English: three letters, or the whole from a width of four. */
const named = (names: readonly string[], index: number, width: number): string => {
  const name = names[index] ?? '';
  return width >= 4 ? name : name.slice(0, 3);
};

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const year: Field = (date, width) =>
  width === 2 ? padded(date.getFullYear() % 100, 2) : padded(date.getFullYear(), width);
const month: Field = (date, width) =>
  width >= 3 ? named(MONTHS, date.getMonth(), width) : padded(date.getMonth() + 1, width);
const hourOf12 = (date: Date): number => date.getHours() % 12;

/** What each letter of a pattern stands for; the letters of `java.text.SimpleDateFormat` that do not depend on a week calendar. */
const FIELDS: Readonly<Record<string, Field>> = {
  G: () => 'AD',
  y: year,
  M: month,
  L: month,
  d: (date, width) => padded(date.getDate(), width),
  D: (date, width) => padded(dayOfYear(date), width),
  E: (date, width) => named(WEEKDAYS, date.getDay(), width),
  u: (date, width) => padded(date.getDay() === 0 ? 7 : date.getDay(), width),
  F: (date, width) => padded(Math.ceil(date.getDate() / 7), width),
  a: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  H: (date, width) => padded(date.getHours(), width),
  k: (date, width) => padded(date.getHours() === 0 ? 24 : date.getHours(), width),
  K: (date, width) => padded(hourOf12(date), width),
  h: (date, width) => padded(hourOf12(date) === 0 ? 12 : hourOf12(date), width),
  m: (date, width) => padded(date.getMinutes(), width),
  s: (date, width) => padded(date.getSeconds(), width),
  S: (date, width) => padded(date.getMilliseconds(), width),
  z: (date, width) => zoneName(date, width >= 4 ? 'long' : 'short'),
  Z: (date) => zoneOffset(date, ''),
  X: (date, width) => isoZone(date, width),
};

/**
 * Compiles a pattern of `java.text.SimpleDateFormat`, with English names: letters stand for fields, text in single quotes for itself,
 * and two single quotes for one.
 * @throws DatePatternError for a letter that stands for nothing and for an open quote.
 */
export function dateFormat(pattern: string): DateFormat {
  const parts: ((date: Date) => string)[] = [];
  for (const [token] of pattern.matchAll(/''|'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    const letter = token.charAt(0);
    if (token === "'") throw new DatePatternError(`the quote in ${JSON.stringify(pattern)} is not closed`);
    if (token === "''") parts.push(() => "'");
    else if (letter === "'") parts.push(literal(token.slice(1, -1).replaceAll("''", "'")));
    else if (/[A-Za-z]/.test(letter)) parts.push(fieldOf(letter, token.length, pattern));
    else parts.push(literal(token));
  }
  return (epochMs) => {
    const date = new Date(epochMs);
    return parts.map((part) => part(date)).join('');
  };
}

const literal = (text: string) => (): string => text;

function fieldOf(letter: string, width: number, pattern: string): (date: Date) => string {
  const field = FIELDS[letter];
  if (field === undefined || (letter === 'X' && width > 3)) {
    const known = Object.keys(FIELDS).join(' ');
    throw new DatePatternError(
      `${JSON.stringify(letter.repeat(width))} in ${JSON.stringify(pattern)} stands for no date field; use ${known}, or quote text with '`,
    );
  }
  return (date) => field(date, width);
}

function dayOfYear(date: Date): number {
  const midnight = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return (midnight - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000 + 1;
}

function zoneName(date: Date, style: 'short' | 'long'): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: style }).formatToParts(date);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

function zoneOffset(date: Date, separator: string): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${padded(Math.floor(size / 60), 2)}${separator}${padded(size % 60, 2)}`;
}

function isoZone(date: Date, width: number): string {
  if (date.getTimezoneOffset() === 0) return 'Z';
  if (width === 1) return zoneOffset(date, '').slice(0, 3);
  return zoneOffset(date, width === 3 ? ':' : '');
}
