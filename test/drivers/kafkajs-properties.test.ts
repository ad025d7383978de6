import { describe, expect, test } from 'vitest';
import {
  checkKafkajsProperties,
  kafkajsConsumerNotes,
  kafkajsProducerSettings,
} from '../../src/drivers/kafkajs/properties.ts';

describe('properties of the driver kafkajs', () => {
  test('that an accumulator can honour are taken', () => {
    checkKafkajsProperties('producer', { 'batch.size': '1', 'linger.ms': '0', acks: '1', retries: '3' });
    checkKafkajsProperties('consumer', {
      'fetch.min.bytes': '1',
      'check.crcs': 'false',
      'auto.offset.reset': 'latest',
    });
  });

  test.each([
    [
      'producer',
      'partitioner.availability.timeout.ms',
      'x',
      'driver kafkajs does not have partitioner.availability.timeout.ms; leave it out, or use --driver native',
    ],
    ['consumer', 'group.instance.id', 'x', 'driver kafkajs does not have group.instance.id;'],
    [
      'consumer',
      'partition.assignment.strategy',
      'range',
      'driver kafkajs does not have partition.assignment.strategy;',
    ],
    ['consumer', 'check.crcs', 'true', 'driver kafkajs does not have check.crcs=true;'],
    ['consumer', 'auto.offset.reset', 'none', 'driver kafkajs does not have auto.offset.reset=none;'],
  ] as const)('of a %s refuse %s=%s', (client, name, value, message) => {
    expect(() => checkKafkajsProperties(client, { [name]: value })).toThrow(message);
  });

  test('that change nothing are said in the notes', () => {
    const given = { 'receive.buffer.bytes': '1000' };
    checkKafkajsProperties('consumer', given);
    expect(kafkajsConsumerNotes(given, false)).toContain('driver kafkajs: receive.buffer.bytes has no effect');
    expect(kafkajsProducerSettings(given).notes).toContain('driver kafkajs: receive.buffer.bytes has no effect');
  });

  test('with idempotence leave one request in flight', () => {
    expect(kafkajsProducerSettings({}).mostInFlight).toBe(5);
    expect(kafkajsProducerSettings({ 'enable.idempotence': 'true' })).toMatchObject({
      isIdempotent: true,
      mostInFlight: 1,
    });
  });
});
