/** What reports show of a run of a workload: its steps with the two figures that they are compared by. */
import type { FigureRange, WorkloadRun, WorkloadStep } from '../results/workload-run.ts';

/** The run as one of a workload that has ended; null for anything else. */
export const workloadRun = (run: unknown): WorkloadRun | null => {
  if (typeof run !== 'object' || run === null || !('steps' in run) || !('command' in run)) return null;
  // What the store has read of this command is what workload-record.ts writes.
  return run.command === 'run' && Array.isArray(run.steps) ? (run as WorkloadRun) : null;
};

/** A step, and what it is compared by; null where it was not measured. */
export type StepFigures = {
  readonly step: WorkloadStep;
  /** The values of its axes, such as `batch.size=16384 linger.ms=5`. */
  readonly label: string;
  readonly rate: FigureRange | null;
  readonly tailMs: FigureRange | null;
};

const tailNames = [
  'responseTimeMs.p99',
  'endToEndResponseTimeMs.p99',
  'serviceTimeMs.p99',
  'endToEndServiceTimeMs.p99',
  'ackTimeMs.p99',
];

/** The 99th percentile that all steps with figures have, from when records were due where that is known; null for none. */
export const tailNameOf = ({ steps }: WorkloadRun): string | null => {
  const measured = steps.filter(({ figures }) => Object.keys(figures).length > 0);
  return (
    tailNames.find((name) => measured.length > 0 && measured.every(({ figures }) => Object.hasOwn(figures, name))) ??
    null
  );
};

/** All steps. */
export const stepFigures = (run: WorkloadRun): readonly StepFigures[] => {
  const tail = tailNameOf(run);
  return run.steps.map((step) => ({
    step,
    label:
      Object.entries(step.point)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ') || 'all trials',
    rate: step.figures.recordsPerSecond ?? null,
    tailMs: tail === null ? null : (step.figures[tail] ?? null),
  }));
};
