import { didYouMean, nearest } from '../measure/nearest.ts';
import {
  type BrokerSetting,
  type BrokerSettings,
  elsewhere,
  fixedBrokerSettings,
  groupTable,
  isForeign,
  ownTable,
  storedTable,
  transactionTable,
} from './config/broker-settings.ts';
import { ConfigError, INT_MAX, int, type Kind, readValue } from './config/setting.ts';
import {
  fixedTopicSettings,
  type Inherited,
  type TopicSetting,
  type TopicSettings,
  topicTable,
} from './config/topic-settings.ts';

export type { BrokerSettings } from './config/broker-settings.ts';
export { ConfigError } from './config/setting.ts';
export type { TimestampType, TopicSettings } from './config/topic-settings.ts';

/** Settings as they are given and stored: texts by Kafka's names. */
export type ConfigTexts = Readonly<Record<string, string>>;

const topicSettings: readonly TopicSetting<unknown>[] = Object.values(topicTable);
const topicKeys = new Map(Object.entries(topicTable).map(([key, { name }]) => [name, key]));
const topicNames = new Set([...topicKeys.keys(), ...Object.keys(fixedTopicSettings)]);

const brokerTables: readonly Readonly<Record<string, BrokerSetting<unknown>>>[] = [
  ownTable,
  groupTable,
  transactionTable,
  storedTable,
];

/** All broker settings that are read, but for those of topics. */
const brokerKinds = new Map<string, Kind<unknown>>(
  brokerTables.flatMap((table) => Object.values(table)).map(({ name, kind }) => [name, kind]),
);
for (const { kind, inherits } of topicSettings)
  for (const inherited of inherits) brokerKinds.set(inherited.name, kindOfInherited(inherited, kind));
const brokerNames = new Set([...brokerKinds.keys(), ...Object.keys(fixedBrokerSettings), ...Object.keys(elsewhere)]);

/** How a broker's setting that topics inherit is read: as the topic's, or in larger units. */
function kindOfInherited({ factor, min = 0 }: Inherited, kind: Kind<unknown>): Kind<unknown> {
  if (factor === undefined) return kind;
  return int({ min, max: INT_MAX, unit: factor === 60_000 ? 'minutes' : 'hours' });
}

/**
 * Reads broker settings given by Kafka's names: when the broker was started, and by clients since, for it and for all brokers.
 * @throws ConfigError for a name that is unknown, a value out of range, or a feature that is not built.
 */
export const parseBrokerConfig = (
  given: ConfigTexts,
  dynamic: ConfigTexts = {},
  dynamicDefault: ConfigTexts = {},
): BrokerSettings => {
  const config: ConfigTexts = { ...given, ...dynamicDefault, ...dynamic };
  for (const [name, text] of Object.entries(config)) checkBrokerSetting(name, text);
  const settings: BrokerSettings = {
    ...readTable(ownTable, config),
    groups: readTable(groupTable, config),
    transactions: readTable(transactionTable, config),
    topicDefaults: parseTopicConfig(inheritedTopicConfig(config), defaultTopicSettings),
    given,
    dynamic,
    dynamicDefault,
  };
  const { minSessionTimeoutMs, maxSessionTimeoutMs } = settings.groups;
  if (minSessionTimeoutMs > maxSessionTimeoutMs)
    throw new ConfigError(
      `group.min.session.timeout.ms (${minSessionTimeoutMs}) is over group.max.session.timeout.ms (${maxSessionTimeoutMs})`,
    );
  return settings;
};

/**
 * Puts what clients have given a broker in force: everything that holds its settings sees them.
 * @throws ConfigError as `parseBrokerConfig` does; nothing is changed then.
 */
export const giveBrokerConfig = (settings: BrokerSettings, dynamic: ConfigTexts, dynamicDefault: ConfigTexts): void => {
  Object.assign(settings, parseBrokerConfig(settings.given, dynamic, dynamicDefault));
};

/**
 * What topics inherit of the broker's settings, by the topic's names; what was not given is not in it.
 * @throws ConfigError for a value out of range.
 */
export const inheritedTopicConfig = (config: ConfigTexts): ConfigTexts => {
  const texts: Record<string, string> = {};
  for (const { name, inherits } of topicSettings) {
    const source = inherits.find((each) => config[each.name] !== undefined);
    const text = source === undefined ? undefined : config[source.name];
    if (source === undefined || text === undefined) continue;
    if (source.factor === undefined) texts[name] = text;
    else texts[name] = Number(text) < 0 ? '-1' : String(Number(text) * source.factor);
  }
  return texts;
};

/**
 * Reads topic settings given by Kafka's names over the broker's defaults.
 * @throws ConfigError for a name that is unknown, a value out of range, or a feature that is not built.
 */
export const parseTopicConfig = (config: ConfigTexts, defaults: TopicSettings): TopicSettings => {
  const given: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(config)) {
    const key = topicKeys.get(name);
    if (key === undefined) refuseUnlessFixed('topic setting', name, text, fixedTopicSettings, topicNames);
    else given[key] = readValue<unknown>(name, topicTable[key as keyof TopicSettings].kind, text);
  }
  const settings: TopicSettings = { ...defaults, ...given };
  const { minCompactionLagMs, maxCompactionLagMs } = settings;
  if (minCompactionLagMs > maxCompactionLagMs)
    throw new ConfigError(
      `min.compaction.lag.ms (${minCompactionLagMs}) is over max.compaction.lag.ms (${maxCompactionLagMs})`,
    );
  return settings;
};

/** The broker's effective settings by Kafka's names, for results and `usage` reports. */
export const brokerSettingsByName = (settings: BrokerSettings): Record<string, string> => {
  const texts: Record<string, string> = {
    ...fixedBrokerSettings,
    ...showTable(storedTable, readStored({ ...settings.given, ...settings.dynamicDefault, ...settings.dynamic })),
    ...showTable(ownTable, settings),
    ...showTable(groupTable, settings.groups),
    ...showTable(transactionTable, settings.transactions),
  };
  for (const [key, { inherits, kind }] of Object.entries<TopicSetting<unknown>>(topicTable)) {
    const [strongest] = inherits;
    if (strongest !== undefined) texts[strongest.name] = kind.show(settings.topicDefaults[key as keyof TopicSettings]);
  }
  return Object.fromEntries(Object.entries(texts).sort(([left], [right]) => (left < right ? -1 : 1)));
};

/** All topic settings by Kafka's names, those of features that are not built included; CreateTopics v5 and later answers with them. */
export const topicSettingsByName = (settings: TopicSettings): Record<string, string> => {
  const texts: Record<string, string> = { ...fixedTopicSettings };
  for (const [key, { name, kind }] of Object.entries<TopicSetting<unknown>>(topicTable)) {
    const value = settings[key as keyof TopicSettings];
    if (value !== null) texts[name] = kind.show(value);
  }
  return texts;
};

type Values = Readonly<Record<string, unknown>>;

const readTable = <S extends Values>(
  table: { readonly [K in keyof S]: BrokerSetting<S[K]> },
  config: ConfigTexts,
): S => {
  const values: Partial<S> = {};
  for (const key in table) {
    const { name, kind, default: defaultValue } = table[key];
    const text = config[name];
    values[key] = text === undefined ? defaultValue : readValue(name, kind, text);
  }
  return values as S;
};

const readStored = (config: ConfigTexts): Record<string, number> =>
  readTable<Record<string, number>>(storedTable, config);

const showTable = (table: Readonly<Record<string, BrokerSetting<unknown>>>, values: Values): Record<string, string> =>
  Object.fromEntries(Object.entries(table).map(([key, { name, kind }]) => [name, kind.show(values[key])]));

const checkBrokerSetting = (name: string, text: string): void => {
  const kind = brokerKinds.get(name);
  if (kind === undefined) refuseUnlessFixed('broker setting', name, text, fixedBrokerSettings, brokerNames);
  else readValue(name, kind, text);
};

const refuseUnlessFixed = (
  what: 'broker setting' | 'topic setting',
  name: string,
  text: string,
  fixed: ConfigTexts,
  known: ReadonlySet<string>,
): void => {
  const only = Object.hasOwn(fixed, name) ? fixed[name] : undefined;
  if (only !== undefined) {
    if (text.trim() === only) return;
    const kept = only === '' ? 'leave it out' : `leave it out or give ${JSON.stringify(only)}`;
    throw new ConfigError(`${name}=${text} is not supported yet: ${kept}`, { setting: name });
  }
  if (what === 'broker setting') {
    const place = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
    if (place !== undefined) throw new ConfigError(`${name} is not a broker setting here: ${place}`, { setting: name });
    if (topicKeys.has(name)) {
      const [strongest] = topicTable[topicKeys.get(name) as keyof TopicSettings].inherits;
      if (strongest !== undefined)
        throw new ConfigError(`${name} is a topic's setting: the broker's is ${strongest.name}`, { setting: name });
    }
  }
  if (what === 'broker setting' && isForeign(name)) {
    const close = nearest(name, known);
    const hint = close === null ? '' : ` (the nearest that is: ${close})`;
    throw new ConfigError(`${name} is not supported here: leave it out${hint}`, { setting: name });
  }
  const hint = didYouMean(name, known, "see Kafka's documentation for the names");
  throw new ConfigError(`unknown ${what} ${JSON.stringify(name)}: ${hint}`, { setting: name });
};

/** What a topic has when neither it nor the broker was given anything. */
export const defaultTopicSettings: TopicSettings = Object.fromEntries(
  Object.entries(topicTable).map(([key, each]) => [key, each.default]),
) as TopicSettings;
