import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { alterConfigs } from '../../../src/protocol/messages/alter-configs.ts';
import { createTopics } from '../../../src/protocol/messages/create-topics.ts';
import { describeConfigs } from '../../../src/protocol/messages/describe-configs.ts';
import { incrementalAlterConfigs } from '../../../src/protocol/messages/incremental-alter-configs.ts';
import { batchOf, brokerForTest, makeTopic, produceTo, temporaryDirectory, Wire } from '../wire.ts';

const TOPIC = 2;
const BROKER = 4;
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];

const setUp = async (config: Record<string, string> = {}, dataDir: string = temporaryDirectory()) => {
  const { broker } = await brokerForTest(config, dataDir);
  return { broker, wire: await Wire.open(broker), dataDir };
};

const describeOne = async (wire: Wire, resourceType: number, resourceName: string, keys: string[] | null = null) => {
  const { results } = await wire.ask(describeConfigs, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: keys }],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  const [result] = results;
  if (result === undefined) throw new Error('no result came');
  return result;
};

const setting = async (wire: Wire, resourceType: number, resourceName: string, name: string) =>
  (await describeOne(wire, resourceType, resourceName, [name])).configs[0];

type Change = readonly [name: string, operation: number | undefined, value: string | null];

const change = async (
  wire: Wire,
  resource: readonly [type: number, name: string],
  changes: readonly Change[],
  validateOnly = false,
) => {
  const { responses } = await wire.ask(incrementalAlterConfigs, 1, {
    resources: [
      {
        resourceType: resource[0],
        resourceName: resource[1],
        configs: changes.map(([name, operation = SET, value]) => ({ name, configOperation: operation ?? 0, value })),
      },
    ],
    validateOnly,
  });
  return responses[0]?.errorCode;
};

describe('DescribeConfigs', () => {
  it('says what each setting of a topic is, and where it comes from', async () => {
    const { wire } = await setUp({ 'log.retention.hours': '2', 'log.roll.ms': '5000' });
    await makeTopic(wire, 't', { config: { 'segment.ms': '9000' } });
    expect(await setting(wire, TOPIC, 't', 'segment.ms')).toMatchObject({
      value: '9000',
      configSource: 1,
      configType: 5,
      readOnly: false,
      synonyms: [
        { name: 'segment.ms', value: '9000', source: 1 },
        { name: 'log.roll.ms', value: '5000', source: 4 },
        { name: 'log.roll.hours', value: '168', source: 5 },
      ],
    });
    expect(await setting(wire, TOPIC, 't', 'retention.ms')).toMatchObject({ value: '7200000', configSource: 4 });
    expect(await setting(wire, TOPIC, 't', 'cleanup.policy')).toMatchObject({ value: 'delete', configSource: 5 });
    const { configs } = await describeOne(wire, TOPIC, 't');
    expect(configs.map(({ name }) => name)).toContain('preallocate');
    expect(configs.map(({ name }) => name)).not.toContain('internal.segment.bytes');
  });

  it.each([1, 2, 3, 4])('describes this broker in version %i', async (version) => {
    const { wire } = await setUp({ 'num.partitions': '3' });
    const { results } = await wire.ask(describeConfigs, version, {
      resources: [{ resourceType: BROKER, resourceName: '1', configurationKeys: null }],
    });
    const configs = new Map(results[0]?.configs.map((each) => [each.name, each]));
    expect(configs.get('num.partitions')).toMatchObject({ value: '3', configSource: 4, readOnly: true });
    expect(configs.get('log.retention.hours')).toMatchObject({ value: '168', configSource: 5 });
    expect(configs.get('log.retention.ms')).toMatchObject({ value: null, configSource: 5, readOnly: false });
    expect(configs.get('offsets.retention.minutes')).toMatchObject({ value: '10080' });
  });

  it.each([
    [TOPIC, 'missing', 'UNKNOWN_TOPIC_OR_PARTITION'],
    [TOPIC, 'a b', 'INVALID_TOPIC_EXCEPTION'],
    [BROKER, '7', 'INVALID_REQUEST'],
    [16, 'metrics', 'INVALID_REQUEST'],
    [32, 'group', 'INVALID_REQUEST'],
    [77, 'x', 'INVALID_REQUEST'],
  ] as const)('refuses the resource %i %s', async (type, name, error) => {
    const { wire } = await setUp();
    const result = await describeOne(wire, type, name);
    expect(result.errorCode).toBe(ErrorCode[error]);
    expect(result.errorMessage).toMatch(/\w/);
  });
});

describe('IncrementalAlterConfigs', () => {
  it('changes a topic at once and for good', async () => {
    const { broker, wire, dataDir } = await setUp();
    await makeTopic(wire, 't', { config: { 'segment.ms': '9000' } });
    expect(await change(wire, [TOPIC, 't'], [['max.message.bytes', SET, '500']])).toBe(0);
    expect((await produceTo(wire, 't', batchOf('x'.repeat(600)))).errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    await broker.close();
    const { wire: again } = await setUp({}, dataDir);
    expect(await setting(again, TOPIC, 't', 'max.message.bytes')).toMatchObject({ value: '500', configSource: 1 });
    expect(await setting(again, TOPIC, 't', 'segment.ms')).toMatchObject({ value: '9000' });
    expect(await change(again, [TOPIC, 't'], [['max.message.bytes', DELETE, null]])).toBe(0);
    expect((await produceTo(again, 't', batchOf('x'.repeat(600)))).errorCode).toBe(0);
  });

  it('adds to a list and takes from it', async () => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    const policy = async () => (await setting(wire, TOPIC, 't', 'cleanup.policy'))?.value;
    expect(await change(wire, [TOPIC, 't'], [['cleanup.policy', APPEND, 'compact']])).toBe(0);
    expect(await policy()).toBe('compact,delete');
    expect(await change(wire, [TOPIC, 't'], [['cleanup.policy', SUBTRACT, 'delete']])).toBe(0);
    expect(await policy()).toBe('compact');
    expect(await change(wire, [TOPIC, 't'], [['cleanup.policy', SUBTRACT, 'compact']])).toBe(0);
    expect(await policy()).toBe('');
  });

  it.each([
    ['an unknown name', [['segment.byte', SET, '1']], 'INVALID_CONFIG'],
    ['a value out of range', [['segment.bytes', SET, '1']], 'INVALID_CONFIG'],
    ['no value', [['segment.ms', SET, null]], 'INVALID_REQUEST'],
    ['a list operation on a number', [['segment.ms', APPEND, '5']], 'INVALID_CONFIG'],
    ['a name that comes twice', [['segment.ms', SET, '5'], ['segment.ms', SET, '6']], 'INVALID_REQUEST'], // biome-ignore format: one case a line
    ['an unknown operation', [['segment.ms', 9, '5']], 'INVALID_REQUEST'],
  ] as const)('refuses %s and changes nothing', async (_, changes, error) => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    expect(await change(wire, [TOPIC, 't'], changes)).toBe(ErrorCode[error]);
    expect((await describeOne(wire, TOPIC, 't')).configs.every(({ configSource }) => configSource === 5)).toBe(true);
  });

  it('only looks when it is only to validate', async () => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    expect(await change(wire, [TOPIC, 't'], [['segment.ms', SET, '5']], true)).toBe(0);
    expect(await change(wire, [TOPIC, 't'], [['segment.ms', SET, 'x']], true)).toBe(ErrorCode.INVALID_CONFIG);
    expect(await setting(wire, TOPIC, 't', 'segment.ms')).toMatchObject({ configSource: 5 });
  });

  it('keeps both of two changes that come together', async () => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    await Promise.all([
      change(wire, [TOPIC, 't'], [['segment.ms', SET, '5000']]),
      change(wire, [TOPIC, 't'], [['flush.ms', SET, '6000']]),
    ]);
    expect(await setting(wire, TOPIC, 't', 'segment.ms')).toMatchObject({ value: '5000' });
    expect(await setting(wire, TOPIC, 't', 'flush.ms')).toMatchObject({ value: '6000' });
  });

  it('changes what topics inherit, for this broker and for all, also after a restart', async () => {
    const { broker, wire, dataDir } = await setUp({ 'message.max.bytes': '900' });
    await makeTopic(wire, 't');
    expect(await change(wire, [BROKER, ''], [['message.max.bytes', SET, '800']])).toBe(0);
    expect(await change(wire, [BROKER, '1'], [['message.max.bytes', SET, '500']])).toBe(0);
    expect((await produceTo(wire, 't', batchOf('x'.repeat(600)))).errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    await broker.close();
    const { wire: again } = await setUp({ 'message.max.bytes': '900' }, dataDir);
    expect((await setting(again, TOPIC, 't', 'max.message.bytes'))?.synonyms).toEqual([
      { name: 'message.max.bytes', value: '500', source: 2 },
      { name: 'message.max.bytes', value: '800', source: 3 },
      { name: 'message.max.bytes', value: '900', source: 4 },
      { name: 'message.max.bytes', value: '1048588', source: 5 },
    ]);
    expect((await describeOne(again, BROKER, '')).configs.map(({ name, value }) => [name, value])).toEqual([
      ['message.max.bytes', '800'],
    ]);
    expect(await change(again, [BROKER, '1'], [['message.max.bytes', DELETE, null]])).toBe(0);
    expect((await produceTo(again, 't', batchOf('x'.repeat(600)))).errorCode).toBe(0);
  });

  it('refuses settings of the broker that are read when it starts, and what is no such resource', async () => {
    const { wire } = await setUp();
    expect(await change(wire, [BROKER, '1'], [['num.partitions', SET, '3']])).toBe(ErrorCode.INVALID_REQUEST);
    expect(await change(wire, [BROKER, '1'], [['log.retention.ms', SET, 'x']])).toBe(ErrorCode.INVALID_REQUEST);
    expect(await change(wire, [BROKER, '2'], [['log.retention.ms', SET, '5']])).toBe(ErrorCode.INVALID_REQUEST);
    expect(await change(wire, [8, '1'], [['root', SET, 'DEBUG']])).toBe(ErrorCode.INVALID_REQUEST);
    expect(await change(wire, [32, 'g'], [['x', SET, '1']])).toBe(ErrorCode.INVALID_REQUEST);
    expect(await change(wire, [TOPIC, ''], [['segment.ms', SET, '5']])).toBe(ErrorCode.INVALID_REQUEST);
    expect(await change(wire, [TOPIC, 'no'], [['segment.ms', SET, '5']])).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });
});

describe('AlterConfigs', () => {
  it.each([0, 1, 2])('puts settings in place of all others in version %i', async (version) => {
    const { wire } = await setUp();
    await makeTopic(wire, 't', { config: { 'segment.ms': '9000', 'flush.ms': '7' } });
    const configs = [{ name: 'segment.ms', value: '8000' }];
    const resources = [{ resourceType: TOPIC, resourceName: 't', configs }];
    const { responses } = await wire.ask(alterConfigs, version, { resources, validateOnly: false });
    expect(responses).toMatchObject([{ errorCode: 0, resourceName: 't' }]);
    expect(await setting(wire, TOPIC, 't', 'segment.ms')).toMatchObject({ value: '8000' });
    expect(await setting(wire, TOPIC, 't', 'flush.ms')).toMatchObject({ configSource: 5 });
  });

  it('answers a resource that comes twice once, with an error', async () => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    const resource = { resourceType: TOPIC, resourceName: 't', configs: [] };
    const { responses } = await wire.ask(alterConfigs, 2, { resources: [resource, resource], validateOnly: false });
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.INVALID_REQUEST]);
  });
});

describe('CreateTopics', () => {
  it("tells the broker's settings from Kafka's defaults", async () => {
    const { wire } = await setUp({ 'log.roll.hours': '2' });
    const asked = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    const configs = (await wire.ask(createTopics, 7, { topics: [asked] })).topics[0]?.configs ?? [];
    const found = new Map(configs.map((each) => [each.name, each]));
    expect(found.get('segment.ms')).toMatchObject({ value: '7200000', configSource: 4 });
    expect(found.get('retention.ms')).toMatchObject({ value: '604800000', configSource: 5 });
  });
});
