import type { FlagTable, HelpText } from './flags.ts';
import { noRecordFlag, resultsDirFlag } from './record-flags.ts';

const GROUPS = {
  sides: 'Sides (a is the baseline, b the candidate):',
  decision: 'Decision:',
  output: 'Output:',
} as const;

const sideFlags = (letter: 'a' | 'b', name: string): FlagTable => ({
  [letter]: {
    kind: 'list',
    group: GROUPS.sides,
    metavar: 'k=v ...',
    description: `Settings of the ${name} that win over the workload, such as linger.ms=5 driver=kafkajs payload.size=1000`,
  },
  [`${letter}-bootstrap`]: {
    kind: 'value',
    group: GROUPS.sides,
    metavar: 'HOST:PORT,...',
    description: `The cluster of the ${name}`,
  },
  [`${letter}-command`]: {
    kind: 'value',
    group: GROUPS.sides,
    metavar: 'COMMAND',
    description: `Another build of Spillway as the ${name}, such as 'node old/dist/cli/main.js', or a load generator with places: 'tool {bootstrap} {topic} {records}'`,
  },
  [`${letter}-baseline`]: {
    kind: 'value',
    group: GROUPS.sides,
    metavar: 'NAME',
    description: `A stored baseline as the ${name}: a name of spillway baseline list, or a file`,
  },
});

/** Where baselines are kept. */
export const baselinesDirFlag = {
  kind: 'value',
  metavar: 'DIR',
  description: 'Folder of baselines',
  shownDefault: 'results/baselines',
} as const;

/** Flags of `spillway regress`. */
export const regressFlags: FlagTable = {
  ...sideFlags('a', 'baseline'),
  ...sideFlags('b', 'candidate'),
  set: {
    kind: 'list',
    group: GROUPS.sides,
    metavar: 'k=v ...',
    description: 'Settings of both sides that win over the workload, as spillway run takes them',
  },
  step: {
    kind: 'value',
    group: GROUPS.sides,
    metavar: 'N',
    description: 'The step to compare, of a workload that has several',
  },
  'bootstrap-server': {
    kind: 'value',
    group: GROUPS.sides,
    metavar: 'HOST:PORT,...',
    description: "The cluster of both sides; without any, each trial has a broker of its side's own",
  },
  'max-pairs': {
    kind: 'value',
    group: GROUPS.decision,
    metavar: 'N',
    description: 'Most pairs of trials; beside a stored baseline, most trials',
    shownDefault: '30',
  },
  budget: {
    kind: 'value',
    group: GROUPS.decision,
    metavar: 'TIME',
    description: 'Longest time, such as 90s or 10m',
    shownDefault: '5m',
  },
  'trial-timeout': {
    kind: 'value',
    group: GROUPS.decision,
    metavar: 'TIME',
    description: 'Longest time of a trial; a side that takes longer is ended, and failed',
    shownDefault: 'the budget, at least 1m and 10 times the longest trial so far',
  },
  metrics: {
    kind: 'list',
    group: GROUPS.decision,
    metavar: 'KEY ...',
    description:
      'What is compared: recordsPerSecond generatorCpuUsPerRecord responseTimeP50Ms responseTimeP99Ms responseTimeP999Ms peakMemoryBytes unless given; also brokerCpuUsPerRecord serviceTimeP50Ms serviceTimeP99Ms serviceTimeP999Ms',
  },
  threshold: {
    kind: 'list',
    group: GROUPS.decision,
    metavar: 'KEY=PERCENT ...',
    description: 'The smallest change of a metric that matters, such as recordsPerSecond=3%',
  },
  alpha: {
    kind: 'value',
    group: GROUPS.decision,
    metavar: 'SHARE',
    description: 'Share of comparisons of equal sides that may find a change',
    shownDefault: '0.01',
  },
  undecided: {
    kind: 'value',
    group: GROUPS.decision,
    metavar: 'pass|fail',
    description: 'What undecided metrics count as',
    shownDefault: 'pass',
  },
  'allow-different-environment': {
    kind: 'switch',
    group: GROUPS.decision,
    description: 'Compare with a baseline of another machine, Node or broker version, and say so',
  },
  seed: {
    kind: 'value',
    group: GROUPS.decision,
    metavar: 'N',
    description: 'Draws which side of each pair goes first',
    shownDefault: 'a new one',
  },
  json: { kind: 'switch', group: GROUPS.output, description: 'Print one JSON document instead of a table' },
  junit: { kind: 'value', group: GROUPS.output, metavar: 'FILE', description: 'Write the verdicts as JUnit XML, too' },
  markdown: {
    kind: 'value',
    group: GROUPS.output,
    metavar: 'FILE',
    description: 'Write a table for a job summary or a pull request, too',
  },
  'benchmark-bigger': {
    kind: 'value',
    group: GROUPS.output,
    metavar: 'FILE',
    description: "Write metrics that are better when larger for github-action-benchmark's customBiggerIsBetter",
  },
  'benchmark-smaller': {
    kind: 'value',
    group: GROUPS.output,
    metavar: 'FILE',
    description: 'The same for customSmallerIsBetter',
  },
  'save-baseline': {
    kind: 'value',
    group: GROUPS.output,
    metavar: 'NAME',
    description: "Keep the candidate's trials as a baseline",
  },
  force: { kind: 'switch', group: GROUPS.output, description: 'Replace the baseline of that name' },
  'baselines-dir': { ...baselinesDirFlag, group: GROUPS.output },
  'results-dir': resultsDirFlag,
  'no-record': noRecordFlag,
};

/** Help around the flags. */
export const regressHelp: HelpText = {
  usage:
    'spillway regress FILE.yaml|NAME [flags]\n\nSays whether the candidate is slower than the baseline, and how sure that is: trials of both in pairs, in random order, until the verdict is clear or the budget is spent.',
  examples: [
    ['spillway regress quick-start --a linger.ms=0 --b linger.ms=5', 'Two settings'],
    ["spillway regress quick-start --a-command 'node ../main/dist/cli/main.js'", 'This build against another one'],
    ['spillway regress load.yaml --a-baseline laptop', 'Against a stored baseline'],
    ['spillway regress load.yaml --a-bootstrap kafka41:9092 --b-bootstrap kafka42:9092', 'Two clusters'],
    [
      "spillway regress --a-command 'node old/bench.js' --b-command 'node new/bench.js'",
      'Programs that print {"figures": {"NAME": 1}} of their own',
    ],
  ],
  epilogue:
    'Exit status: 0 nothing is slower; 1 a side failed; 2 wrong usage, or sides that cannot be compared; 3 something is slower, or undecided with --undecided fail; 129, 130 or 143 interrupted. docs/regressions.md says what the verdicts mean.',
};
