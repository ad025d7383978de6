import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { didYouMean } from '../../client/properties/nearest.ts';
import type { StoredRun } from '../../results/store.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { type FlagTable, type FlagValues, helpText, readFlags } from '../flags.ts';
import { resultsDirFlag, runWords, storedRun } from '../stored-runs.ts';
import { quoted, UsageError } from '../usage.ts';
import { checkOutput, writeOutput } from '../write-output.ts';

const FORMATS = ['html', 'markdown', 'csv', 'json', 'hgrm'] as const;
type Format = (typeof FORMATS)[number];

const TESTS: ReadonlySet<string> = new Set(['producer-perf-test', 'consumer-perf-test', 'e2e-latency']);

const FILE_NAMES: Readonly<Record<Format, string>> = {
  html: 'report.html',
  markdown: 'report.md',
  csv: 'summary.csv',
  json: 'runs.json',
  hgrm: 'latency.hgrm',
};

const flagTable: FlagTable = {
  'results-dir': resultsDirFlag,
  format: {
    kind: 'value',
    group: 'Report:',
    metavar: 'html|markdown|csv|json|hgrm',
    description: 'What is made; hgrm adds up the latencies of all runs',
    shownDefault: 'html',
  },
  output: {
    kind: 'value',
    group: 'Report:',
    metavar: 'FILE|DIR',
    description:
      'Where it is written; - is stdout. By default html goes to report.html in the folder of the run, of several runs in the working directory; the others go to stdout',
  },
  force: { kind: 'switch', group: 'Report:', description: 'Replace a file that is there' },
};

/** `spillway report`: makes a report of one run again, or one of several runs. */
export const command: CommandModule = {
  help: () =>
    helpText(flagTable, {
      usage: `spillway report RUN... [flags]\n\nMakes a report of a run again, or one that compares several. ${runWords}`,
      examples: [
        ['spillway report 1 2 --output compared.html', 'The last two runs beside each other'],
        ['spillway report latest --format markdown', 'For a pull request'],
      ],
      epilogue:
        'Exit status: 0 done; 1 the report could not be written in full; 2 wrong usage, a record that cannot be read, or a place that cannot be written to.',
    }),
  run,
};

async function run({ argv, console }: CommandRun): Promise<number> {
  const flags = readFlags('report', flagTable, argv, true);
  const format = readFormat(flags);
  if (flags.words.length === 0)
    throw new UsageError('no run is given; such as spillway report latest: see spillway list');
  const runs = flags.words.map((word) => storedRun(flags, word, console));
  const twice = runs.find(({ folder }, index) => runs.findIndex((other) => other.folder === folder) < index);
  if (twice !== undefined) throw new UsageError(`the run ${twice.name} is given twice; name each once`);
  const path = outputOf(flags, format, runs);
  const overwrites = flags.isOn('force');
  if (path !== null) checkOutput(path, overwrites);
  const text = await made(format, runs);
  if (path === null) {
    await console.bytes(Buffer.from(text));
    return 0;
  }
  writeOutput(path, text, overwrites);
  console.result(shownPath(path));
  return 0;
}

function readFormat(flags: FlagValues): Format {
  const given = flags.value('format') ?? 'html';
  const format = FORMATS.find((each) => each === given);
  if (format !== undefined) return format;
  const byEnding = FORMATS.find((each) => FILE_NAMES[each].endsWith(`.${given.toLowerCase()}`));
  const hint = didYouMean(byEnding ?? given, FORMATS, 'see spillway report --help');
  throw new UsageError(`--format must be ${FORMATS.join(', ')}; got ${quoted(given)}: ${hint}`);
}

/** The file to write; null for stdout. */
function outputOf(flags: FlagValues, format: Format, runs: readonly StoredRun[]): string | null {
  const given = flags.value('output');
  if (given === '-') return null;
  if (given !== null) {
    const isDir = given.endsWith('/') || (existsSync(given) && statSync(given).isDirectory());
    return resolve(isDir ? join(given, FILE_NAMES[format]) : given);
  }
  if (format !== 'html') return null;
  const [only, ...more] = runs;
  return resolve(only !== undefined && more.length === 0 ? only.folder : '.', FILE_NAMES.html);
}

async function made(format: Format, runs: readonly StoredRun[]): Promise<string> {
  if (format === 'html') return (await import('../../report/html/page.ts')).reportPage(runs);
  if (format === 'json') return jsonText(runs);
  if (format === 'hgrm') return hgrmText(runs);
  if (format === 'csv') return csvOf(runs);
  return (await import('../../report/markdown.ts')).markdownText(runs);
}

/** A line a test or a trial; of one run of another kind, a line for each row of its longest list. */
async function csvOf(runs: readonly StoredRun[]): Promise<string> {
  const [{ csvText, listCsvText }, { namedRuns }, { listsOf }, { partialText }] = await Promise.all([
    import('../../report/csv.ts'),
    import('../../report/named-runs.ts'),
    import('../../report/document.ts'),
    import('../../report/so-far.ts'),
  ]);
  const [only, ...more] = runs;
  const none = runs.find((stored) => namedRuns(stored).length === 0);
  if (none === undefined) return csvText(runs.flatMap(namedRuns));
  if (none.run.isPartial)
    throw new UsageError(`${none.name} is partial: ${partialText(none)}; --format csv is for runs that ended`);
  const [list] = listsOf(none.run).toSorted((a, b) => b.rows.length - a.rows.length);
  if (none !== only || more.length > 0 || list === undefined)
    throw new UsageError(
      `${none.name} is a record of spillway ${none.run.command}${list === undefined ? ', which has no table' : ''}; --format csv is for tests, workloads, or one run of another kind alone: try --format json`,
    );
  return listCsvText(list);
}

/** One run's document as it is; of several, an array. */
function jsonText(runs: readonly StoredRun[]): string {
  const documents = runs.map(({ run }) => run);
  return `${JSON.stringify(documents.length === 1 ? documents[0] : documents, null, 2)}\n`;
}

/** The latency that runs are judged by, of all of them together: response time, when all have it, else service time. */
async function hgrmText(runs: readonly StoredRun[]): Promise<string> {
  const logs = runs.map(({ name, run, files }) => {
    const log = files['latency.hlog'];
    if (log !== undefined) return log;
    if (!TESTS.has(run.command))
      throw new UsageError(
        `${name} is a record of spillway ${run.command}, which keeps the figures of latencies and not their distributions; --format hgrm is for tests: try --format csv`,
      );
    throw new UsageError(`${name} has no latency.hlog: it measured no latencies; --format hgrm is for those that did`);
  });
  const kinds = new Set(runs.map(({ run }) => run.command));
  if (kinds.size > 1)
    throw new UsageError(`--format hgrm adds up latencies of one kind of test; got ${[...kinds].join(' and ')}`);
  const { mergedDistributions } = await import('../../report/distributions.ts');
  const hasResponse = logs.every((log) => log.includes('Tag=response,'));
  const text = mergedDistributions(logs).get(hasResponse ? 'response' : 'service');
  if (text === undefined) throw new UsageError('no record was acknowledged in these runs: there are no latencies');
  return text;
}
