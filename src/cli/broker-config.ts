import { ConfigError, parseBrokerConfig } from '../broker/config.ts';
import { partSecurity } from '../broker/security/security-settings.ts';
import { PropertiesSyntaxError, parsePropertiesFile } from '../client/properties/properties-file.ts';
import { readFailure, readInputFile } from './input-file.ts';
import { parseAssignments, UsageError } from './usage.ts';

/**
 * Gathers broker settings and checks them all; --config wins over --config-file.
 * @param file a properties file with Kafka's names, such as `server.properties`; null when there is none
 * @param assignments what --config was given
 * @throws UsageError for a file that cannot be read, a malformed line or argument, and a setting that cannot be used, with file
 * and line.
 */
export function gatherBrokerConfig(
  file: string | null,
  assignments: readonly string[],
): Readonly<Record<string, string>> {
  const given = parseAssignments('config', assignments);
  const lines = new Map<string, number>();
  const settings: Record<string, string> = {};
  for (const { key, value, line } of file === null ? [] : readEntries(file)) {
    const earlier = lines.get(key);
    if (earlier !== undefined)
      throw new UsageError(`${key} is set twice, at ${file}:${earlier} and ${file}:${line}; keep one`);
    lines.set(key, line);
    settings[key] = value;
  }
  const config = { ...settings, ...given };
  try {
    // Settings of security need the listeners, which have flags of their own: the broker reads them when it starts.
    parseBrokerConfig(partSecurity(config).others);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const line = error.setting === null || given[error.setting] !== undefined ? undefined : lines.get(error.setting);
    throw new UsageError(line === undefined ? error.message : `${error.message} (${file}:${line})`, { cause: error });
  }
}

function readEntries(path: string) {
  try {
    return parsePropertiesFile(readInputFile(path).toString('utf8'));
  } catch (error) {
    if (error instanceof PropertiesSyntaxError)
      throw new UsageError(`${error.message} (${path}:${error.line})`, { cause: error });
    throw new UsageError(`--config-file must name a readable properties file; ${readFailure(path, error)}`, {
      cause: error,
    });
  }
}
