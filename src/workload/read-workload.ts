/** Reads a workload file: YAML, checked against the schema, with the line of everything that is wrong. */
import { type Document, isMap, isSeq, LineCounter, parse, parseDocument } from 'yaml';
import type { z } from 'zod';
import { didYouMean } from '../measure/nearest.ts';
import { settingsSchema, type Workload, workloadSchema } from './schema.ts';
import { didYouMeanSetting, isOfStep, keysBelow, pathOf, settingNames, valueAt, withValue } from './setting-path.ts';
import { WorkloadError } from './workload-error.ts';

/** A workload with what it was read from. */
export type ReadWorkload = {
  readonly workload: Workload;
  /** Where the setting of this name stands, such as ` (sweep.yaml:14)`; of one that is not in the file, the file. */
  place(name: string): string;
};

type Tree = Readonly<Record<string, unknown>>;
type Issue = z.core.$ZodIssue;

/** A message is one line of a terminal or two: so many characters of a value are shown. */
const mostShown = 120;

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > mostShown ? `${text.slice(0, mostShown)}...` : text;
};

/** The control characters of text; with any other, bytes are none. */
const textControls = new Set([...'\t\n\r\u0085'].map((each) => each.charCodeAt(0)));

/** Whether YAML allows each of the characters (YAML 1.2, section 5.1). */
const isText = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    if (isControl && !textControls.has(code)) return false;
  }
  return true;
};

/** The line of a key, or of the deepest one above it that is there; null when none is. */
const lineOf = (document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | null => {
  let node: unknown = document.contents;
  let line: number | null = null;
  for (const key of path) {
    const next = isMap(node)
      ? node.items.find((pair) => String(pair.key) === String(key))
      : isSeq(node)
        ? { key: node.items[Number(key)], value: node.items[Number(key)] }
        : undefined;
    if (next === undefined) break;
    const start = rangeOf(next.key);
    if (start !== null) line = lines.linePos(start).line;
    node = next.value;
  }
  return line;
};

const rangeOf = (node: unknown): number | null => {
  const range = valueAtUnknown(node, 'range');
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : null;
};

const valueAtUnknown = (node: unknown, key: string): unknown =>
  typeof node === 'object' && node !== null && Object.hasOwn(node, key) ? Reflect.get(node, key) : undefined;

/** One sentence about what the schema found. */
const sentence = (issue: Issue, root: unknown, further: readonly string[]): string => {
  const name = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const candidates = keysBelow(issue.path.map(String));
    const where = name === '' ? '' : ` in ${name}`;
    const known = `known are ${candidates.join(', ')}`;
    const hint =
      name === '' && didYouMean(key, candidates, '') === ''
        ? didYouMeanSetting(key, [...settingNames(), ...further], known)
        : didYouMean(key, candidates, known);
    return `unknown key ${JSON.stringify(key)}${where}; ${hint}`;
  }
  const value = issue.path.reduce<unknown>((at, key) => valueAtUnknown(at, String(key)), root);
  const got = issue.code === 'too_small' && Array.isArray(value) ? '' : `; got ${shown(value)}`;
  return `${name === '' ? 'a workload' : name} ${wanted(issue)}${got}`;
};

const wanted = (issue: Issue): string => {
  // Our own words in the schema say it best.
  if (/^(must|needs) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_union':
      return 'must be a text, a number, true or false';
    default:
      return issue.message;
  }
};

const article = (kind: string): string => {
  const words: Readonly<Record<string, string>> = {
    int: 'a whole number',
    number: 'a number',
    string: 'a text',
    boolean: 'true or false',
    object: 'a map of keys and values',
    record: 'a map of keys and values',
    array: 'a list, such as [1, 2]',
  };
  return words[kind] ?? kind;
};

/** `key=value` of the command line: the value is YAML. An axis of that name gets these values. */
const withAssignment = (tree: Tree, text: string, further: readonly string[]): Tree => {
  const at = text.indexOf('=');
  const name = text.slice(0, at).trim();
  if (at < 1 || name === '') throw new WorkloadError(`--set takes key=value, such as records=1000; got ${shown(text)}`);
  const [first = ''] = pathOf(name);
  const tops = Object.keys(workloadSchema.shape);
  if (!tops.includes(first))
    throw new WorkloadError(
      `--set ${name}: unknown key; ${didYouMeanSetting(name, [...settingNames(), ...further], 'see spillway schema')}`,
    );
  const value = readValue(name, text.slice(at + 1));
  const axis = (['cross', 'zip'] as const).find((kind) => valueAt(tree, ['sweep', kind, name]) !== undefined);
  if (axis !== undefined) return withValue(tree, ['sweep', axis, name], Array.isArray(value) ? value : [value]);
  return withValue(tree, pathOf(name), value);
};

const readValue = (name: string, text: string): unknown => {
  try {
    return parse(text);
  } catch (error) {
    throw new WorkloadError(`--set ${name} must be a value or a list as YAML has them; got ${shown(text)}`, {
      cause: error,
    });
  }
};

const axesAre = 'axes are settings such as rate, payload.size, topic.partitions or client.batch.size';

/** Whether --set gave what an error is about: the place itself, what is above it or below it, or the axis of that name. */
const isFrom = (assigned: ReadonlySet<string>, name: string): boolean => {
  const [, axis] = /^sweep\.(?:cross|zip)\.(.+?)(?:\.\d+)?$/.exec(name) ?? [];
  return [...assigned].some(
    (each) => name === each || name.startsWith(`${each}.`) || each.startsWith(`${name}.`) || each === axis,
  );
};

/** Each value of an axis must be one that its setting takes. */
const checkAxes = (
  workload: Workload,
  further: readonly string[],
  fail: (path: readonly PropertyKey[], text: string) => never,
): void => {
  const top: readonly string[] = Object.keys(workloadSchema.shape);
  const check = (name: string, value: unknown, path: readonly PropertyKey[]): void => {
    if (!isOfStep(name) && top.includes(name.split('.')[0] ?? ''))
      fail(path, `${name} cannot be an axis: it is of the whole run, and not of a step; ${axesAre}`);
    const tree = withValue({}, pathOf(name), value);
    const issue = settingsSchema.safeParse(tree).error?.issues[0];
    if (issue === undefined) return;
    if (issue.code === 'unrecognized_keys' || issue.path.length < pathOf(name).length)
      fail(
        path,
        `unknown axis ${JSON.stringify(name)}; ${didYouMeanSetting(name, [...settingNames().filter(isOfStep), ...further], axesAre)}`,
      );
    fail(path, sentence(issue, tree, further));
  };
  const { cross = {}, zip = {}, points = [] } = workload.sweep ?? {};
  for (const [kind, axes] of [['cross', cross] as const, ['zip', zip] as const])
    for (const [name, values] of Object.entries(axes))
      for (const [index, value] of values.entries()) check(name, value, ['sweep', kind, name, index]);
  for (const [index, point] of points.entries())
    for (const [name, value] of Object.entries(point)) check(name, value, ['sweep', 'points', index, name]);
};

/**
 * Does what depends on a setting of a workload.
 * @throws WorkloadError of `make` with the setting's line behind it.
 */
export const within = <Value>({ place }: ReadWorkload, setting: string, make: () => Value): Value => {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof WorkloadError)) throw error;
    throw new WorkloadError(`${error.message}${place(setting)}`, { cause: error });
  }
};

/**
 * Reads a workload.
 * @param file its name for messages
 * @param assignments `key=value` that win over what the file says
 * @param further names of settings in free maps, such as `client.batch.size`, for hints at the nearest one
 * @throws WorkloadError for what is no YAML, an unknown key, and a value that cannot be, with file and line.
 */
export const readWorkload = (
  text: string,
  file: string,
  assignments: readonly string[],
  further: readonly string[] = [],
): ReadWorkload => {
  const at = (line: number | null): string => ` (${file}${line === null ? '' : `:${line}`})`;
  if (!isText(text)) throw new WorkloadError(`a workload is YAML, which is text in UTF-8; this file is not${at(null)}`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) {
    if (broken.code === 'MULTIPLE_DOCS')
      throw new WorkloadError(
        `a workload file is one document, and another one begins: put each in a file of its own${at(broken.linePos?.[0].line ?? null)}`,
        { cause: broken },
      );
    const [what = ''] = broken.message.split(/ at line /);
    throw new WorkloadError(`${what}: mend the YAML${at(broken.linePos?.[0].line ?? null)}`, { cause: broken });
  }
  const content: unknown = document.toJS();
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new WorkloadError(`a workload is a map of keys and values; got ${shown(content ?? undefined)}${at(null)}`);
  const assigned = new Set(assignments.map((each) => each.slice(0, each.indexOf('=')).trim()));
  const root = assignments.reduce<Tree>((tree, each) => withAssignment(tree, each, further), { ...content });
  const fail = (path: readonly PropertyKey[], message: string): never => {
    const name = path.map(String).join('.');
    throw new WorkloadError(`${message}${isFrom(assigned, name) ? ' (--set)' : at(lineOf(document, lines, path))}`);
  };
  const checked = workloadSchema.safeParse(root);
  const [issue] = checked.error?.issues ?? [];
  if (issue !== undefined)
    fail(
      issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path,
      sentence(issue, root, further),
    );
  if (checked.data === undefined) throw new WorkloadError(`this is no workload${at(null)}`);
  checkAxes(checked.data, further, fail);
  return {
    workload: checked.data,
    place: (name) => {
      const path = placeOf(checked.data, name);
      // A map that was given as a whole has all that is in it, but for an axis.
      const isGivenAbove = path[0] !== 'sweep' && [...assigned].some((each) => name.startsWith(`${each}.`));
      return assigned.has(name) || isGivenAbove ? ' (--set)' : at(lineOf(document, lines, path));
    },
  };
};

/** Where a setting comes from: an axis before the rest. */
const placeOf = ({ sweep }: Workload, name: string): readonly string[] => {
  const axis = (['cross', 'zip'] as const).find((kind) => sweep?.[kind]?.[name] !== undefined);
  return axis === undefined ? pathOf(name) : ['sweep', axis, name];
};
