import { describe, expect, it } from 'vitest';
import { parseConsumerProperties } from '../../../src/client/properties/consumer-properties.ts';
import { parseProducerProperties, producerProperties } from '../../../src/client/properties/producer-properties.ts';
import { PropertyError } from '../../../src/client/properties/property.ts';

const refusal = (properties: Record<string, string>): string => {
  try {
    parseProducerProperties(properties);
  } catch (error) {
    if (error instanceof PropertyError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('producer properties', () => {
  it('have the defaults of Kafka 4', () => {
    expect(parseProducerProperties({})).toEqual({
      bootstrapServers: [],
      clientId: '',
      connectionsMaxIdleMs: 540_000,
      isRebootstrapping: true,
      requestTimeoutMs: 30_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1000,
      metadataMaxAgeMs: 300_000,
      receiveBufferBytes: 32_768,
      reconnectBackoffMs: 50,
      reconnectBackoffMaxMs: 1000,
      socketConnectionSetupTimeoutMs: 10_000,
      socketConnectionSetupTimeoutMaxMs: 30_000,
      security: { tls: null, sasl: null },
      acks: -1,
      batchSize: 16_384,
      lingerMs: 5,
      bufferMemory: 33_554_432,
      maxBlockMs: 60_000,
      maxRequestSize: 1_048_576,
      maxInFlightRequestsPerConnection: 5,
      retries: 2_147_483_647,
      deliveryTimeoutMs: 120_000,
      compressionType: 'none',
      compressionLevel: null,
      enableIdempotence: true,
      transactionalId: null,
      transactionTimeoutMs: 60_000,
      partitioner: 'built-in',
      adaptivePartitioning: true,
      partitionerAvailabilityTimeoutMs: 0,
      partitionerIgnoreKeys: false,
    });
  });

  it('read every spelling of acks', () => {
    const acks = ['0', '1', 'all', '-1', ' all '].map((text) => parseProducerProperties({ acks: text }).acks);
    expect(acks).toEqual([0, 1, -1, -1, -1]);
    expect(refusal({ acks: '2' })).toBe('acks must be one of all, -1, 0, 1; got "2"');
  });

  it('refuse an unknown name and name the nearest one', () => {
    expect(refusal({ 'linger.msec': '5' })).toBe(
      '"linger.msec" is not a property of Kafka\'s producer; did you mean linger.ms?',
    );
    expect(refusal({ batch_size: '5' })).toContain('did you mean batch.size?');
    expect(refusal({ zzz: '5' })).toContain("see Kafka's producer configuration");
  });

  it('say the unit and the range when a number is wrong', () => {
    expect(refusal({ 'linger.ms': '5ms' })).toBe(
      'linger.ms must be a whole number of milliseconds, 0 or more; got "5ms"',
    );
    expect(refusal({ 'linger.ms': '-1' })).toContain('0 or more; got "-1"');
    expect(refusal({ 'batch.size': '3000000000' })).toContain('at most 2147483647');
    expect(refusal({ 'batch.size': '' })).toContain('got ""');
    expect(refusal({ 'max.in.flight.requests.per.connection': '0' })).toContain('1 or more');
  });

  it('refuse what is not built instead of ignoring it', () => {
    expect(refusal({ 'compression.lz4.level': '18' })).toContain('a whole number, at most 17; got "18"');
    expect(refusal({ 'compression.type': 'brotli' })).toContain('must be one of none, gzip');
    expect(refusal({ 'partitioner.class': 'com.example.Mine' })).toContain('use one of RoundRobinPartitioner, org.');
    expect(refusal({ 'send.buffer.bytes': '1' })).toContain('is not supported: Node has no call');
    expect(refusal({ 'interceptor.classes': 'a.B' })).toContain("configures Kafka's Java client only");
  });

  it('take idempotence, and refuse what takes away what it needs', () => {
    const idempotent = (properties: Record<string, string>): string =>
      refusal({ 'enable.idempotence': 'TRUE', ...properties });
    expect(parseProducerProperties({ 'enable.idempotence': 'TRUE' })).toMatchObject({
      enableIdempotence: true,
      acks: -1,
    });
    expect(idempotent({ acks: '-1', retries: '1', 'max.in.flight.requests.per.connection': '1' })).toBe('accepted');
    expect(idempotent({ acks: '1' })).toBe(
      'enable.idempotence=true needs acks=all; got acks=1: leave that out, or set enable.idempotence=false',
    );
    expect(idempotent({ retries: '0' })).toContain('needs retries of 1 or more; got retries=0');
    expect(idempotent({ 'max.in.flight.requests.per.connection': '6' })).toContain(
      'needs at most 5 requests in flight; got max.in.flight.requests.per.connection=6',
    );
    expect(refusal({ 'enable.idempotence': 'false', acks: '0', retries: '0' })).toBe('accepted');
  });

  it('turn idempotence off by acks and retries unless it was asked for, but not by requests in flight', () => {
    const isIdempotent = (properties: Record<string, string>) => parseProducerProperties(properties).enableIdempotence;
    expect(isIdempotent({ acks: '1' })).toBe(false);
    expect(isIdempotent({ acks: '0' })).toBe(false);
    expect(isIdempotent({ retries: '0' })).toBe(false);
    expect(isIdempotent({ acks: 'all', retries: '1' })).toBe(true);
    const inFlight = { 'max.in.flight.requests.per.connection': '6' };
    expect(refusal(inFlight)).toBe(
      'enable.idempotence, true by default, needs at most 5 requests in flight; got max.in.flight.requests.per.connection=6: leave that out, or set enable.idempotence=false',
    );
    // Kafka's client looks at them although acks=1 is about to turn it off.
    expect(refusal({ ...inFlight, acks: '1' })).toContain('needs at most 5 requests in flight');
    expect(isIdempotent({ ...inFlight, 'enable.idempotence': 'false' })).toBe(false);
  });

  it('take a transactional id with idempotence alone', () => {
    expect(parseProducerProperties({ 'transactional.id': 'tx', 'transaction.timeout.ms': '5000' })).toMatchObject({
      transactionalId: 'tx',
      transactionTimeoutMs: 5000,
      enableIdempotence: true,
    });
    const transactional = (properties: Record<string, string>) => refusal({ 'transactional.id': 'tx', ...properties });
    expect(transactional({ acks: '1' })).toBe(
      'transactional.id needs idempotence; got acks=1 turns it off: leave that out, or leave transactional.id out',
    );
    expect(transactional({ retries: '0' })).toContain('got retries=0 turns it off');
    expect(transactional({ 'enable.idempotence': 'false' })).toContain('got enable.idempotence=false');
    expect(transactional({ 'transactional.id': ' ' })).toContain('must be a name; got ""');
  });

  it('know a partitioner by its short and its full name', () => {
    const partitioner = (name: string) => parseProducerProperties({ 'partitioner.class': name }).partitioner;
    expect(partitioner('RoundRobinPartitioner')).toBe('round-robin');
    expect(partitioner('org.apache.kafka.clients.producer.RoundRobinPartitioner')).toBe('round-robin');
  });

  it('take a codec and its level, and no level that it has not', () => {
    const codec = (properties: Record<string, string>) => {
      const { compressionType, compressionLevel } = parseProducerProperties(properties);
      return [compressionType, compressionLevel];
    };
    expect(codec({ 'compression.type': 'gzip' })).toEqual(['gzip', -1]);
    expect(codec({ 'compression.type': 'gzip', 'compression.gzip.level': '9' })).toEqual(['gzip', 9]);
    expect(codec({ 'compression.type': 'snappy', 'compression.gzip.level': '9' })).toEqual(['snappy', null]);
    expect(codec({ 'compression.type': 'lz4', 'compression.lz4.level': '9' })).toEqual(['lz4', 9]);
    expect(codec({ 'compression.type': 'zstd', 'compression.zstd.level': '-7' })).toEqual(['zstd', -7]);
    expect(refusal({ 'compression.gzip.level': '0' })).toContain(
      'must be one of -1, 1, 2, 3, 4, 5, 6, 7, 8, 9; got "0"',
    );
    expect(refusal({ 'compression.zstd.level': '23' })).toContain('at most 22; got "23"');
  });

  it('never repeat a secret', () => {
    for (const name of ['ssl.key.password', 'sasl.jaas.config'])
      expect(refusal({ [name]: 'hunter2' })).not.toContain('hunter2');
  });

  it('accept what is done anyway', () => {
    const properties = {
      'enable.idempotence': 'false',
      'compression.type': 'none',
      'security.protocol': 'plaintext',
      'key.serializer': 'org.apache.kafka.common.serialization.ByteArraySerializer',
      'enable.metrics.push': 'false',
    };
    expect(refusal(properties)).toBe('accepted');
    expect(refusal({ 'value.serializer': 'x.StringSerializer' })).toContain('not supported yet');
  });

  it('raise an unset delivery.timeout.ms and refuse one that is too short', () => {
    expect(parseProducerProperties({ 'request.timeout.ms': '200000' }).deliveryTimeoutMs).toBe(200_005);
    expect(refusal({ 'delivery.timeout.ms': '1000' })).toContain('at least linger.ms + request.timeout.ms (30005)');
    expect(parseProducerProperties({ 'linger.ms': '2147483647' }).deliveryTimeoutMs).toBe(2_147_483_647);
  });

  it('hold the retry wait at its bound', () => {
    expect(parseProducerProperties({ 'retry.backoff.ms': '5000' }).retryBackoffMs).toBe(1000);
  });

  it('read bootstrap servers with names, IPv6 and protocols', () => {
    const { bootstrapServers } = parseProducerProperties({ 'bootstrap.servers': 'a:9092, [::1]:9093,PLAINTEXT://b:1' });
    expect(bootstrapServers).toEqual([
      { host: 'a', port: 9092 },
      { host: '::1', port: 9093 },
      { host: 'b', port: 1 },
    ]);
    for (const text of ['a', 'a:0', 'a:70000', ':9092', ',', '::1:9092']) {
      expect(refusal({ 'bootstrap.servers': text })).toContain('bootstrap.servers must');
    }
  });

  it('have a default inside their own range', () => {
    for (const { name, default: value, min, max, values } of producerProperties.values()) {
      if (typeof value === 'number') expect(value, name).toBeGreaterThanOrEqual(min ?? -Infinity);
      if (typeof value === 'number') expect(value, name).toBeLessThanOrEqual(max ?? Infinity);
      if (values !== undefined && value !== null) expect(values, name).toContain(String(value));
    }
  });
});

describe('consumer properties', () => {
  it('have the defaults of Kafka 4', () => {
    expect(parseConsumerProperties({})).toMatchObject({
      groupId: null,
      fetchMinBytes: 1,
      fetchMaxWaitMs: 500,
      fetchMaxBytes: 52_428_800,
      maxPartitionFetchBytes: 1_048_576,
      autoOffsetReset: { to: 'latest' },
      checkCrcs: true,
      isolationLevel: 'read_uncommitted',
      receiveBufferBytes: 65_536,
    });
  });

  it('are read by type and refused when not built', () => {
    expect(parseConsumerProperties({ 'check.crcs': 'false' }).checkCrcs).toBe(false);
    expect(parseConsumerProperties({ 'auto.offset.reset': 'earliest' }).autoOffsetReset).toEqual({
      to: 'earliest',
    });
    expect(() => parseConsumerProperties({ 'check.crcs': 'yes' })).toThrow('must be true or false; got "yes"');
    expect(parseConsumerProperties({ 'isolation.level': 'read_committed' }).isolationLevel).toBe('read_committed');
    expect(() => parseConsumerProperties({ 'send.buffer.bytes': '1' })).toThrow('is not supported: Node has no call');
    expect(() => parseConsumerProperties({ acks: '1' })).toThrow("is not a property of Kafka's consumer");
  });
});
