import { readFileSync } from 'node:fs';
import { handlers } from '../apis/all.ts';
import { errorCode, explainCode } from '../log/errors.ts';
import { FaultError, type FaultSpec } from './fault.ts';
import { readFault } from './read-fault.ts';

const servedApis = () => new Map(Array.from(handlers.values(), ({ api }) => [api.name, api]));

/**
 * Reads a file with a JSON array of faults.
 * @throws FaultError when the file cannot be read, is no such array, or holds what is not a fault
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
  return readFaultList(value, path);
};

/**
 * Checks faults from outside.
 * @param where what messages begin with
 * @throws FaultError for the first that is none
 */
export const readFaultList = (values: readonly unknown[], where: string): readonly FaultSpec[] => {
  const apis = servedApis();
  return values.map((fault, index) => readFault(fault, apis, `${where}: fault ${index + 1}`));
};
