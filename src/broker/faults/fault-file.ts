import { readFileSync } from 'node:fs';
import { errorCode, explainCode } from '../log/errors.ts';
import { FaultError, type FaultSpec } from './fault.ts';

/**
 * Reads a file with a JSON array of faults. Each is checked when the broker sets it.
 * @throws FaultError when the file cannot be read or is no such array
 */
export const readFaultFile = (path: string): readonly FaultSpec[] => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new FaultError(`${path} cannot be read: ${explainCode(errorCode(error))}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FaultError(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (!Array.isArray(value))
    throw new FaultError(
      `${path} must hold a JSON array of faults, such as [{"match":{"api":"Fetch"},"delay":{"ms":50}}]`,
    );
  return value;
};
