import { randomUUID } from 'node:crypto';
import { fingerprintOf, runWorkload, trialsLeft } from '../../harness/run-workload/run-workload.ts';
import { guessSeconds, pointText, type Trial } from '../../harness/run-workload/workloads.ts';
import { backlogText } from '../../report/e2e-text.ts';
import { count, milliseconds } from '../../report/text.ts';
import { runVerificationLine } from '../../report/verification-text.ts';
import { bestText, stepName, thresholdTexts, trialText, workloadTable } from '../../report/workload-text.ts';
import { RunRecordError } from '../../results/read-run.ts';
import { type ResumedRun, resumeWorkloadRecord } from '../../results/workload-record.ts';
import type { WorkloadRun } from '../../results/workload-run.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { type FlagValues, helpText, readFlags } from '../flags.ts';
import { keepReport } from '../keep-report.ts';
import { redactArgv } from '../plan-flags.ts';
import { runFlags, runHelp } from '../run-flags.ts';
import { type PlannedRun, planRun } from '../run-plan.ts';
import { aloneText } from '../step-command-line.ts';
import { UsageError } from '../usage.ts';

/** `spillway run`: a workload file, with all steps of its sweep. */
export const command: CommandModule = {
  help: () => helpText(runFlags, runHelp),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const flags = readFlags('run', runFlags, argv, true);
  if (flags.isOn('no-record') && (flags.isGiven('results-dir') || flags.isGiven('resume')))
    throw new UsageError('--no-record contradicts --results-dir and --resume; leave it out');
  const planned = await planRun(flags);
  const resumed = resume(flags, planned);
  if (flags.isOn('dry-run')) {
    const left = { ...planned, trials: trialsLeft(planned.trials, resumed) };
    for (const line of flags.isOn('json') ? [dryDocument(left)] : dryLines(left)) console.result(line);
    return 0;
  }
  const total = planned.trials.length;
  if (resumed === null) console.note(`${planned.name}: ${summary(planned)}`);
  else console.note(`going on after ${resumed.trials.length} of ${total} trials`);
  const result = await runWorkload(
    {
      ...planned,
      argv: redactArgv(argv),
      resultsDir: flags.isOn('no-record') ? null : (flags.value('results-dir') ?? 'results'),
      onFailure: planned.workload.onFailure ?? 'continue',
      runId: randomUUID().slice(0, 8),
      resumed,
    },
    {
      ...progress(planned, console),
      onNotice: (line) => console.note(line),
      onWarning: (line) => console.note(`warning: ${line}`),
      stop: interrupt.signal,
    },
  );
  for (const line of flags.isOn('json') ? [JSON.stringify(result)] : resultLines(result)) console.result(line);
  // A run that was interrupted may go on.
  if (interrupt.exitStatus === null) await keepReport(result.runRecord, console);
  return conclude(result, total, { argv, console, interrupt });
}

/** Opens the record to go on with; null for a new run. Throws UsageError for one that does not fit. */
function resume(flags: FlagValues, { workload, steps }: PlannedRun): ResumedRun | null {
  const folder = flags.value('resume');
  if (folder === null) return null;
  try {
    const resumed = resumeWorkloadRecord(folder);
    if (resumed.plan.fingerprint !== fingerprintOf(workload, steps))
      throw new UsageError(
        `the workload or --set is not what ${shownPath(folder)} was begun with: give the same ones, or start anew`,
      );
    return resumed;
  } catch (error) {
    if (error instanceof RunRecordError) throw new UsageError(`--resume: ${error.message}`, { cause: error });
    throw error;
  }
}

const amount = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? '' : 's'}`;

/** A time as a person says it. */
const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;

const guess = ({ steps, trials }: PlannedRun): number =>
  trials.reduce((sum, { step }) => sum + guessSeconds(steps[step]?.settings ?? {}), 0);

const summary = (planned: PlannedRun): string =>
  `${amount(stepsIn(planned).length, 'step')}, ${amount(planned.trials.length, 'trial')}, about ${duration(guess(planned))}`;

/** The steps that a run still has trials of. */
function stepsIn({ steps, trials }: PlannedRun): PlannedRun['steps'] {
  const left = new Set(trials.map(({ step }) => step));
  return steps.filter(({ index }) => left.has(index));
}

function dryLines(planned: PlannedRun): readonly string[] {
  const { name, steps, trials, target, workload } = planned;
  const where = target.kind === 'cluster' ? target.bootstrapServers : 'a broker of our own';
  const isRest = trials.length < steps.length * (workload.trials ?? 1);
  return [
    `${name} against ${where}: ${isRest ? 'what is left, ' : ''}${summary(planned)}, ${workload.order ?? 'interleaved'}`,
    ...stepsIn(planned).map(
      ({ index, point, alone }) =>
        `${index + 1}  ${pointText(point)}${Object.keys(point).length === 0 ? '' : '  '}${aloneText(alone)}`,
    ),
  ];
}

const dryDocument = (planned: PlannedRun): string =>
  JSON.stringify({
    workload: planned.name,
    seconds: guess(planned),
    steps: stepsIn(planned).map(({ index, point, alone }) => ({ index, point, ...alone })),
    trials: planned.trials,
  });

/** What is shown while it runs: one line a trial that ended, and on a terminal how far it is. */
function progress(planned: PlannedRun, console: CommandRun['console']) {
  const { steps, trials } = planned;
  const startedMs = performance.now();
  const name = (step: number): string => {
    const point = steps[step]?.point ?? {};
    return Object.keys(point).length === 0 ? '' : stepName({ point });
  };
  let ended = 0;
  let tail = '';
  const left = (): string => {
    const spent = (performance.now() - startedMs) / 1e3;
    const rest = ended === 0 ? guess(planned) - spent : (spent / ended) * (trials.length - ended);
    return `about ${duration(Math.max(1, rest))} left`;
  };
  return {
    onTrialStart: ({ step, trial }: Trial) => {
      tail = '';
      console.progress(`step ${step + 1}/${steps.length} trial ${trial}: ${name(step)}; ${left()}`);
    },
    onTail: (_: Trial, p99Ms: number) => {
      tail = `, p99 ${milliseconds(p99Ms)}`;
    },
    onProgress: ({ step, trial }: Trial, { recordsPerSecond }: { readonly recordsPerSecond: number }) =>
      console.progress(
        `step ${step + 1}/${steps.length} trial ${trial}: ${count(recordsPerSecond)} records/s${tail}; ${left()}; ${name(step)}`,
      ),
    onTrialEnd: (trial: WorkloadRun['trials'][number]) => {
      if (!trial.isRepeated) ended += 1;
      console.plain(trialText(trial, name(trial.step)));
    },
  };
}

const resultLines = (result: WorkloadRun): readonly string[] => {
  const best = bestText(result);
  const verification = runVerificationLine(result);
  const last = [best, ...backlogLines(result), verification].filter((line) => line !== null);
  return [...workloadTable(result), ...last];
};

/** What became of the backlog of each trial that had one. */
const backlogLines = ({ trials }: WorkloadRun): readonly string[] =>
  trials.flatMap(({ step, trial, result, isRepeated }) => {
    const text = result?.command === 'e2e-latency' && !isRepeated ? backlogText(result) : null;
    return text === null ? [] : [`step ${step + 1} trial ${trial}: ${text}`];
  });

/** Says on stderr how it ended, and gives the exit status. */
function conclude(result: WorkloadRun, total: number, { console, interrupt }: CommandRun): number {
  for (const line of thresholdTexts(result)) console.note(line);
  if (result.runRecord !== null) console.note(`run record in ${shownPath(result.runRecord)}`);
  const done = result.trials.filter(({ isRepeated }) => !isRepeated);
  if (interrupt.exitStatus !== null) {
    console.note(
      `interrupted after ${done.length} of ${total} trials${result.runRecord === null ? '' : '; --resume goes on'}`,
    );
    return interrupt.exitStatus;
  }
  const failed = done.filter(({ failure }) => failure !== null).length;
  if (result.failure !== null) console.note(`ended after ${done.length} of ${total} trials: ${result.failure}`);
  else if (failed > 0) console.note(`${failed} of ${total} trials failed`);
  if (result.failure !== null || failed > 0) return 1;
  return result.thresholds.some(({ isMet }) => !isMet) ? 3 : 0;
}
