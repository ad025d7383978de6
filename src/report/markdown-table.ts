/** Tables and plain text in Markdown. */
import { oneLine } from './text.ts';

/** Text that stays text: nothing in it is markup, a table's bar or HTML. */
export const plain = (text: string): string => oneLine(text).replace(/[\\`*_{}[\]<>()#+!|~]/g, (sign) => `\\${sign}`);

/** A table's lines; all columns but the first one are numbers. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`,
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
];
