import type { FlagTable, HelpText } from './flags.ts';
import { noRecordFlag, resultsDirFlag } from './record-flags.ts';

/** Flags of `spillway run`. */
export const runFlags: FlagTable = {
  set: {
    kind: 'list',
    group: 'Workload:',
    metavar: 'k=v ...',
    description:
      'Settings that win over the file, such as records=1000 client.linger.ms=5; an axis gets this value, or values: rate=[100,200]',
  },
  'max-steps': {
    kind: 'value',
    group: 'Workload:',
    metavar: 'N',
    description: 'Most steps that a sweep may have',
    shownDefault: '1000',
  },
  'dry-run': {
    kind: 'switch',
    group: 'Workload:',
    description: 'Print the plan and about how long it takes, and run nothing',
  },
  resume: {
    kind: 'value',
    group: 'Workload:',
    metavar: 'RUN',
    description: 'Go on with an interrupted run: its folder, which ends in .partial',
  },
  json: { kind: 'switch', group: 'Output:', description: 'Print one JSON document instead of a table' },
  'results-dir': resultsDirFlag,
  'no-record': noRecordFlag,
};

/** Help around the flags. */
export const runHelp: HelpText = {
  usage:
    'spillway run FILE.yaml|NAME [flags]\n\nRuns a workload: each step of its sweep, as often as it says, and prints a table of them with the best one.',
  examples: [
    ['spillway run batch-and-linger', 'One that comes with spillway; spillway workloads lists them'],
    ['spillway run sweep.yaml --dry-run', 'What would run, and for how long'],
    [
      'spillway run sweep.yaml --set records=10000 trials=5 target.bootstrap=kafka:9092',
      'With settings of its own, against a cluster',
    ],
    ['spillway run sweep.yaml --resume results/2026-03-01T10-00-00-sweep.partial', 'What an interrupted run had left'],
  ],
  epilogue:
    'Exit status: 0 done; 1 a trial failed; 2 wrong usage; 3 a threshold was not met; 129, 130 or 143 interrupted, with a partial record to resume.',
};
