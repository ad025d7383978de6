import { describe, expect, test } from 'vitest';
import { parseConsumerCommand } from '../../src/cli/consumer-plan.ts';
import { parseE2eCommand } from '../../src/cli/e2e-plan.ts';
import { parseProducerCommand } from '../../src/cli/producer-plan.ts';

const producer = (...more: string[]) =>
  parseProducerCommand(['--topic', 't', '--num-records', '1', '--throughput', '-1', '--record-size', '1', ...more]);
const consumer = (...more: string[]) => parseConsumerCommand(['--topic', 't', '--num-records', '1', ...more]);
const e2e = (...more: string[]) =>
  parseE2eCommand(['--topic', 't', '--num-records', '1', '--producer-acks', '1', '--record-size', '1', ...more]);

describe('--driver', () => {
  test('is native when it is left out', () => {
    expect([producer(), consumer(), e2e()].map(({ plan }) => plan.driver)).toEqual(['native', 'native', 'native']);
  });

  test('chooses kafkajs in every test', () => {
    const chosen = ['--driver', 'kafkajs'];
    expect([producer(...chosen), consumer(...chosen), e2e(...chosen)].map(({ plan }) => plan.driver)).toEqual([
      'kafkajs',
      'kafkajs',
      'kafkajs',
    ]);
  });

  test('records what kafkajs does where that is not what Kafka does by default', () => {
    const { plan } = producer('--driver', 'kafkajs');
    expect(plan.properties['enable.idempotence']).toBe('false');
    expect(consumer('--driver', 'kafkajs').plan.properties['check.crcs']).toBe('false');
    const given = producer('--driver', 'kafkajs', '--command-property', 'enable.idempotence=true');
    expect(given.plan.properties['enable.idempotence']).toBe('true');
    expect(producer().plan.properties['enable.idempotence']).toBeUndefined();
  });

  test('refuses a client that we have not', () => {
    expect(() => producer('--driver', 'librdkafka')).toThrow(
      '--driver must be native or kafkajs, or exec:NAME for another program; got "librdkafka"',
    );
  });

  test('refuses properties that the client does not have, and says where they were given', () => {
    expect(() =>
      producer('--driver', 'kafkajs', '--command-property', 'partitioner.availability.timeout.ms=5'),
    ).toThrow(
      'driver kafkajs does not have partitioner.availability.timeout.ms; leave it out, or use --driver native (--command-property)',
    );
    expect(() => consumer('--driver', 'kafkajs', '--command-property', 'check.crcs=true')).toThrow(
      'driver kafkajs does not have check.crcs=true',
    );
    expect(() => e2e('--driver', 'kafkajs', '--command-property', 'group.instance.id=a')).toThrow(
      'driver kafkajs does not have group.instance.id',
    );
  });
});
