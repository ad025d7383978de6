import { adminProperties } from '../client/properties/admin-properties.ts';
import {
  consumerProperties,
  parseConsumerProperties,
  refuseCommitsWithoutGroup,
} from '../client/properties/consumer-properties.ts';
import { didYouMean } from '../client/properties/nearest.ts';
import { parseProducerProperties, producerProperties } from '../client/properties/producer-properties.ts';
import { PropertiesSyntaxError, parsePropertiesFile } from '../client/properties/properties-file.ts';
import { isForJavaAlone, PropertyError } from '../client/properties/property.ts';
import { checkDriverProperties, driverDefaults } from '../harness/driver-properties.ts';
import type { DriverName } from '../harness/plan.ts';
import { readFailure, readInputFile } from './input-file.ts';
import { parseAssignment, quoted, UsageError } from './usage.ts';

/** Where client properties come from, weakest first. */
export type PropertySources = {
  /** An admin client has properties of its connections alone. */
  readonly client: 'producer' | 'consumer' | 'admin';
  /** What the tool sets when nobody else does. */
  readonly defaults: Readonly<Record<string, string>>;
  /** --command-config or its older name; null when not given. */
  readonly file: { readonly flag: string; readonly path: string } | null;
  /** --command-property or its older name. */
  readonly assignments: { readonly flag: string; readonly texts: readonly string[] };
  /** Flags that stand for a property: property, flag, value. They win over all others. */
  readonly flags: readonly (readonly [property: string, flag: string, value: string])[];
  /** The sources serve a producer and a consumer: what only the other one has is left out. */
  readonly isShared?: boolean;
  /** The client under load, which may not honour all of them; the native one when left out. */
  readonly driver?: DriverName;
  /** Told what of the file is left out, in one line; at most once. */
  readonly warn: (line: string) => void;
};

type Setting = { readonly value: string; readonly origin: string };

/**
 * Gathers client properties, the stronger source over the weaker one, and checks them all.
 * @returns every property that is set, bootstrap.servers among them when it is.
 * @throws UsageError for a file that cannot be read, a malformed line or argument, and a property that cannot be used.
 */
export function gatherProperties(sources: PropertySources): Readonly<Record<string, string>> {
  const settings = new Map<string, Setting>();
  for (const [key, value] of Object.entries(sources.defaults)) settings.set(key, { value, origin: 'default' });
  for (const [key, setting] of withoutJavaSettings(sources, fileSettings(sources.file))) settings.set(key, setting);
  for (const [key, setting] of argumentSettings(sources)) settings.set(key, setting);
  if (sources.isShared === true) leaveOutOthers(sources.client, settings);
  for (const [key, flag, value] of sources.flags) settings.set(key, { value, origin: `--${flag}` });
  if (sources.client === 'admin') for (const [key, { origin }] of settings) refuseForAdmin(key, origin);
  if (sources.driver !== undefined && sources.client !== 'admin')
    for (const [key, value] of Object.entries(driverDefaults(sources.driver, sources.client, settings)))
      settings.set(key, { value, origin: 'default' });
  const properties = Object.fromEntries([...settings].map(([key, { value }]) => [key, value]));
  try {
    if (sources.client === 'producer') parseProducerProperties(properties);
    else parseConsumerProperties(properties);
    if (sources.driver !== undefined && sources.client !== 'admin')
      checkDriverProperties(sources.driver, sources.client, properties);
  } catch (error) {
    if (!(error instanceof PropertyError)) throw error;
    const origin = settings.get(error.property)?.origin;
    throw new UsageError(`${error.message}${origin === undefined ? '' : ` (${origin})`}`, { cause: error });
  }
  return properties;
}

/** What is not built is refused with all the others. */
function refuseForAdmin(key: string, origin: string): void {
  const property = consumerProperties.get(key);
  if (adminProperties.has(key) || (property !== undefined && property.status !== 'supported')) return;
  const isKnown = property !== undefined || producerProperties.has(key);
  const reason = isKnown
    ? `${key} does nothing here, where no record is sent or read; leave it out`
    : `${quoted(key)} is not a property of Kafka's admin client; ${didYouMean(key, adminProperties, `known are ${[...adminProperties].join(', ')}`)}`;
  throw new UsageError(`${reason} (${origin})`);
}

/** A file that is made for Java's tools works here, without what is Java's alone. */
function withoutJavaSettings(
  { file, warn }: PropertySources,
  settings: ReadonlyMap<string, Setting>,
): ReadonlyMap<string, Setting> {
  const isLeftOut = (key: string, value: string): boolean => {
    const property = producerProperties.get(key) ?? consumerProperties.get(key);
    return property !== undefined && isForJavaAlone(property, value);
  };
  const kept = new Map([...settings].filter(([key, { value }]) => !isLeftOut(key, value)));
  const left = [...settings.keys()].filter((key) => !kept.has(key));
  if (left.length > 0)
    warn(`warning: these settings of ${file?.path} configure Java's client only and are left out: ${left.join(', ')}`);
  return kept;
}

/**
 * Refuses what a test or tool that reads without a group cannot do.
 * @throws UsageError for automatic commits that were asked for
 */
export function checkWithoutGroup(properties: Readonly<Record<string, string>>): void {
  try {
    refuseCommitsWithoutGroup(properties);
  } catch (error) {
    throw error instanceof PropertyError ? new UsageError(error.message, { cause: error }) : error;
  }
}

function leaveOutOthers(client: PropertySources['client'], settings: Map<string, Setting>): void {
  const [own, other] =
    client === 'producer' ? [producerProperties, consumerProperties] : [consumerProperties, producerProperties];
  for (const key of settings.keys()) if (!own.has(key) && other.has(key)) settings.delete(key);
}

function fileSettings(file: PropertySources['file']): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  if (file === null) return settings;
  for (const { key, value, line } of readEntries(file)) {
    const origin = `${file.path}:${line}`;
    const earlier = settings.get(key);
    if (earlier !== undefined)
      throw new UsageError(`${key} is set twice, at ${earlier.origin} and ${origin}; keep one`);
    settings.set(key, { value, origin });
  }
  return settings;
}

function readEntries({ flag, path }: { flag: string; path: string }) {
  try {
    return parsePropertiesFile(readInputFile(path).toString('utf8'));
  } catch (error) {
    if (error instanceof PropertiesSyntaxError)
      throw new UsageError(`${error.message} (${path}:${error.line})`, { cause: error });
    throw new UsageError(`--${flag} must name a readable properties file; ${readFailure(path, error)}`, {
      cause: error,
    });
  }
}

function argumentSettings({ client, assignments }: PropertySources): ReadonlyMap<string, Setting> {
  const { flag, texts } = assignments;
  const settings = new Map<string, Setting>();
  for (const text of texts) {
    refuseSeveralInOne(client, flag, text);
    const [key, value] = parseAssignment(flag, text);
    const earlier = settings.get(key);
    if (earlier !== undefined) throw new UsageError(`--${flag} sets ${key} twice; keep one`);
    settings.set(key, { value, origin: `--${flag}` });
  }
  return settings;
}

/** `a=1,b=2` in one argument is a common slip (KAFKA-20281): Kafka takes `1,b=2` for the value of `a`. */
function refuseSeveralInOne(client: PropertySources['client'], flag: string, text: string): void {
  const table = client === 'producer' ? producerProperties : consumerProperties;
  // A password may hold anything, and is not to be shown.
  if (table.get(text.slice(0, text.indexOf('=')).trim())?.type === 'password') return;
  const pieces = text.split(/[,;]\s*(?=[A-Za-z0-9._-]+=)/);
  const isSeveral = pieces.slice(1).some((piece) => {
    const key = piece.slice(0, piece.indexOf('='));
    return table.has(key) || key.includes('.');
  });
  if (!isSeveral) return;
  const keys = pieces.map((piece) => piece.split('=')[0]).join(', ');
  throw new UsageError(
    `--${flag} takes one key=value per argument, but one argument sets several (${keys}); separate them by blanks: --${flag} linger.ms=5 batch.size=65536`,
  );
}
