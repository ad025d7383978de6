import type { DriverName } from '../drivers/driver.ts';
import { checkKafkajsProperties, kafkajsDefaults } from '../drivers/kafkajs/properties.ts';

/**
 * Refuses client properties that a driver cannot honour, among those that Kafka's clients take. Loads nothing of the driver.
 * @throws PropertyError with the first such property
 */
export const checkDriverProperties = (
  driver: DriverName,
  client: 'producer' | 'consumer',
  properties: Readonly<Record<string, string>>,
): void => {
  if (driver === 'kafkajs') checkKafkajsProperties(client, properties);
};

/** What a driver sets when nobody does, since it does otherwise than Kafka's default says: results show what was in effect. */
export const driverDefaults = (
  driver: DriverName,
  client: 'producer' | 'consumer',
  given: { has(name: string): boolean },
): Readonly<Record<string, string>> => (driver === 'kafkajs' ? kafkajsDefaults(client, given) : {});
