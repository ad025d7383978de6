/** Settings by their names, as axes, --set and conditions have them: `client.batch.size`, `topic.partitions`, `rate`. */
import { z } from 'zod';
import { didYouMean } from '../measure/nearest.ts';
import type { Scalar } from './schema.ts';
import { settingsSchema, workloadSchema } from './schema.ts';

/** Maps of free keys: what follows is one key, dots and all. */
const openMaps = ['topic.config', 'target.broker', 'sweep.cross', 'sweep.zip', 'client', 'headers'] as const;

/** `client.batch.size` is the key `batch.size` in `client`. */
export const pathOf = (name: string): readonly string[] => {
  const open = openMaps.find((map) => name.startsWith(`${map}.`));
  return open === undefined ? name.split('.') : [...open.split('.'), name.slice(open.length + 1)];
};

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A tree with one value changed; the rest is shared with the one given. */
export const withValue = (tree: Tree, path: readonly string[], value: unknown): Tree => {
  const [key = '', ...rest] = path;
  if (rest.length === 0) return { ...tree, [key]: value };
  const below = Object.hasOwn(tree, key) ? tree[key] : undefined;
  return { ...tree, [key]: withValue(isTree(below) ? below : {}, rest, value) };
};

/** The value at a path; undefined when there is none. */
export const valueAt = (tree: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (isTree(at) && Object.hasOwn(at, key) ? at[key] : undefined), tree);

/** A setting's value by its name; undefined when it is not set. */
export const settingOf = (tree: unknown, name: string): Scalar | undefined => {
  const value = valueAt(tree, pathOf(name));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
};

const namesBelow = (schema: unknown, prefix: string): readonly string[] => {
  const fields = valueAt(schema, ['properties']);
  if (!isTree(fields)) return prefix === '' ? [] : [prefix.slice(0, -1)];
  return Object.entries(fields).flatMap(([key, below]) => namesBelow(below, `${prefix}${key}.`));
};

let known: readonly string[] | null = null;

/** Names of everything that can be set; of free maps the map's own. */
export const settingNames = (): readonly string[] => {
  known ??= namesBelow(z.toJSONSchema(workloadSchema), '');
  return known;
};

/** Whether a setting is of one step, and so can be an axis; others are of the whole run. */
export const isOfStep = (name: string): boolean => Object.hasOwn(settingsSchema.shape, name.split('.')[0] ?? '');

/** Names of all values in a tree: `client.batch.size`, `rate`. */
export const namesIn = (tree: unknown, prefix = ''): readonly string[] =>
  isTree(tree)
    ? Object.entries(tree).flatMap(([key, below]) => namesIn(below, `${prefix}${key}.`))
    : [prefix.slice(0, -1)];

/** A question that ends a message about an unknown setting: the shortest that ends like it, the nearest one, or else `otherwise`. */
export const didYouMeanSetting = (name: string, candidates: readonly string[], otherwise: string): string => {
  const [whole] = candidates
    .filter((each) => each.endsWith(`.${name}`))
    .toSorted((one, other) => one.length - other.length);
  return whole === undefined ? didYouMean(name, candidates, otherwise) : `did you mean ${whole}?`;
};

/** Keys that stand beside each other below a path, for a hint at the nearest one. */
export const keysBelow = (path: readonly string[]): readonly string[] => {
  const schema = path.reduce<unknown>((at, key) => valueAt(at, ['properties', key]), z.toJSONSchema(workloadSchema));
  const fields = valueAt(schema, ['properties']);
  return isTree(fields) ? Object.keys(fields) : [];
};
