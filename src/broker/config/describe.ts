import type { ConfigTexts } from '../config.ts';
import {
  type BrokerSetting,
  fixedBrokerSettings,
  groupTable,
  ownTable,
  storedTable,
  transactionTable,
} from './broker-settings.ts';
import { ConfigType, type ConfigTypeCode } from './setting.ts';
import { fixedTopicSettings, type TopicSetting, topicTable } from './topic-settings.ts';

/** Where a value comes from, as Kafka numbers it (`DescribeConfigsResponse.ConfigSource`). */
export const ConfigSource = {
  TOPIC: 1,
  DYNAMIC_BROKER: 2,
  DYNAMIC_DEFAULT_BROKER: 3,
  STATIC_BROKER: 4,
  DEFAULT: 5,
} as const;

/** A value that a setting has or would have, and where it comes from. */
export type ConfigSynonym = { readonly name: string; readonly value: string; readonly source: number };

/** One setting as DescribeConfigs and CreateTopics show it. */
export type ConfigEntry = {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly source: number;
  readonly type: ConfigTypeCode;
  /** What it would be, the strongest first; the first is what it is. */
  readonly synonyms: readonly ConfigSynonym[];
};

/** What a broker was given, by where. */
export type BrokerLayers = {
  /** With `--config` and `--config-file`. */
  readonly given: ConfigTexts;
  /** By clients, for this broker. */
  readonly dynamic: ConfigTexts;
  /** By clients, for all brokers. */
  readonly dynamicDefault: ConfigTexts;
};

/** All settings of a topic, by name. */
export const describeTopicConfig = (config: ConfigTexts, broker: BrokerLayers): ConfigEntry[] => {
  const entries: ConfigEntry[] = [];
  for (const setting of topicSettings) {
    const { name, kind } = setting;
    const text = config[name];
    const own = text === undefined ? [] : [{ name, value: shown(kind, text), source: ConfigSource.TOPIC }];
    const synonyms = [...own, ...inheritedSynonyms(setting, broker)];
    const [first] = synonyms;
    // A setting for tests, which Kafka does not show either.
    if (setting.default === null && first === undefined) continue;
    const value = first === undefined ? kind.show(setting.default) : inUnitOfTopic(setting, first);
    entries.push({
      name,
      value,
      readOnly: false,
      source: first?.source ?? ConfigSource.DEFAULT,
      type: kind.type,
      synonyms,
    });
  }
  for (const [name, value] of Object.entries(fixedTopicSettings))
    entries.push({ ...fixedEntry(name, value, false), synonyms: [] });
  return byName(entries);
};

/** All settings of the broker, by name. */
export const describeBrokerConfig = (broker: BrokerLayers): ConfigEntry[] => {
  const entries: ConfigEntry[] = [];
  for (const table of [ownTable, groupTable, transactionTable, storedTable])
    for (const { name, kind, default: defaultValue } of Object.values<BrokerSetting<unknown>>({ ...table })) {
      const synonyms = [...givenSynonyms(name, broker), defaultSynonym(name, kind.show(defaultValue))];
      entries.push(brokerEntry(name, kind.type, synonyms));
    }
  for (const setting of topicSettings) {
    const all = inheritedSynonyms(setting, broker);
    for (const [index, { name, factor }] of setting.inherits.entries()) {
      // The strongest name is shown with all its synonyms, the others with what is theirs.
      const synonyms = index === 0 ? all : all.filter((each) => each.name === name);
      entries.push(brokerEntry(name, factor === undefined ? setting.kind.type : ConfigType.INT, synonyms, name));
    }
  }
  for (const [name, value] of Object.entries(fixedBrokerSettings)) entries.push(fixedEntry(name, value, true));
  return byName(entries);
};

/** Whether clients may change a setting of the broker while it runs. */
export const isDynamicBrokerSetting = (name: string): boolean => dynamicNames.has(name);

const topicSettings: readonly TopicSetting<unknown>[] = Object.values(topicTable);

/** What topics inherit, by its strongest name, and what changes nothing here (Kafka: `DynamicBrokerConfig`). */
const dynamicNames: ReadonlySet<string> = new Set([
  ...topicSettings.flatMap(({ inherits }) => inherits.slice(0, 1).map(({ name }) => name)),
  'background.threads',
  'log.cleaner.dedupe.buffer.size',
  'log.cleaner.io.buffer.size',
  'log.cleaner.threads',
  'num.io.threads',
  'num.network.threads',
  'num.recovery.threads.per.data.dir',
]);

const shown = (kind: { read(text: string): unknown; show(value: unknown): string }, text: string): string =>
  kind.show(kind.read(text.trim()));

const givenSynonyms = (name: string, { given, dynamic, dynamicDefault }: BrokerLayers): ConfigSynonym[] => {
  const layers = [
    [dynamic, ConfigSource.DYNAMIC_BROKER],
    [dynamicDefault, ConfigSource.DYNAMIC_DEFAULT_BROKER],
    [given, ConfigSource.STATIC_BROKER],
  ] as const;
  return layers.flatMap(([texts, source]) => {
    const value = texts[name];
    return value === undefined ? [] : [{ name, value, source }];
  });
};

const defaultSynonym = (name: string, value: string): ConfigSynonym => ({ name, value, source: ConfigSource.DEFAULT });

/** What the broker's settings say about a topic's: all names, the strongest first, and the default in its unit. */
const inheritedSynonyms = (
  { inherits, kind, default: defaultValue }: TopicSetting<unknown>,
  broker: BrokerLayers,
): ConfigSynonym[] => {
  const synonyms = inherits.flatMap(({ name }) => givenSynonyms(name, broker));
  const last = inherits.at(-1);
  if (last === undefined) return synonyms;
  const value =
    last.factor === undefined || typeof defaultValue !== 'number'
      ? kind.show(defaultValue)
      : String(defaultValue / last.factor);
  return [...synonyms, defaultSynonym(last.name, value)];
};

/** The value of a synonym as the topic's setting shows it. */
const inUnitOfTopic = ({ inherits, kind }: TopicSetting<unknown>, { name, value }: ConfigSynonym): string => {
  const factor = inherits.find((each) => each.name === name)?.factor;
  if (factor === undefined) return shown(kind, value);
  return Number(value) < 0 ? '-1' : String(Number(value) * factor);
};

const brokerEntry = (
  name: string,
  type: ConfigTypeCode,
  synonyms: readonly ConfigSynonym[],
  only: string | null = null,
): ConfigEntry => {
  const [first] = only === null ? synonyms : synonyms.filter((each) => each.name === only);
  return {
    name,
    value: first?.value ?? null,
    readOnly: !isDynamicBrokerSetting(name),
    source: first?.source ?? ConfigSource.DEFAULT,
    type,
    synonyms,
  };
};

const fixedEntry = (name: string, value: string, readOnly: boolean): ConfigEntry => ({
  name,
  value,
  readOnly,
  source: ConfigSource.DEFAULT,
  type: typeOfText(value),
  synonyms: [defaultSynonym(name, value)],
});

const typeOfText = (text: string): ConfigTypeCode => {
  if (text === 'true' || text === 'false') return ConfigType.BOOLEAN;
  if (text === '') return ConfigType.LIST;
  // Bytes or milliseconds of remote storage, which is not there.
  return text === '-2' ? ConfigType.LONG : ConfigType.INT;
};

const byName = (entries: ConfigEntry[]): ConfigEntry[] =>
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
