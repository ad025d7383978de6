/** The effective configuration of a test, as its result shows it. */
import { adminProperties } from '../client/properties/admin-properties.ts';
import { consumerProperties } from '../client/properties/consumer-properties.ts';
import { producerProperties } from '../client/properties/producer-properties.ts';
import { checkProperties, effectiveValue, type PropertyTable } from '../client/properties/property.ts';
import { shownValue } from '../client/properties/secrets.ts';
import type { Configuration } from '../results/result.ts';
import type { E2ePlan, TestPlan } from './plan.ts';

type Settings = Readonly<Record<string, string | number | boolean>>;

const withoutSecrets = (properties: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, shownValue(name, value)]));

/** A plan as it may be written down: secrets among its properties are hidden. */
export const planWithoutSecrets = <Plan extends TestPlan>(plan: Plan): Plan => {
  const properties = withoutSecrets(plan.properties);
  if (!('consumerProperties' in plan)) return { ...plan, properties };
  const { consumerProperties: given } = plan as Plan & Pick<E2ePlan, 'consumerProperties'>;
  return { ...plan, properties, consumerProperties: withoutSecrets(given) };
};

/** Those of a client's properties that say how it connects: clients of another kind take them, too. */
export const connectionProperties = (properties: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => adminProperties.has(name)));

/** Every supported client setting with its value, given or default; secrets are hidden. */
const clientSettings = (
  client: 'producer' | 'consumer',
  table: PropertyTable,
  properties: Readonly<Record<string, string>>,
): Settings => {
  const checked = checkProperties(table, client, properties);
  const settings: Record<string, string | number | boolean> = {};
  for (const [name, property] of table) {
    const value = effectiveValue(table, checked, name);
    if (value === null || (property.status !== 'supported' && !checked.has(name))) continue;
    settings[name] = shownValue(name, value);
  }
  return settings;
};

/**
 * Puts together what a result shows of a test's configuration. `properties` are those the client was opened with; `partitions` is null
 * where it was not learned.
 */
export const describeConfiguration = (
  plan: TestPlan,
  properties: Readonly<Record<string, string>>,
  partitions: number | null,
  brokerSettings: Settings | null,
): Configuration => {
  const client = plan.command === 'producer-perf-test' ? 'producer' : 'consumer';
  const table = client === 'producer' ? producerProperties : consumerProperties;
  return {
    plan: planWithoutSecrets(plan),
    client: clientSettings(client, table, properties),
    topic: { name: plan.topic, ...(partitions === null ? {} : { partitions }), ...plan.topicConfig },
    broker: brokerSettings,
  };
};

/** As describeConfiguration, for both clients of an end-to-end test: their settings begin with `producer.` and `consumer.`. */
export const describeE2eConfiguration = (
  plan: E2ePlan,
  bootstrapServers: string | null,
  partitions: number | null,
  brokerSettings: Settings | null,
): Configuration => {
  const bootstrap = bootstrapServers === null ? {} : { 'bootstrap.servers': bootstrapServers };
  const producer = clientSettings('producer', producerProperties, { ...plan.properties, ...bootstrap });
  const consumer = clientSettings('consumer', consumerProperties, { ...plan.consumerProperties, ...bootstrap });
  const prefixed = (prefix: string, settings: Settings): Settings =>
    Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${prefix}.${name}`, value]));
  return {
    plan: planWithoutSecrets(plan),
    client: { ...prefixed('producer', producer), ...prefixed('consumer', consumer) },
    topic: { name: plan.topic, ...(partitions === null ? {} : { partitions }), ...plan.topicConfig },
    broker: brokerSettings,
  };
};
