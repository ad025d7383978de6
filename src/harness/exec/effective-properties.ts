/** What is in effect of Kafka's client properties: those that were given, and the defaults of all others. */
import { consumerProperties } from '../../client/properties/consumer-properties.ts';
import { parseProducerProperties, producerProperties } from '../../client/properties/producer-properties.ts';
import { checkProperties, effectiveValue } from '../../client/properties/property.ts';

/**
 * Every property that has a value, by Kafka's name.
 * @param given already checked
 */
export const effectiveProperties = (
  client: 'producer' | 'consumer',
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => {
  const table = client === 'producer' ? producerProperties : consumerProperties;
  const checked = checkProperties(table, client, given);
  const values: Record<string, string> = { ...given };
  for (const name of table.keys()) {
    const value = effectiveValue(table, checked, name);
    if (value !== null) values[name] ??= String(value);
  }
  // It depends on other properties where it is not given.
  if (client === 'producer') values['enable.idempotence'] = String(parseProducerProperties(given).enableIdempotence);
  return values;
};
