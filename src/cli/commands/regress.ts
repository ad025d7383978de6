import { messageOf } from '../../harness/failure.ts';
import type { RegressionProgress } from '../../harness/regress/compare-pairs.ts';
import type { BenchmarkShape } from '../../report/benchmark-json.ts';
import { percentChange } from '../../report/regression-figures.ts';
import { regressionText } from '../../report/regression-text.ts';
import { BaselineError, requireBaselineName, requireFreeName } from '../../results/baseline-store.ts';
import type { RegressionResult } from '../../results/regression-result.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { type FlagValues, helpText, readFlags } from '../flags.ts';
import { keepReport } from '../keep-report.ts';
import { regressFlags, regressHelp } from '../regress-flags.ts';
import { UsageError } from '../usage.ts';
import { checkOutput, isSameOutput, writeOutput } from '../write-output.ts';

/** `spillway regress`: whether one side is slower than the other. */
export const command: CommandModule = {
  help: () => helpText(regressFlags, regressHelp),
  run,
};

const defaultBaselinesDir = 'results/baselines';
const interruptedStatus = 130;
/** Nothing is slower, and what was asked for could not be written. */
const unwrittenStatus = 1;

/** Files that are written beside what is printed, by their flag. */
const outputs = ['junit', 'markdown', 'benchmark-bigger', 'benchmark-smaller'] as const;

async function run(commandRun: CommandRun): Promise<number> {
  const { argv, console, interrupt } = commandRun;
  const flags = readFlags('regress', regressFlags, argv, true);
  check(flags);
  const [{ planRegression }, { openSideFiles }, { NotCompared, runRegression }] = await Promise.all([
    import('../regress-plan.ts'),
    import('../../harness/regress/side-files.ts'),
    import('../../harness/regress/run-regression.ts'),
  ]);
  const files = openSideFiles();
  try {
    const baselinesDir = flags.value('baselines-dir') ?? defaultBaselinesDir;
    const plan = await planRegression(flags, { files, stop: interrupt.signal, argv, baselinesDir });
    const { baseline, candidate } = plan.sides;
    console.note(`baseline: ${baseline.label}; candidate: ${candidate.label}`);
    if (baseline.label === candidate.label && baseline.target === candidate.target)
      console.note('both sides are the same: whatever is found is chance');
    const observer = {
      onProgress: (progress: RegressionProgress) => console.progress(progressText(progress)),
      onNotice: (line: string) => console.note(line),
      onWarning: (line: string) => console.note(`warning: ${line}`),
      stop: interrupt.signal,
      interruptStatus: () => interrupt.exitStatus ?? interruptedStatus,
    };
    const result = await runRegression(plan, observer).catch(async (error: unknown) => {
      // A report of an earlier comparison must not stand for this one.
      if (error instanceof NotCompared) await report(flags, error.result, console);
      throw error;
    });
    const isReported = await report(flags, result, console);
    await keepReport(result.runRecord, console);
    const isSaved = await saveCandidate(flags, result, baselinesDir, console);
    const status = conclude(result, console);
    return status === 0 && !(isReported && isSaved) ? unwrittenStatus : status;
  } finally {
    files.remove();
  }
}

/** Looks at the flags that are used when all is over. Throws UsageError. */
function check(flags: FlagValues): void {
  if (flags.isOn('no-record') && flags.isGiven('results-dir'))
    throw new UsageError('--no-record and --results-dir contradict each other; leave one of them out');
  for (const flag of outputs) {
    const path = flags.value(flag);
    if (path === null) continue;
    try {
      checkOutput(path, true);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`--${flag}: ${error.message.replace(/ by --output\b/g, '')}`, { cause: error });
    }
  }
  const given = outputs.flatMap((flag) => {
    const path = flags.value(flag);
    return path === null ? [] : [{ flag, path }];
  });
  for (const [place, { flag, path }] of given.entries()) {
    const same = given.slice(0, place).find((other) => isSameOutput(other.path, path));
    if (same !== undefined)
      throw new UsageError(
        `--${same.flag} and --${flag} name one file, ${shownPath(path)}; give each a file of its own`,
      );
  }
  const name = flags.value('save-baseline');
  if (name === null) {
    if (flags.isOn('force')) throw new UsageError('--force is for --save-baseline; leave it out');
    return;
  }
  try {
    requireBaselineName(name);
    requireFreeName(flags.value('baselines-dir') ?? defaultBaselinesDir, name, flags.isOn('force'));
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new UsageError(`--save-baseline: ${error.message}`, { cause: error });
  }
  if (flags.isGiven('b-baseline')) throw new UsageError('--save-baseline keeps the candidate, which is stored already');
}

const time = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;

const progressText = ({ pairsDone, mostPairs, secondsLeft, estimate }: RegressionProgress): string => {
  const live = estimate === null ? '' : `; ${estimate.name} ${percentChange(estimate.ratio)} so far`;
  return `pair ${pairsDone + 1} of at most ${mostPairs}, at most ${time(secondsLeft)} left${live}`;
};

/** Prints the result, and writes the files that were asked for. @returns false when one of them could not be written, which is said and is no verdict */
async function report(flags: FlagValues, result: RegressionResult, console: CommandRun['console']): Promise<boolean> {
  const texts: Readonly<Record<(typeof outputs)[number], () => Promise<string>>> = {
    junit: async () => (await import('../../report/junit.ts')).junitXml(result),
    markdown: async () => (await import('../../report/regression-markdown.ts')).regressionMarkdown(result),
    'benchmark-bigger': () => benchmarks(result, 'customBiggerIsBetter'),
    'benchmark-smaller': () => benchmarks(result, 'customSmallerIsBetter'),
  };
  await console.results(flags.isOn('json') ? [JSON.stringify(result)] : regressionText(result));
  let isWritten = true;
  for (const flag of outputs) {
    const path = flags.value(flag);
    if (path === null) continue;
    try {
      writeOutput(path, await texts[flag](), true);
      console.note(`--${flag}: ${shownPath(path)}`);
    } catch (error) {
      isWritten = false;
      console.note(`warning: --${flag}: ${shownPath(path)} was not written: ${messageOf(error)}`);
    }
  }
  return isWritten;
}

const benchmarks = async (result: RegressionResult, shape: BenchmarkShape): Promise<string> => {
  const { benchmarkJson } = await import('../../report/benchmark-json.ts');
  return `${JSON.stringify(benchmarkJson(result, shape), null, 2)}\n`;
};

/** @returns false when it was asked for and not saved, which is said and is no verdict */
async function saveCandidate(
  flags: FlagValues,
  result: RegressionResult,
  folder: string,
  console: CommandRun['console'],
): Promise<boolean> {
  const name = flags.value('save-baseline');
  if (name === null) return true;
  if (result.metrics.length === 0) {
    console.note(`no baseline was saved: ${result.failure ?? 'nothing was compared'}`);
    return false;
  }
  const [{ baselineOfSide }, { saveBaseline }] = await Promise.all([
    import('../../harness/regress/make-baseline.ts'),
    import('../../results/baseline-store.ts'),
  ]);
  try {
    const source = result.runRecord === null ? 'spillway regress --no-record' : shownPath(result.runRecord);
    const baseline = baselineOfSide(result, 'candidate', { name, source });
    console.note(`baseline ${name} saved in ${shownPath(saveBaseline(folder, baseline, flags.isOn('force')))}`);
    return true;
  } catch (error) {
    console.note(`warning: --save-baseline: no baseline was saved: ${messageOf(error)}`);
    return false;
  }
}

/** Says loudly what must not be overlooked, and gives the exit status. */
function conclude(result: RegressionResult, console: CommandRun['console']): number {
  if (result.runRecord !== null) console.note(`run record in ${shownPath(result.runRecord)}`);
  if (result.failure !== null) console.note(result.failure);
  else if (result.isInterrupted) console.note('interrupted: nothing was compared');
  else
    console.note(
      result.verdict === 'undecided'
        ? result.sentence.toUpperCase().slice(0, 9) + result.sentence.slice(9)
        : result.sentence,
    );
  return result.exitStatus;
}
