import { describe, expect, it } from 'vitest';
import { logConfigOf } from '../../src/broker/config/topic-settings.ts';
import { ConfigError, parseBrokerConfig, parseTopicConfig, topicSettingsByName } from '../../src/broker/config.ts';

const defaults = parseBrokerConfig({});

describe('broker settings', () => {
  it("have Kafka's defaults", () => {
    expect(defaults).toMatchObject({
      nodeId: 1,
      numPartitions: 1,
      autoCreateTopicsEnable: true,
      socketRequestMaxBytes: 104857600,
    });
    expect(defaults.topicDefaults).toMatchObject({
      segmentBytes: 1073741824,
      segmentMs: 604800000,
      maxMessageBytes: 1048588,
    });
  });

  it('let log.roll.ms win over log.roll.hours', () => {
    expect(parseBrokerConfig({ 'log.roll.hours': '1' }).topicDefaults.segmentMs).toBe(3_600_000);
    expect(parseBrokerConfig({ 'log.roll.hours': '1', 'log.roll.ms': '5' }).topicDefaults.segmentMs).toBe(5);
  });

  it.each([
    [{ 'num.partitons': '3' }, 'unknown broker setting "num.partitons": did you mean num.partitions?'],
    [{ 'num.partitions': '3x' }, 'num.partitions must be a whole number of partitions, 1 to 10000; got "3x"'],
    [{ 'num.partitions': '0' }, 'num.partitions must be a whole number of partitions, 1 to 10000; got "0"'],
    [{ 'auto.create.topics.enable': 'yes' }, 'auto.create.topics.enable must be true or false; got "yes"'],
    [{ 'log.preallocate': 'true' }, 'log.preallocate=true is not supported yet: leave it out or give "false"'],
    [{ 'transaction.state.log.min.isr': '2' }, 'transaction.state.log.min.isr=2 is not supported yet'],
    [{ 'retention.ms': '5' }, "retention.ms is a topic's setting: the broker's is log.retention.ms"],
    [{ 'ssl.protocol': 'TLS' }, 'ssl.protocol is not supported here: leave it out'],
    [{ 'log.preallocat': 'x' }, 'did you mean log.preallocate?'],
    [{ 'log.segment.bytes': '14' }, 'log.segment.bytes must be a whole number of bytes, 1048576 to 2147483647'],
    [
      { 'group.min.session.timeout.ms': '9', 'group.max.session.timeout.ms': '8' },
      'group.min.session.timeout.ms (9) is over group.max.session.timeout.ms (8)',
    ],
    [
      { 'process.roles': 'broker' },
      'process.roles is not a broker setting here: leave it out, this broker is its own controller',
    ],
    [
      { listeners: 'PLAINTEXT://:9092' },
      'listeners is not a broker setting here: use the listen address (--listen HOST:PORT)',
    ],
    [{ constructor: '1' }, 'unknown broker setting "constructor"'],
  ])('refuse %j in one line', (config, message) => {
    expect(() => parseBrokerConfig(config)).toThrow(ConfigError);
    expect(() => parseBrokerConfig(config)).toThrow(message);
  });
});

describe('topic settings', () => {
  it('inherit what the broker has and keep what was given', () => {
    const broker = parseBrokerConfig({ 'log.segment.bytes': '2000000', 'log.roll.ms': '7' });
    const topic = parseTopicConfig({ 'segment.ms': '9' }, broker.topicDefaults);
    expect(topic).toMatchObject({ segmentBytes: 2_000_000, segmentMs: 9 });
  });

  it('take the retention of the smallest unit that the broker was given', () => {
    const given = { 'log.retention.hours': '2', 'log.retention.minutes': '5' };
    expect(parseBrokerConfig(given).topicDefaults.retentionMs).toBe(300_000);
    expect(parseBrokerConfig({ 'log.retention.hours': '2' }).topicDefaults.retentionMs).toBe(7_200_000);
    expect(parseBrokerConfig({ 'log.retention.hours': '-1' }).topicDefaults.retentionMs).toBe(-1);
  });

  it("read Kafka's largest long as never, and show it so again", () => {
    expect(defaults.topicDefaults.flushMessages).toBe(Number.POSITIVE_INFINITY);
    expect(topicSettingsByName(defaults.topicDefaults)['flush.messages']).toBe('9223372036854775807');
    const read = parseTopicConfig({ 'flush.ms': '9223372036854775807' }, defaults.topicDefaults);
    expect(read.flushMs).toBe(Number.POSITIVE_INFINITY);
    expect(() => parseTopicConfig({ 'flush.ms': '9223372036854775808' }, defaults.topicDefaults)).toThrow(ConfigError);
  });

  it('tell compaction and deletion apart in a cleanup policy', () => {
    const read = (text: string) => logConfigOf(parseTopicConfig({ 'cleanup.policy': text }, defaults.topicDefaults));
    expect(read('compact')).toMatchObject({ isCompacted: true, isDeleted: false });
    expect(read('delete, compact')).toMatchObject({ isCompacted: true, isDeleted: true });
    expect(() => read('compact,burn')).toThrow('cleanup.policy must be delete, compact, or compact,delete');
  });

  it('take small segments by the name that Kafka keeps for tests', () => {
    expect(() => parseTopicConfig({ 'segment.bytes': '2000' }, defaults.topicDefaults)).toThrow(
      'internal.segment.bytes of a topic takes smaller ones',
    );
    const topic = parseTopicConfig({ 'internal.segment.bytes': '2000' }, defaults.topicDefaults);
    expect(logConfigOf(topic).segmentBytes).toBe(2000);
  });

  it('take a setting of a feature that is not built at its one value only', () => {
    expect(parseTopicConfig({ preallocate: 'false' }, defaults.topicDefaults)).toEqual(defaults.topicDefaults);
    expect(() => parseTopicConfig({ preallocate: 'true' }, defaults.topicDefaults)).toThrow('not supported yet');
    expect(() => parseTopicConfig({ 'compression.zstd.level': '9' }, defaults.topicDefaults)).toThrow(
      'not supported yet',
    );
  });

  it('take every codec that Kafka has to keep batches in', () => {
    for (const compressionType of ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'])
      expect(parseTopicConfig({ 'compression.type': compressionType }, defaults.topicDefaults)).toMatchObject({
        compressionType,
      });
    expect(() => parseTopicConfig({ 'compression.type': 'none' }, defaults.topicDefaults)).toThrow(
      'compression.type must be producer or uncompressed or gzip',
    );
  });

  it('can be given back as they are printed', () => {
    const printed = topicSettingsByName(defaults.topicDefaults);
    expect(parseTopicConfig(printed, defaults.topicDefaults)).toEqual(defaults.topicDefaults);
  });
});
