import type { LogEntry } from 'kafkajs';
import { errorByCode } from '../../protocol/errors.ts';
import type { DriverError } from '../driver.ts';

/** Of kafkajs's own list of Kafka's errors. */
type ListedError = { readonly code: number; readonly message: string };

const isListed = (value: unknown): value is ListedError =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  typeof value.code === 'number' &&
  'message' in value &&
  typeof value.message === 'string';

/** Where kafkajs keeps the texts of Kafka's errors; its log has nothing else of an error. */
const errorListPath: string = 'kafkajs/src/protocol/error.js';

/** Kafka's error codes by the text that kafkajs has for each. Empty when this release of it keeps them elsewhere. */
export const loadErrorTexts = async (): Promise<ReadonlyMap<string, number>> => {
  try {
    const module: { readonly default?: { readonly errorCodes?: unknown } } = await import(errorListPath);
    const list = module.default?.errorCodes;
    return new Map(Array.isArray(list) ? list.filter(isListed).map(({ code, message }) => [message, code]) : []);
  } catch {
    return new Map();
  }
};

/** The error that a line of kafkajs's log is about, under Kafka's name; null when it is about none that is worked around. */
export const errorOfLog = ({ log }: LogEntry, codes: ReadonlyMap<string, number>): DriverError | null => {
  const { error } = log;
  const text = typeof error === 'string' ? error : log.message;
  const known = errorByCode(codes.get(text) ?? 0);
  if (known !== undefined && known.code !== 0)
    return { name: known.name, code: known.code, message: `${known.name} (${known.code}): ${text}` };
  if (/timed out/i.test(text)) return { name: 'REQUEST_TIMED_OUT', code: 7, message: text };
  if (/^(connection|closed connection)|disconnected|ECONNRE/i.test(text))
    return { name: 'NETWORK_EXCEPTION', code: 13, message: text };
  return null;
};
