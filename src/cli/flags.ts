import yargs, { type Options } from 'yargs';
import { nearest } from '../client/properties/nearest.ts';
import { shownAssignment } from '../client/properties/secrets.ts';
import { quoted, shownWords, UsageError } from './usage.ts';

/** One flag of a command. */
export type Flag = {
  /**
   * `value`: one value, given once. `optional`: one value, or none. `list`: one or more values, may be repeated. `switch`: on when
   * present. `refused`: known, but not to be used.
   */
  readonly kind: 'value' | 'optional' | 'list' | 'switch' | 'refused';
  /** Heading in the help text. */
  readonly group?: string;
  readonly description: string;
  /** Shown as the default in the help text. */
  readonly shownDefault?: string;
  /** One list element must hold `=`, or the flag is optional: the shape of its value, for the help text. */
  readonly metavar?: string;
};

/** A command's flags by name, without the dashes. */
export type FlagTable = Readonly<Record<string, Flag>>;

/** What was given for the flags of a table. */
export type FlagValues = {
  /** The value, or null when the flag was not given. */
  value(name: string): string | null;
  /** The values, none when the flag was not given. */
  list(name: string): readonly string[];
  isOn(name: string): boolean;
  isGiven(name: string): boolean;
  /** Words that are no flags and no values of one; none unless the command takes them. */
  readonly words: readonly string[];
};

/** Text around the flags in a command's help. */
export type HelpText = {
  readonly usage: string;
  readonly examples: readonly (readonly [string, string])[];
  readonly epilogue: string;
};

const HELP_GROUP = 'Other:';

/** Flags that every command has. */
const COMMON_FLAGS: FlagTable = {
  help: { kind: 'switch', group: HELP_GROUP, description: 'Show this text' },
  version: { kind: 'switch', group: HELP_GROUP, description: 'Show the version' },
};

const PARSER = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': true,
  'flatten-duplicate-arrays': true,
  'greedy-arrays': true,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
} as const;

/**
 * Reads a command line against a table of flags.
 * @throws UsageError for an unknown flag, one without its value, a single-valued one given twice, a refused one, and, unless
 *   `takesWords`, anything that is no flag.
 */
export function readFlags(command: string, table: FlagTable, argv: readonly string[], takesWords = false): FlagValues {
  const all = { ...table, ...COMMON_FLAGS };
  refuseOddSwitches(all, argv);
  const parsed: Readonly<Record<string, unknown>> = parser(all, withDashes(all, argv)).parseSync();
  const given = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '$0' || name === '_' || value === undefined) continue;
    const flag = all[name];
    if (flag === undefined) throw unknownFlag(command, name, all, argv);
    given.set(name, checkedValues(name, flag, value));
  }
  const words = Array.isArray(parsed._) ? parsed._.map(String) : [];
  if (words.length > 0 && !takesWords) {
    throw new UsageError(`expected only flags; got ${shownWords(words)}: see spillway ${command} --help`);
  }
  return {
    value: (name) => given.get(name)?.[0] ?? null,
    list: (name) => given.get(name) ?? [],
    isOn: (name) => given.get(name)?.[0] === 'true',
    isGiven: (name) => given.has(name),
    words,
  };
}

/** Whether a command line asks for help or for the version rather than for work. */
export function asksFor(name: 'help' | 'version', argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return flags.includes(`--${name}`) || (name === 'help' && flags.includes('-h'));
}

/** A command's help text. */
export async function helpText(table: FlagTable, text: HelpText): Promise<string> {
  const shown = Object.entries({ ...table, ...COMMON_FLAGS }).filter(([, { group }]) => group !== undefined);
  const instance = parser(Object.fromEntries(shown), []).usage(text.usage).epilogue(text.epilogue).wrap(110);
  for (const [example, description] of text.examples) instance.example(example, description);
  return withoutTypes(await instance.getHelp());
}

/** Takes yargs' notes on types away: the shape of a value says it better. A default on a line of its own joins the line before. */
const withoutTypes = (help: string): string =>
  help.replace(/\n +\[(?:string|array|boolean)\](?= |$)/gm, '').replace(/ *\[(?:string|array|boolean)\]/g, '');

function parser(table: FlagTable, argv: readonly string[]) {
  const options = Object.fromEntries(Object.entries(table).map(([name, flag]) => [name, option(flag)]));
  return yargs([...argv])
    .locale('en')
    .scriptName('spillway')
    .help(false)
    .version(false)
    .exitProcess(false)
    .parserConfiguration(PARSER)
    .options(options);
}

function option({ kind, group, description, shownDefault, metavar }: Flag): Options {
  const shape = metavar === undefined ? '' : `${metavar}: `;
  return {
    type: kind === 'switch' ? 'boolean' : 'string',
    array: kind === 'list' || kind === 'optional',
    description: `${shape}${description}`,
    ...(group === undefined ? {} : { group }),
    ...(shownDefault === undefined ? {} : { defaultDescription: shownDefault }),
  };
}

function checkedValues(name: string, flag: Flag, value: unknown): readonly string[] {
  if (flag.kind === 'refused') throw new UsageError(`--${name} ${flag.description}`);
  const values = Array.isArray(value) ? value.map(String) : [String(value)];
  if (flag.kind === 'switch') return values.slice(-1);
  if (flag.kind === 'optional' && values.length === 0) return values;
  if (values.length === 0 || values.includes('')) throw new UsageError(`--${name} needs a value: ${flag.description}`);
  if (flag.kind !== 'list' && values.length > 1) {
    throw new UsageError(
      `--${name} takes one value; got ${values.length}: ${values.map((each) => quoted(shownAssignment(each))).join(' and ')}`,
    );
  }
  return values;
}

/** The parser takes a `-` behind a flag for a word of its own; here it is the flag's value, as stdin and stdout are named. */
function withDashes(table: FlagTable, argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  const takesValue = (token: string | undefined): boolean => {
    const name = token?.startsWith('--') ? token.slice(2) : '';
    return Object.hasOwn(table, name) && table[name]?.kind !== 'switch' && table[name]?.kind !== 'refused';
  };
  return argv.flatMap((token, at) => {
    const isBefore = end < 0 || at < end;
    if (isBefore && token === '-' && takesValue(argv[at - 1])) return [];
    return isBefore && argv[at + 1] === '-' && takesValue(token) ? [`${token}=-`] : [token];
  });
}

/** `--switch=yes` would be read as off. */
function refuseOddSwitches(table: FlagTable, argv: readonly string[]): void {
  for (const token of argv) {
    const match = /^--([^=]+)=(.*)$/s.exec(token);
    const [, name = '', value = ''] = match ?? [];
    const isSwitch = Object.hasOwn(table, name) && table[name]?.kind === 'switch';
    if (isSwitch && value !== 'true') {
      throw new UsageError(`--${name} takes no value; got ${quoted(value)}`);
    }
  }
}

function unknownFlag(command: string, name: string, table: FlagTable, argv: readonly string[]): UsageError {
  const typed = argv.find((token) => token.startsWith('-') && token.replace(/^-+/, '').split('=')[0] === name);
  const usable = Object.keys(table).filter((key) => table[key]?.kind !== 'refused');
  const meant = nearest(name, usable);
  const hint = meant === null ? `see spillway ${command} --help` : `did you mean --${meant}?`;
  return new UsageError(`unknown flag ${typed?.split('=')[0] ?? `--${name}`}; ${hint}`);
}
