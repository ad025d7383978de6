import { describe, expect, it } from 'vitest';
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
    [{ 'log.retention.ms': '1000' }, 'log.retention.ms=1000 is not supported yet: leave it out or give "-1"'],
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
    const broker = parseBrokerConfig({ 'log.segment.bytes': '2000', 'log.roll.ms': '7' });
    const topic = parseTopicConfig({ 'segment.ms': '9' }, broker.topicDefaults);
    expect(topic).toMatchObject({ segmentBytes: 2000, segmentMs: 9 });
  });

  it('take a setting of a feature that is not built at its one value only', () => {
    expect(parseTopicConfig({ 'cleanup.policy': 'delete' }, defaults.topicDefaults)).toEqual(defaults.topicDefaults);
    expect(() => parseTopicConfig({ 'cleanup.policy': 'compact' }, defaults.topicDefaults)).toThrow(
      'not supported yet',
    );
  });

  it('can be given back as they are printed', () => {
    const printed = topicSettingsByName(defaults.topicDefaults);
    expect(parseTopicConfig(printed, defaults.topicDefaults)).toEqual(defaults.topicDefaults);
  });
});
