/** What values of settings come to, so that two ways of writing one value are the same and that values of a kind have an order. */
import { bytesOf, millisecondsOf } from './command-line.ts';
import type { Scalar } from './schema.ts';

/** Kinds of values that are more than a number. */
export type ValueKind = 'SIZE' | 'TIME' | 'RATE';

const kinds: Readonly<Partial<Record<string, ValueKind>>> = {
  'payload.size': 'SIZE',
  duration: 'TIME',
  warmup: 'TIME',
  'transactions.duration': 'TIME',
  rate: 'RATE',
};

/** The kind of a setting's values; null where they are numbers or texts. */
export const kindOf = (setting: string): ValueKind | null => kinds[setting] ?? null;

const numberOf = (value: Scalar): number =>
  typeof value === 'boolean' || String(value).trim() === '' ? Number.NaN : Number(value);

/** A value as a number: bytes of a SIZE, milliseconds of a TIME, records per second of a RATE, of which `max` is the highest. NaN for others. */
export const amountOf = (setting: string, value: Scalar): number => {
  if (typeof value === 'boolean') return Number.NaN;
  switch (kindOf(setting)) {
    case 'SIZE':
      return numberOf(bytesOf(value));
    case 'TIME':
      // What is no time has no milliseconds, and 0 is a bound that may be asked for.
      return millisecondsOf(value) || (numberOf(value) === 0 ? 0 : Number.NaN);
    case 'RATE':
      return value === 'max' ? Number.POSITIVE_INFINITY : numberOf(value);
    case null:
      return numberOf(value);
  }
};

/** A text that two values of a setting share when they mean the same: `1 KiB` and 1024 do, 1 and true do not. */
export const meaningOf = (setting: string, value: Scalar): string => {
  const amount = amountOf(setting, value);
  return Number.isNaN(amount) ? String(value) : String(amount);
};

/** Whether two values of a setting mean the same. */
export const isSameValue = (setting: string, one: Scalar, other: Scalar): boolean =>
  meaningOf(setting, one) === meaningOf(setting, other);
