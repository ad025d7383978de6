/** Faults from outside: a program without types, a file, a message of another process. */

import { didYouMean } from '../../measure/nearest.ts';
import { errorByName, kafkaErrors } from '../../protocol/errors.ts';
import type { Api } from '../../protocol/schema.ts';
import { canFail } from './error-answer.ts';
import {
  type Delay,
  type Drop,
  type Failure,
  type FaultBounds,
  FaultError,
  type FaultMatch,
  type FaultSpec,
  type Freeze,
  type Queue,
  type Trace,
} from './fault.ts';
import { LEAST_QUEUE_RATE, MAX_FAULT_MS, MOST_QUEUE_RATE } from './limits.ts';
import { namesTopics } from './topic-shapes.ts';

type Fields = Readonly<Record<string, unknown>>;
type Range = { readonly min: number; readonly max: number; readonly isWhole?: boolean };

const KINDS = ['delay', 'fail', 'drop', 'queue', 'trace', 'freeze'] as const;
const DISTRIBUTIONS = ['ms', 'uniform', 'exponential', 'lognormal', 'bimodal'] as const;
const QUEUE_RATES = ['requestsPerSecond', 'recordsPerSecond'] as const;
const BOUNDS = ['times', 'share', 'every', 'seed'] as const;
const TIME: Range = { min: 0, max: MAX_FAULT_MS };
const COUNT: Range = { min: 1, max: Number.MAX_SAFE_INTEGER, isWhole: true };

/**
 * Checks a fault and gives it as it is understood.
 * @param apis the APIs that the broker serves, by Kafka's names
 * @param where what messages begin with, such as `faults.json: fault 2`
 * @throws FaultError for whatever is not a fault, with what was expected
 */
export const readFault = (value: unknown, apis: ReadonlyMap<string, Api>, where: string): FaultSpec => {
  const fields = fieldsOf(value, where, [...KINDS, 'match']);
  const kinds = KINDS.filter((kind) => fields[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    throw new FaultError(
      `${where}: exactly one of ${KINDS.join(', ')} is expected; got ${kinds.join(' and ') || 'none'}`,
    );
  const inner = `${where}: ${kind}`;
  if (kind === 'freeze') {
    if (fields.match !== undefined)
      throw new FaultError(`${where}: a freeze stops the whole broker and takes no match`);
    return { freeze: readFreeze(fields.freeze, inner) };
  }
  const match = readMatch(fields.match ?? {}, apis, `${where}: match`);
  if (kind === 'delay') return { match, delay: readDelay(fields.delay, inner) };
  if (kind === 'drop') return { match, drop: readDrop(fields.drop, inner) };
  if (kind === 'queue') return { match, queue: readQueue(fields.queue, match, inner) };
  if (kind === 'trace') return { match, trace: readTrace(fields.trace, match, inner) };
  checkCanFail(match, apis, where);
  return { match, fail: readFailure(fields.fail, inner) };
};

const readMatch = (value: unknown, apis: ReadonlyMap<string, Api>, where: string): FaultMatch => {
  const fields = fieldsOf(value, where, ['api', 'clientId', 'topic', 'partition']);
  const api = textOf(fields, 'api', where);
  const clientId = textOf(fields, 'clientId', where);
  const topic = textOf(fields, 'topic', where);
  const partition = numberOf(fields, 'partition', where, { min: 0, max: 0x7fffffff, isWhole: true });
  if (api !== undefined && !apis.has(api))
    throw new FaultError(
      `${where}: api must be an API that the broker serves; got ${quoted(api)}, ${didYouMean(api, apis.keys(), 'such as Produce')}`,
    );
  if (api !== undefined && (topic ?? partition) !== undefined && !namesTopics(api, partition !== undefined))
    throw new FaultError(
      `${where}: faults of ${api} cannot be told apart by ${partition === undefined ? 'topic' : 'partition'}; leave it out`,
    );
  return {
    ...(api === undefined ? {} : { api }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(topic === undefined ? {} : { topic }),
    ...(partition === undefined ? {} : { partition }),
  };
};

const checkCanFail = ({ api: name }: FaultMatch, apis: ReadonlyMap<string, Api>, where: string): void => {
  const can = [...apis.values()].filter(canFail).map((each) => each.name);
  if (name === undefined) throw new FaultError(`${where}: fail needs match.api, one of ${can.join(', ')}`);
  if (!can.includes(name)) throw new FaultError(`${where}: ${name} cannot be made to fail, only ${can.join(', ')}`);
};

const readDelay = (value: unknown, where: string): Delay => {
  const fields = fieldsOf(value, where, [...DISTRIBUTIONS, ...BOUNDS]);
  const given = DISTRIBUTIONS.filter((name) => fields[name] !== undefined);
  const [name] = given;
  if (name === undefined || given.length > 1)
    throw new FaultError(
      `${where}: exactly one of ${DISTRIBUTIONS.join(', ')} is expected; got ${given.join(' and ') || 'none'}`,
    );
  const bounds = readBounds(fields, where);
  if (name === 'ms') return { ...bounds, ms: needed(fields, 'ms', where, TIME) };
  const inner = `${where}: ${name}`;
  if (name === 'uniform') {
    const range = fieldsOf(fields.uniform, inner, ['minMs', 'maxMs']);
    const minMs = needed(range, 'minMs', inner, TIME);
    return { ...bounds, uniform: { minMs, maxMs: needed(range, 'maxMs', inner, { ...TIME, min: minMs }) } };
  }
  if (name === 'exponential') {
    const meanMs = needed(fieldsOf(fields.exponential, inner, ['meanMs']), 'meanMs', inner, TIME);
    return { ...bounds, exponential: { meanMs } };
  }
  if (name === 'bimodal') {
    const modes = fieldsOf(fields.bimodal, inner, ['lowMs', 'highMs', 'highShare']);
    const lowMs = needed(modes, 'lowMs', inner, TIME);
    const highMs = needed(modes, 'highMs', inner, { ...TIME, min: lowMs });
    return { ...bounds, bimodal: { lowMs, highMs, highShare: needed(modes, 'highShare', inner, { min: 0, max: 1 }) } };
  }
  const shape = fieldsOf(fields.lognormal, inner, ['medianMs', 'sigma']);
  const medianMs = needed(shape, 'medianMs', inner, TIME);
  return { ...bounds, lognormal: { medianMs, sigma: needed(shape, 'sigma', inner, { min: 0, max: 10 }) } };
};

const readFailure = (value: unknown, where: string): Failure => {
  const fields = fieldsOf(value, where, ['error', ...BOUNDS]);
  const name = textOf(fields, 'error', where);
  const error = name === undefined || name === 'NONE' ? undefined : errorByName(name);
  if (error !== undefined) return { ...readBounds(fields, where), error: error.name };
  const names = kafkaErrors.map((each) => each.name).filter((each) => each !== 'NONE');
  const hint =
    name === undefined || name === 'NONE'
      ? 'such as NOT_LEADER_OR_FOLLOWER'
      : didYouMean(name, names, 'such as NOT_LEADER_OR_FOLLOWER');
  throw new FaultError(`${where}: error must be the name of a Kafka error; got ${quoted(name)}, ${hint}`);
};

const readDrop = (value: unknown, where: string): Drop => {
  const fields = fieldsOf(value, where, ['when', ...BOUNDS]);
  const when = fields.when ?? 'before';
  if (when !== 'before' && when !== 'after')
    throw new FaultError(`${where}: when must be "before" or "after"; got ${quoted(when)}`);
  return { ...readBounds(fields, where), when };
};

/** Only Produce requests have records that can be counted, and answers whose times are worth a trace. */
const checkIsProduce = ({ api }: FaultMatch, what: string, where: string): void => {
  if (api !== 'Produce') throw new FaultError(`${where}: ${what} needs match.api Produce; got ${quoted(api)}`);
};

const readQueue = (value: unknown, match: FaultMatch, where: string): Queue => {
  const fields = fieldsOf(value, where, QUEUE_RATES);
  const [name, ...more] = QUEUE_RATES.filter((rate) => fields[rate] !== undefined);
  if (name === undefined || more.length > 0)
    throw new FaultError(
      `${where}: exactly one of ${QUEUE_RATES.join(', ')} is expected; got ${name === undefined ? 'none' : 'both'}`,
    );
  const rate = needed(fields, name, where, { min: LEAST_QUEUE_RATE, max: MOST_QUEUE_RATE });
  if (name === 'requestsPerSecond') return { requestsPerSecond: rate };
  checkIsProduce(match, name, where);
  return { recordsPerSecond: rate };
};

const readTrace = (value: unknown, match: FaultMatch, where: string): Trace => {
  const file = textOf(fieldsOf(value, where, ['file']), 'file', where);
  if (file === undefined) throw new FaultError(`${where}: file is missing`);
  checkIsProduce(match, 'a trace', where);
  return { file };
};

const readFreeze = (value: unknown, where: string): Freeze => {
  const fields = fieldsOf(value, where, ['ms', 'afterMs', 'everyMs']);
  const ms = needed(fields, 'ms', where, { ...TIME, min: 1 });
  const everyMs = numberOf(fields, 'everyMs', where, TIME);
  if (everyMs !== undefined && everyMs <= ms)
    throw new FaultError(`${where}: everyMs must be longer than ms, which is ${ms}; got ${everyMs}`);
  return {
    ms,
    afterMs: numberOf(fields, 'afterMs', where, TIME) ?? 0,
    ...(everyMs === undefined ? {} : { everyMs }),
  };
};

const readBounds = (fields: Fields, where: string): FaultBounds => {
  const times = numberOf(fields, 'times', where, COUNT);
  const share = numberOf(fields, 'share', where, { min: Number.MIN_VALUE, max: 1 });
  const every = numberOf(fields, 'every', where, COUNT);
  const seed = numberOf(fields, 'seed', where, { min: 0, max: 0xffffffff, isWhole: true });
  if (share !== undefined && every !== undefined)
    throw new FaultError(`${where}: share and every say both which requests it hits; give one of them`);
  return {
    ...(times === undefined ? {} : { times }),
    ...(share === undefined ? {} : { share }),
    ...(every === undefined ? {} : { every }),
    ...(seed === undefined ? {} : { seed }),
  };
};

/** The fields of an object that may have these. */
const fieldsOf = (value: unknown, where: string, known: readonly string[]): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FaultError(`${where}: an object with ${known.join(', ')} is expected; got ${quoted(value)}`);
  const entries = Object.entries(value);
  for (const [name] of entries)
    if (!known.includes(name))
      throw new FaultError(
        `${where}: ${quoted(name)} is not known, ${didYouMean(name, known, `known are ${known.join(', ')}`)}`,
      );
  return Object.fromEntries(entries);
};

const textOf = (fields: Fields, name: string, where: string): string | undefined => {
  const value = fields[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new FaultError(`${where}: ${name} must be a text; got ${quoted(value)}`);
};

const numberOf = (fields: Fields, name: string, where: string, range: Range): number | undefined => {
  const value = fields[name];
  const { min, max, isWhole = false } = range;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  const bounds =
    max === Number.MAX_SAFE_INTEGER
      ? `${min} or more`
      : `${min === Number.MIN_VALUE ? 'over 0' : `from ${min}`} to ${max}`;
  throw new FaultError(`${where}: ${name} must be ${kind}, ${bounds}; got ${quoted(value)}`);
};

const needed = (fields: Fields, name: string, where: string, range: Range): number => {
  const value = numberOf(fields, name, where, range);
  if (value === undefined) throw new FaultError(`${where}: ${name} is missing`);
  return value;
};

const quoted = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
};
