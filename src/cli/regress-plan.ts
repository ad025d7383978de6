/** From the command line of `spillway regress` to its plan; everything that can be wrong is found here, before a trial runs. */
import { randomInt } from 'node:crypto';
import { checkExternalPlan } from '../harness/exec/external-plan.ts';
import { ExternalToolError } from '../harness/exec/external-tool.ts';
import { readBrokerVersion } from '../harness/regress/broker-version.ts';
import { ownTarget } from '../harness/regress/make-baseline.ts';
import type { RegressionPlan, SidePlan } from '../harness/regress/run-regression.ts';
import { commandWords, isGenerator, ownCommand, versionOfBuild } from '../harness/regress/side-commands.ts';
import type { SideFiles } from '../harness/regress/side-files.ts';
import { identityDifference, identityOf } from '../harness/regress/workload-identity.ts';
import { withoutSecrets } from '../harness/run-workload/run-workload.ts';
import {
  checkFigures,
  parseThreshold,
  pointText,
  type ReadWorkload,
  readWorkload,
  type Step,
  settingNames,
  stepsOf,
  type Threshold,
  within,
} from '../harness/run-workload/workloads.ts';
import type { Baseline, WorkloadIdentity } from '../results/baseline.ts';
import { BaselineError, findBaseline, readBaseline } from '../results/baseline-store.ts';
import type { SideName } from '../results/regression-result.ts';
import { shownPath } from './console.ts';
import { parseDuration } from './durations.ts';
import type { FlagValues } from './flags.ts';
import { kafkaSettings } from './kafka-settings.ts';
import { redactArgv } from './plan-flags.ts';
import { chosenMetrics } from './regress-metrics.ts';
import { parseAssignments, parseNumber, quoted, UsageError } from './usage.ts';
import { findWorkload, type WorkloadFile } from './workload-files.ts';
import { folderOf, type PlannedStep, planStep, targetOf } from './workload-steps.ts';

/** What plans are made with. */
export type PlanTools = {
  readonly files: SideFiles;
  readonly stop: AbortSignal;
  readonly argv: readonly string[];
  /** Where baselines are kept. */
  readonly baselinesDir: string;
};

/** The flags of a side. */
type SideFlags = {
  readonly letter: 'a' | 'b';
  readonly side: SideName;
  readonly overrides: Readonly<Record<string, string>>;
  readonly bootstrap: string | null;
  /** False where it is that of both sides. */
  readonly isOwnBootstrap: boolean;
  readonly command: string | null;
  readonly baseline: string | null;
};

/** The workload of both sides. */
type Common = {
  readonly file: WorkloadFile;
  readonly name: string;
  readonly sets: readonly string[];
  readonly stepNumber: number | null;
  readonly identity: WorkloadIdentity;
  readonly thresholds: readonly Threshold[];
};

const largestSeed = 2 ** 32;

/** `linger.ms` is `client.linger.ms`: what is no setting of a workload is a client property. */
const settingName = (name: string): string => {
  const [first = ''] = name.split('.');
  return settingNames().some((known) => known === first || known.startsWith(`${first}.`)) ? name : `client.${name}`;
};

const readSide = (flags: FlagValues, letter: 'a' | 'b'): SideFlags => {
  const given = parseAssignments(letter, flags.list(letter));
  const read: SideFlags = {
    letter,
    side: letter === 'a' ? 'baseline' : 'candidate',
    overrides: Object.fromEntries(Object.entries(given).map(([name, value]) => [settingName(name), value])),
    bootstrap: flags.value(`${letter}-bootstrap`) ?? flags.value('bootstrap-server'),
    isOwnBootstrap: flags.isGiven(`${letter}-bootstrap`),
    command: flags.value(`${letter}-command`),
    baseline: flags.value(`${letter}-baseline`),
  };
  const others = ['', '-bootstrap', '-command'].filter((name) => flags.isGiven(`${letter}${name}`));
  if (read.baseline !== null && others.length > 0)
    throw new UsageError(
      `--${letter}-baseline is measured already, and --${letter}${others[0]} would not apply; leave one of them out`,
    );
  return read;
};

/** The step that is compared. Throws UsageError where there are several to choose from. */
const stepOf = (read: ReadWorkload, number: number | null): Step => {
  const steps = stepsOf(read.workload);
  const [only] = steps;
  if (number === null && only !== undefined && steps.length === 1) return only;
  if (number === null)
    throw new UsageError(
      `the workload has ${steps.length} steps, and one is compared: choose it by --step N (1 is ${pointText(only?.point ?? {})}), or give the axes one value each by --set`,
    );
  const step = steps[number - 1];
  if (step === undefined)
    throw new UsageError(`--step ${number}: the workload has ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`);
  return step;
};

const readCommonPart = (flags: FlagValues, word: string): Common => {
  const file = findWorkload(word);
  const sets = flags.list('set').map((text) => {
    const at = text.indexOf('=');
    return at < 1 ? text : `${settingName(text.slice(0, at).trim())}${text.slice(at)}`;
  });
  // The last of two would win without a word.
  parseAssignments('set', sets);
  const number = flags.value('step');
  const stepNumber = number === null ? null : parseNumber('step', number, { min: 1, max: 1e6 });
  const read = readWorkload(file.text, file.shown, sets, kafkaSettings());
  const name = read.workload.name ?? file.name;
  return {
    ...{ file, name, sets, stepNumber },
    identity: identityOf(name, read.workload, stepOf(read, stepNumber)),
    thresholds: within(read, 'thresholds', () => (read.workload.thresholds ?? []).map(parseThreshold)),
  };
};

const settingsText = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name.replace(/^client\./, '')}=${value}`)
    .join(' ');

/** Settings that may be written down. */
const shownOverrides = (overrides: SideFlags['overrides']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(withoutSecrets(overrides) ?? {}).map(([name, value]) => [name, String(value)]));

/** What tells a side from the other one, in a few words. */
const labelOf = (parts: readonly (string | null)[]): string => {
  const given = parts.filter((part) => part !== null && part !== '');
  return given.length === 0 ? 'as it is' : given.join(', ');
};

const storedSide = ({ baseline: word, letter }: SideFlags, { baselinesDir }: PlanTools): SidePlan => {
  try {
    const file = findBaseline(baselinesDir, word ?? '');
    const baseline = readBaseline(file);
    const target = String(baseline.environment.target ?? 'not known');
    const common = { label: `baseline ${baseline.name}`, kind: 'stored', overrides: {}, command: null } as const;
    return { ...common, target, brokerVersion: null, program: null, stored: { file: shownPath(file), baseline } };
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new UsageError(`--${letter}-baseline: ${error.message}`, { cause: error });
  }
};

/** Names of drivers that are other programs begin so. */
const execPrefix = 'exec:';

const generatorSide = async (
  text: string,
  { plan }: PlannedStep,
  read: ReadWorkload,
): Promise<SidePlan['program'] & { readonly kind: 'generator' }> => {
  const home = process.env.KAFKA_HOME;
  const kafkaHome = home === undefined || home === '' ? {} : { kafkaHome: home };
  if (plan.command === 'e2e-latency')
    throw new UsageError('a load generator cannot be run for test: end-to-end; compare producers or consumers');
  const asked = { ...plan, ...kafkaHome, driver: `${execPrefix}${text}`, target: await targetOf(read) } as const;
  try {
    checkExternalPlan(asked);
  } catch (error) {
    if (!(error instanceof ExternalToolError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
  return { kind: 'generator', plan: asked };
};

/** What is wrong with a setting that only this side has was not given by --set. */
const ofSide = async <Value>(
  { letter, overrides, bootstrap, isOwnBootstrap }: SideFlags,
  plan: () => Promise<Value>,
): Promise<Value> => {
  try {
    return await plan();
  } catch (error) {
    const isOwn =
      error instanceof Error &&
      Object.keys(overrides).some((name) => error.message.includes(name.replace(/^client\./, '')));
    if (bootstrap !== null && error instanceof Error && /target\.bootstrap|bootstrap\.servers/.test(error.message))
      throw new UsageError(`--${isOwnBootstrap ? `${letter}-bootstrap` : 'bootstrap-server'}: ${error.message}`, {
        cause: error,
      });
    if (!isOwn) throw error;
    throw new UsageError(error.message.replace(/ \(--set\)$/, ` (--${letter})`).replace(/^--set /, `--${letter} `), {
      cause: error,
    });
  }
};

const runnableSide = async (side: SideFlags, common: Common, tools: PlanTools): Promise<SidePlan> => {
  const { file, sets, name, stepNumber } = common;
  const { driver, ...rest } = side.overrides;
  const asDriver = driver?.startsWith(execPrefix) ? driver.slice(execPrefix.length) : null;
  if (asDriver !== null && side.command !== null)
    throw new UsageError(`--${side.letter} driver=exec: and --${side.letter}-command both name a program; keep one`);
  const generator = asDriver ?? (side.command !== null && isGenerator(side.command) ? side.command : null);
  const applied = asDriver === null ? side.overrides : rest;
  const settings = Object.entries(applied).map(([key, value]) => `${key}=${value}`);
  const target = side.bootstrap === null ? [] : [`target.bootstrap=${side.bootstrap}`];
  const folder = folderOf(file.path);
  const { read, step, planned } = await ofSide(side, async () => {
    const whole = readWorkload(file.text, file.shown, [...sets, ...settings, ...target]);
    const one = stepOf(whole, stepNumber);
    within(whole, 'thresholds', () => checkFigures(common.thresholds, [one]));
    return { read: whole, step: one, planned: await planStep(whole, one, name, folder) };
  });
  const bootstrap = read.workload.target?.bootstrap ?? null;
  const brokerVersion = bootstrap === null ? null : await readBrokerVersion(bootstrap, planned.plan.properties);
  const overrides = shownOverrides(side.overrides);
  const label = [settingsText(shownOverrides(applied)), side.bootstrap, generator ?? side.command];
  const plain = { label: labelOf(label), overrides, target: bootstrap ?? ownTarget, brokerVersion, stored: null };
  if (generator !== null) {
    const program = await generatorSide(generator, planned, read);
    return { ...plain, kind: 'program', command: generator, program };
  }
  const command = side.command === null ? ownCommand : commandWords(side.command);
  if (side.command !== null) await versionOfBuild(command, tools.stop);
  const path = tools.files.write(side.side, read.workload, step, name, folder);
  return {
    ...{ ...plain, kind: side.command === null ? 'workload' : 'build', command: side.command },
    program: { kind: 'spillway', command, file: path },
  };
};

/** A side without a workload: a program that prints figures of its own. */
const figuresSide = ({ letter, command, overrides, bootstrap }: SideFlags): SidePlan => {
  if (command === null)
    throw new UsageError(
      `expected a workload, a file or a name (spillway workloads lists them); without one, --${letter}-command is a program that prints figures of its own`,
    );
  if (Object.keys(overrides).length > 0 || bootstrap !== null)
    throw new UsageError(`--${letter} and --${letter}-bootstrap are for a workload; name one, or leave them out`);
  const plain = {
    label: command,
    kind: 'figures',
    overrides: {},
    command,
    target: 'none',
    brokerVersion: null,
  } as const;
  return { ...plain, stored: null, program: { kind: 'figures', command: commandWords(command) } };
};

/** Refuses baselines of other work. */
const checkWorkloads = (sides: RegressionPlan['sides'], identity: WorkloadIdentity | null): void => {
  const stored = (['baseline', 'candidate'] as const).flatMap((side) => sides[side].stored?.baseline ?? []);
  const [first] = stored;
  const expected = stored.length === 2 && identity === null ? (first?.workload ?? null) : identity;
  const odd = stored.map((baseline) => ({ baseline, difference: workloadDifference(baseline, expected) }));
  for (const { baseline, difference } of odd)
    if (difference !== null) throw new UsageError(`baseline ${baseline.name} is of another workload: ${difference}`);
};

const workloadDifference = ({ workload }: Baseline, expected: WorkloadIdentity | null): string | null => {
  if (workload === null || expected === null)
    return workload === expected ? null : 'one side has figures of a program, and the other runs a workload';
  return identityDifference(workload, expected);
};

/** The two ways of what undecided counts as. Throws UsageError for another. */
const readUndecided = (text: string | null): 'pass' | 'fail' => {
  if (text === null || text === 'pass' || text === 'fail') return text ?? 'pass';
  throw new UsageError(`--undecided must be pass or fail; got ${quoted(text)}`);
};

/**
 * Makes the plan. Rejects with a UsageError or a TestFailure for wrong usage, with a TestFailure when a cluster does not answer.
 */
export async function planRegression(flags: FlagValues, tools: PlanTools): Promise<RegressionPlan> {
  const [word, ...more] = flags.words;
  if (more.length > 0)
    throw new UsageError(`expected one workload; got ${flags.words.length}: ${flags.words.join(' ')}`);
  const [a, b] = [readSide(flags, 'a'), readSide(flags, 'b')];
  const common = word === undefined ? null : readCommonPart(flags, word);
  if (common === null && (flags.isGiven('set') || flags.isGiven('step')))
    throw new UsageError('--set and --step are for a workload; name one');
  const effort = {
    alpha: parseNumber('alpha', flags.value('alpha') ?? '0.01', { min: 1e-6, max: 0.5, isWhole: false }),
    seed: parseNumber('seed', flags.value('seed') ?? String(randomInt(largestSeed)), { min: 0 }),
    mostPairs: parseNumber('max-pairs', flags.value('max-pairs') ?? '30', { min: 1, max: 10_000 }),
    budgetSeconds: parseDuration('budget', flags.value('budget') ?? '5m') / 1e3,
  };
  const trialTimeout = flags.value('trial-timeout');
  const undecided = readUndecided(flags.value('undecided'));
  const planSide = (side: SideFlags): SidePlan | Promise<SidePlan> => {
    if (side.baseline !== null) return storedSide(side, tools);
    return common === null ? figuresSide(side) : runnableSide(side, common, tools);
  };
  // What is stored is looked at first: it is quick, and most often wrong.
  const sides = { baseline: await planSide(a), candidate: await planSide(b) };
  checkWorkloads(sides, common?.identity ?? null);
  const workload = common?.identity ?? sides.baseline.stored?.baseline.workload ?? null;
  return {
    sides,
    workload,
    thresholds: common?.thresholds ?? [],
    metrics: chosenMetrics(flags, workload),
    effort,
    undecided,
    trialTimeoutSeconds: trialTimeout === null ? null : parseDuration('trial-timeout', trialTimeout) / 1e3,
    allowsDifferentEnvironment: flags.isOn('allow-different-environment'),
    argv: redactArgv(tools.argv),
    resultsDir: flags.isOn('no-record') ? null : (flags.value('results-dir') ?? 'results'),
  };
}
