/** Tables and facts as lines of a terminal. */
import { oneLine } from './text.ts';

/** Control characters of a record shall not reach a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is replaced
export const harmless = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');

/** Columns of equal width, numbers to the right. */
export const columnsText = (
  rows: readonly (readonly string[])[],
  isNumber: (column: number) => boolean,
): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  const cellText = (text: string, column: number): string =>
    isNumber(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((cells) => harmless(cells.map(cellText).join('  ').trimEnd()));
};

/** Names and values, a line each. */
export const factLines = (rows: readonly (readonly [name: string, value: string])[]): readonly string[] => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${harmless(oneLine(value))}`);
};
