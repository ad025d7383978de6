import { randomUUID } from 'node:crypto';
import { didYouMean } from '../client/properties/nearest.ts';
import { type KeySpec, mostZipfKeys, type TransactionSpec } from '../harness/plan.ts';
import type { FlagValues } from './flags.ts';
import { parseAssignment, parseNumber, quoted, readNumber, UsageError } from './usage.ts';

/** Kafka's numbers of keys are Java's int. */
const MOST_KEYS = 2_147_483_647;
/** Keys are numbers with zeros in front: longer ones say nothing more. */
const MOST_KEY_BYTES = 1024;
const KEY_KINDS = ['sequential', 'uniform', 'zipf', 'sampled', 'none'] as const;
const KEY_DISTRIBUTIONS = ['RANGE', 'RANDOM'] as const;

/**
 * Reads what keys records have.
 * @returns null for none
 * @throws UsageError for flags that contradict each other or name what is not known.
 */
export function readKeys(flags: FlagValues, seed: number): KeySpec | null {
  const text = flags.value('keys');
  const range = flags.value('record-key-range');
  const distribution = flags.value('key-distribution');
  if (distribution !== null && range === null)
    throw new UsageError('--key-distribution says how keys come out of a range: give --record-key-range N, too');
  if (text !== null && range !== null)
    throw new UsageError('--keys and --record-key-range both say what keys are; give one of them');
  const spec = range === null ? readKind(text ?? 'none', seed, flags) : readRange(range, distribution, seed, flags);
  if (flags.isGiven('key-size') && (spec === null || spec.kind === 'sampled'))
    throw new UsageError('--key-size is for keys that are numbers; give --keys or --record-key-range, or leave it out');
  if (spec?.kind === 'sampled' && !flags.isGiven('payload-from-topic'))
    throw new UsageError('--keys sampled takes the keys of --payload-from-topic; name that topic, or other keys');
  return spec;
}

const digitsOf = (flags: FlagValues): number => {
  const text = flags.value('key-size');
  return text === null ? 0 : parseNumber('key-size', text, { min: 1, max: MOST_KEY_BYTES });
};

function readRange(range: string, distribution: string | null, seed: number, flags: FlagValues): KeySpec {
  const keys = parseNumber('record-key-range', range, { min: 1, max: MOST_KEYS });
  const name = (distribution ?? 'RANGE').toUpperCase();
  if (name === 'RANGE') return { kind: 'range', keys, digits: digitsOf(flags) };
  if (name === 'RANDOM') return { kind: 'uniform', keys, digits: digitsOf(flags), seed };
  const hint = didYouMean(name, KEY_DISTRIBUTIONS, 'see --help');
  throw new UsageError(`--key-distribution must be RANGE or RANDOM; got ${quoted(distribution ?? '')}: ${hint}`);
}

function readKind(text: string, seed: number, flags: FlagValues): KeySpec | null {
  const [kind = '', count, exponent, ...more] = text.split(':');
  const keys = count === undefined ? Number.NaN : readNumber(count);
  const isCount = Number.isInteger(keys) && keys >= 1;
  const power = exponent === undefined ? 1 : readNumber(exponent);
  if (kind === 'none' && count === undefined) return null;
  if (kind === 'sequential' && count === undefined) return { kind, digits: digitsOf(flags) };
  if (kind === 'sampled' && count === undefined) return { kind };
  if (kind === 'uniform' && isCount && keys <= MOST_KEYS && exponent === undefined)
    return { kind, keys, digits: digitsOf(flags), seed };
  if (kind === 'zipf' && isCount && keys <= mostZipfKeys && power >= 0 && power <= 10 && more.length === 0)
    return { kind, keys, exponent: power, digits: digitsOf(flags), seed };
  const known = KEY_KINDS.find((name) => name === kind);
  const hint =
    known === undefined
      ? didYouMean(kind, KEY_KINDS, 'see --help')
      : `uniform takes 1 to ${MOST_KEYS} keys, zipf 1 to ${mostZipfKeys} and an exponent from 0 to 10, the others nothing`;
  throw new UsageError(
    `--keys must be sequential, uniform:N, zipf:N:EXPONENT, sampled or none; got ${quoted(text)}: ${hint}`,
  );
}

/** Reads the headers of every record; a key may come twice, as Kafka's may. Throws UsageError for what is no key=value. */
export const readHeaders = (flags: FlagValues): readonly (readonly [key: string, value: string])[] =>
  flags.list('headers').map((text) => parseAssignment('headers', text));

/** Default age of a transaction, as in Kafka's tool, milliseconds. */
const DEFAULT_TRANSACTION_MS = 3000;
/** Kafka's default of transaction.timeout.ms. */
const DEFAULT_TIMEOUT_MS = 60_000;

/** Transactions, and the property that turns them on. */
export type TransactionPlan = { readonly transactionalId: string; readonly spec: TransactionSpec };

const TRANSACTION_FLAGS = ['transactional-id', 'transaction-duration-ms', 'transaction-records'] as const;

/**
 * Reads whether records go in transactions: any of the flags, or `transactional.id` among the properties, turns them on, as in Kafka's tool.
 * @throws UsageError for numbers out of bounds, a rate of aborts without transactions, and transactions longer than they may be open.
 */
export function readTransactions(
  flags: FlagValues,
  properties: Readonly<Record<string, string>>,
  seed: number,
): TransactionPlan | null {
  const named = flags.value('transactional-id') ?? properties['transactional.id'] ?? null;
  const isOn = named !== null || TRANSACTION_FLAGS.some((name) => flags.isGiven(name));
  if (!isOn) {
    if (flags.isGiven('transaction-abort-rate'))
      throw new UsageError(
        '--transaction-abort-rate is for transactions: give --transaction-records, --transaction-duration-ms or --transactional-id, too',
      );
    return null;
  }
  const records = optionalCount(flags, 'transaction-records');
  const given = optionalCount(flags, 'transaction-duration-ms');
  const durationMs = given ?? (records === null ? DEFAULT_TRANSACTION_MS : null);
  const timeoutMs = Number(properties['transaction.timeout.ms'] ?? DEFAULT_TIMEOUT_MS);
  if (durationMs !== null && durationMs >= timeoutMs)
    throw new UsageError(
      `--transaction-duration-ms ${durationMs} must be less than transaction.timeout.ms=${timeoutMs}, after which the broker aborts; lower it, or raise that`,
    );
  return {
    transactionalId: named ?? `performance-producer-${randomUUID()}`,
    spec: { records, durationMs, abortRate: readAbortRate(flags), seed },
  };
}

function optionalCount(flags: FlagValues, name: string): number | null {
  const text = flags.value(name);
  return text === null ? null : parseNumber(name, text, { min: 1, max: MOST_KEYS });
}

function readAbortRate(flags: FlagValues): number {
  const text = flags.value('transaction-abort-rate');
  return text === null ? 0 : parseNumber('transaction-abort-rate', text, { min: 0, max: 1, isWhole: false });
}
