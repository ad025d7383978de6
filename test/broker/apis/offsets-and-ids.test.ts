import { describe, expect, it } from 'vitest';
import { handlers } from '../../../src/broker/apis/all.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { apiVersions } from '../../../src/protocol/messages/api-versions.ts';
import { initProducerId } from '../../../src/protocol/messages/init-producer-id.ts';
import { listOffsets } from '../../../src/protocol/messages/list-offsets.ts';
import { askWithGreatestInt64, batchOf, brokerForTest, GREATEST_INT64, makeTopic, produceTo, Wire } from '../wire.ts';

/** Produce is advertised from version 0, although it is served from 3 (KAFKA-18659). */
const PRODUCE = 0;

describe('ListOffsets', () => {
  const ask = async (wire: Wire, version: number, timestamp: number, partitionIndex = 0) => {
    const { topics } = await wire.ask(listOffsets, version, {
      replicaId: -1,
      topics: [{ name: 't', partitions: [{ partitionIndex, timestamp }] }],
    });
    return topics[0]?.partitions[0];
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('finds the ends and times in version %i', async (version) => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    await produceTo(wire, 't', batchOf('at 1000', 'at 1001', 'at 1002'));
    expect(await ask(wire, version, -2)).toMatchObject({ errorCode: 0, offset: 0, timestamp: -1 });
    expect(await ask(wire, version, -1)).toMatchObject({ errorCode: 0, offset: 3, timestamp: -1 });
    expect(await ask(wire, version, 1001)).toMatchObject({ errorCode: 0, offset: 1, timestamp: 1001 });
    expect(await ask(wire, version, 5000)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1 });
    if (version >= 7) expect(await ask(wire, version, -3)).toMatchObject({ offset: 2, timestamp: 1002 });
    if (version >= 8) expect(await ask(wire, version, -4)).toMatchObject({ errorCode: 0, offset: 0 });
    expect((await ask(wire, version, -1, 4))?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  it('finds nothing at the greatest time there is', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    await produceTo(wire, 't', batchOf('v'));
    const { topics } = await askWithGreatestInt64(wire, listOffsets, 7, {
      replicaId: -1,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: GREATEST_INT64 }] }],
    });
    expect(topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1 });
  });

  it.each([
    [6, -3],
    [7, -4],
    [8, -5],
    [8, -6],
    [8, -7],
  ])('does not know in version %i what %i stands for', async (version, timestamp) => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    expect((await ask(wire, version, timestamp))?.errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION);
  });
});

describe('InitProducerId', () => {
  const request = { transactionalId: null, transactionTimeoutMs: 1000 };
  it.each([0, 1, 2, 3, 4])('hands out ids of epoch 0 in version %i', async (version) => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    const first = await wire.ask(initProducerId, version, request);
    const second = await wire.ask(initProducerId, version, request);
    expect(first).toMatchObject({ errorCode: 0, producerEpoch: 0 });
    expect(second.producerId).toBe(first.producerId + 1);
  });

  it('never hands out an id twice, restarts included', async () => {
    const { broker, dataDir } = await brokerForTest();
    const { producerId } = await (await Wire.open(broker)).ask(initProducerId, 4, request);
    await broker.close();
    const { broker: again } = await brokerForTest({}, dataDir);
    const later = await (await Wire.open(again)).ask(initProducerId, 4, request);
    expect(later.producerId).toBeGreaterThan(producerId);
  });
});

describe('ApiVersions', () => {
  const software = { clientSoftwareName: 'spillway', clientSoftwareVersion: '1.0' };
  it.each([0, 1, 2, 3, 4])('tells what is served in version %i', async (version) => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    const { apiKeys, errorCode } = await wire.ask(apiVersions, version, version >= 3 ? software : {});
    expect(errorCode).toBe(0);
    // Every API has a file that registers it, with the versions of its description.
    expect(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, minVersion, maxVersion])).toEqual(
      [...handlers.values()]
        .map(({ api, versions }) => [api.key, api.key === PRODUCE ? 0 : versions[0], versions[1]])
        .sort(([left = 0], [right = 0]) => left - right),
    );
    expect(apiKeys.slice(0, 4).map(({ apiKey, minVersion, maxVersion }) => [apiKey, minVersion, maxVersion])).toEqual([
      [0, 0, 11],
      [1, 4, 16],
      [2, 1, listOffsets.versions[1]],
      [3, 0, 12],
    ]);
  });

  it('answers a version from the future in version 0 with its own range', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    // Size, API 18, version 99, correlation 1, no client id, and what a future version may hold.
    wire.socket.write(Buffer.from('0000000c0012006300000001ffff0000', 'hex'));
    expect((await wire.frame())?.toString('hex')).toBe(`00000001${'0023'}${'00000001'}${'0012'}${'0000'}${'0004'}`);
  });

  it('refuses a client name that is not one', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    const { errorCode } = await wire.ask(apiVersions, 3, { ...software, clientSoftwareName: 'no spaces' });
    expect(errorCode).toBe(ErrorCode.INVALID_REQUEST);
  });
});
