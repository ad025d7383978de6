/** From a workload to its steps: each a point of the sweep with all its settings. */
import type { Scalar, Settings, Workload } from './schema.ts';
import { namesIn, pathOf, settingOf, valueAt, withValue } from './setting-path.ts';
import { meaningOf } from './setting-value.ts';
import { parseWhere } from './where.ts';
import { WorkloadError } from './workload-error.ts';

/** The values of the axes at one point, by setting. */
export type Point = Readonly<Record<string, Scalar>>;

/** One point of a sweep. */
export type Step = {
  /** From 0, in the order of the sweep. */
  readonly index: number;
  readonly point: Point;
  readonly settings: Settings;
};

/** Steps of a run unless --max-steps says otherwise. */
export const defaultMostSteps = 1000;

const zipped = (axes: Readonly<Record<string, readonly Scalar[]>>): readonly Point[] => {
  const entries = Object.entries(axes);
  const [first] = entries;
  if (first === undefined) return [{}];
  const odd = entries.find(([, values]) => values.length !== first[1].length);
  if (odd !== undefined)
    throw new WorkloadError(
      `the axes of sweep.zip must be of one length; ${first[0]} has ${first[1].length} values and ${odd[0]} ${odd[1].length}`,
    );
  return first[1].map((_, index) =>
    Object.fromEntries(
      entries.flatMap(([name, values]) => (values[index] === undefined ? [] : [[name, values[index]]])),
    ),
  );
};

/** How many points there are before conditions. */
const sizeOf = ({ cross = {}, zip = {}, points = [] }: NonNullable<Workload['sweep']>): number =>
  Object.values(cross).reduce((product, values) => product * values.length, 1) *
  Math.max(1, Object.values(zip)[0]?.length ?? 1) *
  Math.max(1, points.length);

/** More points than this are not even looked at for conditions. */
const mostPoints = 1_000_000;

const tooMany = (count: number, most: number): WorkloadError =>
  new WorkloadError(
    `the sweep has ${count} steps, and at most ${most} are run: take values away, or raise --max-steps`,
  );

const keepOne = 'keep one, and say trials: 2 for a step that runs twice';

/** The first value with a meaning that is there before; undefined when all differ. */
const repeated = <Value>(values: readonly Value[], meaning: (value: Value) => string): Value | undefined => {
  const seen = new Set<string>();
  return values.find((value) => seen.size === seen.add(meaning(value)).size);
};

const pointMeaning = (point: Point): string =>
  JSON.stringify(
    Object.entries(point)
      .map(([name, value]) => [name, meaningOf(name, value)])
      .toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1)),
  );

/** All points of a sweep, the last axis changing fastest. */
const pointsOf = (sweep: NonNullable<Workload['sweep']>): readonly Point[] => {
  const { cross = {}, zip = {}, points = [] } = sweep;
  const names = [...Object.keys(cross), ...Object.keys(zip), ...new Set(points.flatMap((point) => Object.keys(point)))];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new WorkloadError(`${twice} is an axis of the sweep twice; keep one`);
  for (const [name, values] of Object.entries(cross)) {
    const again = repeated(values, (value) => meaningOf(name, value));
    if (again !== undefined) throw new WorkloadError(`sweep.cross.${name} has ${again} twice; ${keepOne}`);
  }
  const factors: (readonly Point[])[] = Object.entries(cross).map(([name, values]) =>
    values.map((value) => ({ [name]: value })),
  );
  if (Object.keys(zip).length > 0) factors.push(zipped(zip));
  if (points.length > 0) factors.push(points);
  for (const [kind, given] of [['zip', zipped(zip)] as const, ['points', points] as const]) {
    const again = repeated(given, pointMeaning);
    if (again !== undefined) throw new WorkloadError(`sweep.${kind} has ${pointText(again)} twice; ${keepOne}`);
  }
  return factors.reduce<readonly Point[]>(
    (all, factor) => all.flatMap((left) => factor.map((right) => ({ ...left, ...right }))),
    [{}],
  );
};

/** What a step has of the file: all but what plans the run. */
const settingsOf = (workload: Workload): Settings => {
  const {
    name: _,
    target: __,
    sweep: ___,
    trials: ____,
    order: _____,
    onFailure,
    thresholds,
    best,
    ...settings
  } = workload;
  return settings;
};

/**
 * The steps of a workload; one when it sweeps nothing.
 * @throws WorkloadError for more than `mostSteps`, none, axes of `zip` of different lengths, one axis twice, and a condition that cannot be read.
 */
export const stepsOf = (workload: Workload, mostSteps: number = defaultMostSteps): readonly Step[] => {
  const base = settingsOf(workload);
  const { sweep } = workload;
  if (sweep === undefined) return [{ index: 0, point: {}, settings: base }];
  const size = sizeOf(sweep);
  if (size > mostSteps && (sweep.where === undefined || size > mostPoints)) throw tooMany(size, mostSteps);
  const points = pointsOf(sweep);
  const paths = new Map([...new Set(points.flatMap(Object.keys))].map((name) => [name, pathOf(name)]));
  const knows = (name: string): boolean => paths.has(name) || valueAt(base, pathOf(name)) !== undefined;
  const condition =
    sweep.where === undefined ? () => true : parseWhere(sweep.where, knows, [...paths.keys(), ...namesIn(base)]);
  const kept = points.filter((point) =>
    condition((name) => (Object.hasOwn(point, name) ? point[name] : settingOf(base, name))),
  );
  if (kept.length > mostSteps) throw tooMany(kept.length, mostSteps);
  if (kept.length === 0) throw new WorkloadError('where leaves out every point of the sweep: nothing is left to run');
  return kept.map((point, index) => {
    let settings: Settings = base;
    for (const [name, value] of Object.entries(point)) settings = withValue(settings, paths.get(name) ?? [name], value);
    return { index, point, settings };
  });
};

/** A point in a few words: `batch.size=16384 linger.ms=5`. */
export const pointText = (point: Point): string =>
  Object.entries(point)
    .map(([name, value]) => `${shortName(name)}=${value}`)
    .join(' ');

/** An axis as tables name it, without `client.` and the like. */
export const shortName = (name: string): string =>
  name.replace(/^(client|topic\.config|topic|payload|transactions)\./, '');
