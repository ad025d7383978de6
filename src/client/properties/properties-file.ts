/** One entry of a properties file. */
export type PropertiesEntry = {
  readonly key: string;
  readonly value: string;
  /** Line the entry begins on, from 1. */
  readonly line: number;
};

/** A line of a properties file that cannot be read; `line` counts from 1. */
export class PropertiesSyntaxError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.name = 'PropertiesSyntaxError';
    this.line = line;
  }
}

/**
 * Reads the text of a Java properties file (`java.util.Properties.load`): `key=value`, `key: value` or `key value`, `#` and `!` comments,
 * a backslash at the end of a line continues it, `\t \n \r \f \uXXXX` and any other escaped character.
 * @returns the entries in order; a key that comes twice is there twice.
 * @throws PropertiesSyntaxError for a key without a value, a malformed `\u` and a file that ends within an entry; repeats no values.
 */
export function parsePropertiesFile(text: string): readonly PropertiesEntry[] {
  return logicalLines(text).map(({ content, line }) => parseEntry(content, line));
}

type LogicalLine = { readonly content: string; readonly line: number };

function logicalLines(text: string): readonly LogicalLine[] {
  const lines: LogicalLine[] = [];
  const physical = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (let index = 0; index < physical.length; index += 1) {
    const line = index + 1;
    let content = stripIndent(physical[index]);
    if (content === '' || content.startsWith('#') || content.startsWith('!')) continue;
    while (isContinued(content)) {
      index += 1;
      content = content.slice(0, -1) + stripIndent(physical[index]);
      if (index >= physical.length - 1 && (physical[index] ?? '') === '')
        throw new PropertiesSyntaxError(line, 'the file ends within this entry: nothing follows its last backslash');
    }
    if (content !== '') lines.push({ content, line });
  }
  return lines;
}

const stripIndent = (text: string | undefined): string => (text ?? '').replace(/^[ \t\f]+/, '');

/** An odd number of backslashes at the end escapes the line's end. */
const isContinued = (content: string): boolean => (/\\*$/.exec(content)?.[0].length ?? 0) % 2 === 1;

function parseEntry(content: string, line: number): PropertiesEntry {
  const match = /^((?:\\.|[^\\=: \t\f])*)[ \t\f]*([=:]?)[ \t\f]*(.*)$/s.exec(content);
  const key = unescapeText(match?.[1] ?? '', line);
  const value = match?.[3] ?? '';
  if (key === '') throw new PropertiesSyntaxError(line, 'expected key=value; got a line without a key');
  if (match?.[2] === '' && value === '') {
    const what = NAME.test(key) ? `${JSON.stringify(key)} without a value` : 'a line without a value';
    throw new PropertiesSyntaxError(line, `expected key=value; got ${what}`);
  }
  return { key, value: unescapeText(value, line), line };
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescapeText(text: string, line: number): string {
  return text.replace(/\\(u[0-9A-Fa-f]{4}|[\s\S])/g, (_, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (escaped === 'u') throw new PropertiesSyntaxError(line, 'expected four hexadecimal digits after \\u');
    return ESCAPES[escaped] ?? escaped;
  });
}

/** What an error repeats of a line: names such as `linger.ms`. Anything else may be a part of a password, or of a program. */
const NAME = /^[a-z][a-z0-9]*(\.[a-z0-9]+)+$/;
