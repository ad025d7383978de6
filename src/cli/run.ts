import { readFileSync } from 'node:fs';
import { nearest } from '../client/properties/nearest.ts';
import { type CommandEntry, commands } from './command.ts';
import { Console } from './console.ts';
import { Interrupt } from './interrupt.ts';
import { UsageError } from './usage.ts';

/** Runs `spillway` with the arguments after the program's name, and ends the process with the command's exit status. */
export async function runSpillway(argv: readonly string[]): Promise<void> {
  const [name, ...rest] = argv;
  const entry = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (name !== undefined && entry !== undefined) return runEntry(name, entry, rest);
  const interrupt = new Interrupt();
  const console = new Console('spillway', interrupt);
  process.exit(await overview(argv, console));
}

/** Runs one command: what the bins that are named after a command do. */
export async function runCommand(name: string, argv: readonly string[]): Promise<void> {
  const entry = commands[name];
  if (entry === undefined) throw new Error(`no command is named ${name}`);
  await runEntry(name, entry, argv);
}

async function runEntry(name: string, entry: CommandEntry, argv: readonly string[]): Promise<void> {
  const interrupt = new Interrupt();
  const console = new Console(`spillway ${name}`, interrupt);
  interrupt.listen(() => {
    if (entry.flushes === true)
      console.note('stopping, and flushing what is on its way; a second signal ends it at once');
  });
  process.on('uncaughtException', (error) => {
    console.note(describe(error));
    process.exit(1);
  });
  let status: number;
  try {
    checkSurroundings();
    status = await runModule(entry, argv, console, interrupt);
  } catch (error) {
    status = interrupt.exitStatus ?? exitStatusOf(error);
    if (!console.isClosed) console.note(describe(error));
  }
  await console.flush();
  process.exit(console.isClosed ? (interrupt.exitStatus ?? status) : status);
}

async function runModule(
  entry: CommandEntry,
  argv: readonly string[],
  console: Console,
  interrupt: Interrupt,
): Promise<number> {
  const { asksFor } = await import('./flags.ts');
  if (asksFor('version', argv)) {
    console.result(version());
    return 0;
  }
  const { command } = await entry.load();
  if (!asksFor('help', argv)) return command.run({ argv, console, interrupt });
  console.result(await command.help());
  return 0;
}

/** Help, version, or a word that is no command. */
async function overview(argv: readonly string[], console: Console): Promise<number> {
  const [word] = argv;
  if (word === '--version') console.result(version());
  else if (word === '--help' || word === '-h' || word === 'help') console.result(overviewText());
  else {
    const meant = word === undefined ? null : nearest(word, Object.keys(commands));
    const hint = meant === null ? 'see spillway --help' : `did you mean ${meant}?`;
    const got = word === undefined ? 'got nothing' : `got ${JSON.stringify(word)}`;
    console.note(`expected a command (${Object.keys(commands).join(', ')}); ${got}: ${hint}`);
    return 2;
  }
  await console.flush();
  return console.isClosed ? 1 : 0;
}

function overviewText(): string {
  const names = Object.keys(commands);
  const width = Math.max(...names.map((name) => name.length));
  const rows = names.map((name) => `  ${name.padEnd(width)}  ${commands[name]?.summary ?? ''}`);
  return [
    'spillway COMMAND [flags]',
    '',
    'Load-tests Apache Kafka, or a broker of our own that needs nothing installed.',
    '',
    'Commands:',
    ...rows,
    '',
    'spillway COMMAND --help shows the flags of a command, spillway --version the version.',
  ].join('\n');
}

function version(): string {
  const { version: text }: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return `spillway ${text}`;
}

/** What Node itself fails of, with words that help nobody. Throws an Error with better ones. */
function checkSurroundings(): void {
  try {
    process.cwd();
  } catch (error) {
    throw new UnfitSurroundings('the working directory does not exist any more; change to another one (cd)', {
      cause: error,
    });
  }
}

/** The machine or the shell does not allow the run. */
class UnfitSurroundings extends Error {
  override readonly name = 'UnfitSurroundings';
}

/** Wrong usage is 2, all else 1; an error of a broker says itself whether a setting was wrong. */
function exitStatusOf(error: unknown): number {
  const isUsage =
    error instanceof UsageError || (error instanceof Error && 'isUsage' in error && error.isUsage === true);
  return isUsage ? 2 : 1;
}

/** Errors made for a person to read, by the name they carry; the classes are not loaded here, to start fast. */
const READABLE = new Set([
  'UsageError',
  'TestFailure',
  'ToolFailure',
  'BrokerStartError',
  'DriverFailure',
  'PropertyError',
  'WorkloadError',
  'UnfitSurroundings',
]);

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replace(/\s*[\r\n]+\s*/g, ' ').trim();
  if (error instanceof Error && READABLE.has(error.name)) return line;
  if (/\b(EMFILE|ENFILE)\b/.test(line))
    return 'too many open files for this run; raise the limit, such as ulimit -n 4096';
  // Node also says so when it may open no more files.
  if (/^Cannot find (package|module)\b/.test(line))
    return `too many open files for this run (raise the limit, such as ulimit -n 4096), or a part is missing (install again): ${line}`;
  const detail = process.env.SPILLWAY_DEBUG === '1' && error instanceof Error ? `\n${error.stack ?? ''}` : '';
  return `unexpected failure: ${line} (SPILLWAY_DEBUG=1 shows where)${detail}`;
}
