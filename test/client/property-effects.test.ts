/** Which test shows what each supported property does, at the wire or at the broker. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { consumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { producerProperties } from '../../src/client/properties/producer-properties.ts';

const PRODUCER = 'producer.test.ts';
const EFFECTS = 'producer-properties-effects.test.ts';
const FETCHES = 'consumer-fetches.test.ts';
const MEMBERSHIP = 'group/membership.test.ts';
const CONNECTIONS = 'effects-connections.test.ts';
const SECURED = 'security/secured-connection.test.ts';
const TLS_AND_SASL = 'effects-security.test.ts';
const CONSUMER = 'effects-consumer.test.ts';

/** By property; files are those of this folder. */
const shownIn: Readonly<Record<string, string>> = {
  acks: EFFECTS,
  'batch.size': EFFECTS,
  'linger.ms': EFFECTS,
  'buffer.memory': PRODUCER,
  'max.block.ms': PRODUCER,
  'max.request.size': EFFECTS,
  'max.in.flight.requests.per.connection': PRODUCER,
  retries: PRODUCER,
  'delivery.timeout.ms': PRODUCER,
  'receive.buffer.bytes': CONNECTIONS,
  'compression.type': EFFECTS,
  'compression.gzip.level': EFFECTS,
  'compression.lz4.level': EFFECTS,
  'compression.zstd.level': EFFECTS,
  'enable.idempotence': 'idempotence-faults.test.ts',
  'transactional.id': 'transactions/transactions.test.ts',
  'transaction.timeout.ms': CONSUMER,
  'partitioner.class': EFFECTS,
  'partitioner.adaptive.partitioning.enable': EFFECTS,
  'partitioner.availability.timeout.ms': EFFECTS,
  'partitioner.ignore.keys': EFFECTS,

  'group.id': 'consuming/consumer-client.test.ts',
  'group.instance.id': MEMBERSHIP,
  'group.protocol': CONSUMER,
  'session.timeout.ms': MEMBERSHIP,
  'heartbeat.interval.ms': MEMBERSHIP,
  'partition.assignment.strategy': MEMBERSHIP,
  'enable.auto.commit': MEMBERSHIP,
  'auto.commit.interval.ms': 'group/group-consumer.test.ts',
  'auto.offset.reset': FETCHES,
  'fetch.min.bytes': FETCHES,
  'fetch.max.wait.ms': FETCHES,
  'fetch.max.bytes': FETCHES,
  'max.partition.fetch.bytes': FETCHES,
  'check.crcs': 'consumer.test.ts',
  'isolation.level': FETCHES,
  'client.rack': FETCHES,
  'default.api.timeout.ms': CONSUMER,
  'max.poll.records': 'consuming/consumer-client.test.ts',
  'max.poll.interval.ms': MEMBERSHIP,
  'exclude.internal.topics': MEMBERSHIP,
  'allow.auto.create.topics': MEMBERSHIP,

  'bootstrap.servers': CONNECTIONS,
  'client.dns.lookup': CONNECTIONS,
  'client.id': EFFECTS,
  'request.timeout.ms': PRODUCER,
  'retry.backoff.ms': PRODUCER,
  'retry.backoff.max.ms': PRODUCER,
  'reconnect.backoff.ms': EFFECTS,
  'reconnect.backoff.max.ms': EFFECTS,
  'metadata.max.age.ms': EFFECTS,
  'metadata.recovery.strategy': CONNECTIONS,
  'connections.max.idle.ms': CONNECTIONS,
  'socket.connection.setup.timeout.ms': CONNECTIONS,
  'socket.connection.setup.timeout.max.ms': CONNECTIONS,

  'security.protocol': SECURED,
  'ssl.protocol': TLS_AND_SASL,
  'ssl.cipher.suites': TLS_AND_SASL,
  'ssl.enabled.protocols': TLS_AND_SASL,
  'ssl.keystore.type': SECURED,
  'ssl.keystore.location': SECURED,
  'ssl.keystore.password': SECURED,
  'ssl.keystore.key': SECURED,
  'ssl.keystore.certificate.chain': SECURED,
  'ssl.key.password': TLS_AND_SASL,
  'ssl.truststore.type': TLS_AND_SASL,
  'ssl.truststore.location': SECURED,
  'ssl.truststore.password': SECURED,
  'ssl.truststore.certificates': SECURED,
  'ssl.endpoint.identification.algorithm': SECURED,
  'sasl.mechanism': SECURED,
  'sasl.jaas.config': SECURED,
  'sasl.login.connect.timeout.ms': TLS_AND_SASL,
  'sasl.login.read.timeout.ms': TLS_AND_SASL,
  'sasl.login.retry.backoff.ms': TLS_AND_SASL,
  'sasl.login.retry.backoff.max.ms': TLS_AND_SASL,
  'sasl.oauthbearer.scope': TLS_AND_SASL,
  'sasl.oauthbearer.token.endpoint.url': TLS_AND_SASL,
  'sasl.oauthbearer.header.urlencode': TLS_AND_SASL,
  'sasl.oauthbearer.client.credentials.client.id': TLS_AND_SASL,
  'sasl.oauthbearer.client.credentials.client.secret': TLS_AND_SASL,
};

const supported = [...producerProperties.values(), ...consumerProperties.values()]
  .filter(({ status }) => status === 'supported')
  .map(({ name }) => name);

describe('every supported property', () => {
  it('is in the table of tests that show its effect, and nothing else is', () => {
    expect(Object.keys(shownIn).toSorted()).toEqual([...new Set(supported)].toSorted());
  });

  it.each(Object.entries(shownIn))('%s is named in %s', (name, file) => {
    const path = fileURLToPath(new URL(file, import.meta.url));
    expect(existsSync(path)).toBe(true);
    // As a word of its own: linger.ms is no mention of a longer name that begins like it.
    const word = new RegExp(`(?<![\\w.])${name.replaceAll('.', '\\.')}(?![\\w]|\\.\\w)`);
    expect(readFileSync(path, 'utf8')).toMatch(word);
  });
});
