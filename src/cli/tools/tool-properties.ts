import { nearest } from '../../client/properties/nearest.ts';
import { PropertiesSyntaxError, parsePropertiesFile } from '../../client/properties/properties-file.ts';
import type { FlagValues } from '../flags.ts';
import { readFailure, readInputFile } from '../input-file.ts';
import { eitherName } from '../plan-flags.ts';
import { parseAssignments, quoted, UsageError } from '../usage.ts';

/** Properties of a tool's reader or formatter, such as `print.key`. */
export type ToolProperties = {
  /** The value, or null when it is not set. */
  text(name: string): string | null;
  /** True or false; `fallback` when it is not set. Throws UsageError for another word. */
  isOn(name: string, fallback: boolean): boolean;
};

/** Which flags set such properties, and which properties there are. */
export type ToolPropertySource = {
  /** The flag of Kafka 4.2, its older name, and the flag of a file whose properties are weaker. */
  readonly flag: string;
  readonly olderFlag: string;
  readonly fileFlag: string;
  readonly known: readonly string[];
  /** Properties of Kafka's tool that mean something to Java alone. */
  readonly javaOnly: readonly string[];
};

/** Reads the properties of a reader or formatter. Throws UsageError for an unknown one. */
export function readToolProperties(flags: FlagValues, source: ToolPropertySource): ToolProperties {
  const flag = eitherName(flags, source.flag, source.olderFlag);
  const path = flags.value(source.fileFlag);
  const values = new Map([
    ...(path === null ? [] : readFile(source.fileFlag, path)),
    ...Object.entries(parseAssignments(flag, flags.list(flag))),
  ]);
  for (const name of values.keys()) checkName(name, flag, source);
  const text = (name: string): string | null => values.get(name) ?? null;
  return {
    text,
    isOn(name, fallback) {
      const word = text(name)?.trim().toLowerCase() ?? String(fallback);
      if (word === 'true' || word === 'false') return word === 'true';
      throw new UsageError(`${name} must be true or false; got ${quoted(text(name) ?? '')} (--${flag})`);
    },
  };
}

function readFile(flag: string, path: string): readonly (readonly [string, string])[] {
  try {
    return parsePropertiesFile(readInputFile(path).toString('utf8')).map(({ key, value }) => [key, value] as const);
  } catch (error) {
    const where = error instanceof PropertiesSyntaxError ? `${error.message} (${path}:${error.line})` : null;
    throw new UsageError(where ?? `--${flag} must name a readable properties file; ${readFailure(path, error)}`, {
      cause: error,
    });
  }
}

function checkName(name: string, flag: string, { known, javaOnly }: ToolPropertySource): void {
  if (known.includes(name)) return;
  if (javaOnly.some((each) => name === each || name.startsWith(`${each}.`)))
    throw new UsageError(`${name} is not supported: it names a Java class; bytes stay as they are (--${flag})`);
  const meant = nearest(name, known);
  const hint = meant === null ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
  throw new UsageError(`--${flag} takes no property ${quoted(name)}; ${hint}`);
}
