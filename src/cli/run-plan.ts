/** Plans a whole run of a workload: its file, its sweep, and the order of its trials. */
import type { Target } from '../harness/plan.ts';
import type { runWorkload } from '../harness/run-workload/run-workload.ts';
import {
  checkFigures,
  defaultMostSteps,
  parseBest,
  parseThreshold,
  readWorkload,
  stepsOf,
  type Trial,
  trialsOf,
  type Workload,
  within,
} from '../harness/run-workload/workloads.ts';
import type { FlagValues } from './flags.ts';
import { kafkaSettings } from './kafka-settings.ts';
import { parseAssignments, parseNumber, UsageError } from './usage.ts';
import { findWorkload } from './workload-files.ts';
import { folderOf, type PlannedStep, planStep, targetOf } from './workload-steps.ts';

/** A whole run, before it starts. */
export type PlannedRun = {
  readonly name: string;
  readonly source: string;
  readonly workload: Workload;
  readonly target: Target;
  readonly steps: readonly PlannedStep[];
  readonly trials: readonly Trial[];
  readonly rules: Parameters<typeof runWorkload>[0]['rules'];
};

/**
 * Reads and checks everything; nothing has started then.
 * Rejects with a UsageError or a WorkloadError for what cannot be run, with the line of the file where it can be told.
 */
export async function planRun(flags: FlagValues): Promise<PlannedRun> {
  const [word, ...more] = flags.words;
  if (word === undefined || more.length > 0)
    throw new UsageError(
      `expected one workload, a file or a name (spillway workloads lists them); got ${flags.words.length}`,
    );
  const file = findWorkload(word);
  const mostSteps = parseNumber('max-steps', flags.value('max-steps') ?? String(defaultMostSteps), {
    min: 1,
    max: 1e6,
  });
  const sets = flags.list('set');
  // The last of two would win without a word.
  parseAssignments('set', sets);
  const read = readWorkload(file.text, file.shown, sets, kafkaSettings());
  const { workload } = read;
  const rules = {
    thresholds: within(read, 'thresholds', () => (workload.thresholds ?? []).map(parseThreshold)),
    best: within(read, 'best', () => (workload.best === undefined ? null : parseBest(workload.best))),
  };
  const points = within(read, 'sweep', () => stepsOf(workload, mostSteps));
  const { thresholds, best } = rules;
  within(read, 'thresholds', () => checkFigures(thresholds, points));
  // One step that has the figure can be the best.
  within(read, 'best', () =>
    checkFigures(best === null ? [] : [{ ...best, text: workload.best ?? '' }], points, 'all'),
  );
  const name = workload.name ?? file.name;
  const target = await targetOf(read);
  const steps: PlannedStep[] = [];
  for (const step of points) steps.push(await planStep(read, step, name, folderOf(file.path)));
  const trials = trialsOf(steps.length, workload.trials ?? 1, workload.order ?? 'interleaved', workload.seed ?? 0);
  return {
    name,
    source: file.shown,
    workload,
    target: steps[0]?.plan.target.kind === 'cluster' ? steps[0].plan.target : target,
    steps,
    trials,
    rules,
  };
}
