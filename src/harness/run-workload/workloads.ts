/** Workloads, as the command line sees them: it may not import their folder. */
export {
  commandOf,
  fillBytesOf,
  guessSeconds,
  type StepCommand,
  type StepFlag,
  switches,
} from '../../workload/command-line.ts';
export { type ReadWorkload, readWorkload, within } from '../../workload/read-workload.ts';
export { type Workload, workloadJsonSchema } from '../../workload/schema.ts';
export { settingNames } from '../../workload/setting-path.ts';
export { defaultMostSteps, pointText, type Step, shortName, stepsOf } from '../../workload/sweep.ts';
export {
  type BestRule,
  checkFigures,
  figureNames,
  parseBest,
  parseThreshold,
  type Threshold,
} from '../../workload/thresholds.ts';
export { type Trial, trialsOf } from '../../workload/trials.ts';
export { WorkloadError } from '../../workload/workload-error.ts';
