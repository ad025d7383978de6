/** A run record of a kind that reports know nothing of: what can be read out of any document. */
import { count } from './text.ts';

/** Documents name fields in camel case: `recordsPerSecond` is shown as `records per second`. */
export const fieldWords = (name: string): string =>
  name
    .split('.')
    .map((part) => part.replace(/([a-z0-9])([A-Z])/g, (_, before, letter) => `${before} ${letter.toLowerCase()}`))
    .join(', ');

/** A value as a table shows it. */
export const valueText = (value: unknown): string => {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number')
    return Number.isInteger(value) || Math.abs(value) >= 1000 ? count(value) : String(Number(value.toPrecision(4)));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Fields that name the record, and those that say how it ended. */
const notFigures = new Set(['schemaVersion', 'isPartial', 'command', 'runRecord', 'failure', 'isInterrupted']);

/** Longer texts are sentences, which are read and not compared. */
const longestWord = 60;

const isSentence = (value: unknown): value is string => typeof value === 'string' && value.length > longestWord;

/** Names and values of a document's fields that are no list and no document. */
export const scalarsOf = (document: Fields): readonly (readonly [name: string, value: string])[] =>
  Object.entries(document).flatMap(([name, value]) =>
    notFigures.has(name) || (typeof value === 'object' && value !== null) || isSentence(value)
      ? []
      : [[fieldWords(name), valueText(value)] as const],
  );

/** What a document says in sentences: what went wrong, and anything else. */
export const sentencesOf = (
  document: Fields,
): { readonly good: readonly string[]; readonly bad: readonly string[] } => {
  const { failure, isInterrupted } = document;
  const good = Object.entries(document).flatMap(([name, value]) => {
    if (name === 'failure') return [];
    if (isFields(value) && typeof value.sentence === 'string') return [value.sentence];
    return (Array.isArray(value) ? value : [value]).filter(isSentence);
  });
  return {
    good,
    bad: [...(typeof failure === 'string' ? [failure] : []), ...(isInterrupted === true ? ['interrupted'] : [])],
  };
};

/** A list of documents of one kind, as a table. */
export type DocumentList = {
  readonly field: string;
  readonly columns: readonly string[];
  readonly rows: readonly Fields[];
};

/** More columns than this make no table that can be read. */
const mostColumns = 14;

/** A document's own values and those of the documents in it: `rate.median`. */
const spread = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      isFields(value)
        ? Object.entries(value).flatMap(([inner, each]) =>
            typeof each === 'object' && each !== null ? [] : [[`${name}.${inner}`, each] as const],
          )
        : Array.isArray(value) && value.some((each) => typeof each === 'object')
          ? []
          : [[name, Array.isArray(value) ? value.join(' ') : value] as const],
    ),
  );

/** The lists of a document, each with the columns that its rows have. */
export const listsOf = (document: Fields): readonly DocumentList[] =>
  Object.entries(document).flatMap(([field, value]) => {
    if (!Array.isArray(value) || value.length === 0 || !value.every(isFields)) return [];
    const rows = value.map(spread);
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) =>
      rows.some((row) => row[column] !== null && row[column] !== undefined),
    );
    return [{ field, columns: columns.slice(0, mostColumns), rows }];
  });
