import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { apiVersions } from '../../src/protocol/messages/api-versions.ts';
import { fetch } from '../../src/protocol/messages/fetch.ts';
import { metadata } from '../../src/protocol/messages/metadata.ts';
import { produce } from '../../src/protocol/messages/produce.ts';
import { batchOf, brokerForTest, fetchRequest, makeTopic, produceRequest, produceTo, Wire } from './wire.ts';

const sized = (hex: string): Buffer => {
  const body = Buffer.from(hex, 'hex');
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
};

/** Bytes of all buffers that somebody still holds, and of some that nobody does: V8 gives their memory back beside what goes on. */
const buffersInUse = (): number => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
};

describe('a connection', () => {
  it.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'over the bound of 104857600 bytes'],
    ['a negative size', Buffer.from('ffffffff', 'hex'), 'negative'],
    ['an unknown API', sized('7fff000000000001ffff'), 'the API with key 32767'],
    ['an unknown version', sized('0003006300000001ffff'), 'Metadata version 99 is not offered, only 0 to 12'],
    ['a short frame', sized('0003'), 'too short'],
    ['a body cut short', sized('0003000100000001ffff000000ff'), 'Metadata version 1 request'],
    ['a produce body cut short', sized('0000000900000001ffff00000001'), 'too early'],
  ])('is closed with one line after %s, and the broker lives on', async (_what, garbage, why) => {
    const { broker, lines } = await brokerForTest();
    const wire = await Wire.open(broker);
    wire.socket.write(garbage);
    expect(await wire.frame()).toBeNull();
    expect(lines).toEqual([expect.stringContaining(why)]);
    expect((await (await Wire.open(broker)).ask(apiVersions, 0, {})).errorCode).toBe(0);
  });

  it('is closed after a frame over socket.request.max.bytes', async () => {
    const { broker, lines } = await brokerForTest({ 'socket.request.max.bytes': '1000' });
    const wire = await Wire.open(broker);
    wire.socket.write(Buffer.from('000003e9', 'hex'));
    expect(await wire.frame()).toBeNull();
    expect(lines).toEqual([expect.stringContaining('1001 bytes is over the bound of 1000 bytes')]);
  });

  it('takes a request that comes byte by byte', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    for (const byte of sized('0012000000000007ffff')) {
      wire.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(new ByteReader((await wire.frame()) ?? Buffer.alloc(0)).int32()).toBe(7);
  });

  it('takes a batch that is larger than its read buffers', async () => {
    const { broker } = await brokerForTest({ 'message.max.bytes': '9000000' });
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    expect((await produceTo(wire, 't', batchOf('x'.repeat(5_000_000)))).errorCode).toBe(0);
    const { responses } = await wire.ask(fetch, 12, fetchRequest({ name: 't' }, 0));
    expect(responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(5_000_000);
  });

  it('answers thousands of requests that nobody read the answers of, in order and without keeping them all', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't', { partitions: 200 });
    wire.socket.pause();
    const ids = Array.from({ length: 3000 }, () => wire.send(metadata, 9, { topics: null }));
    wire.socket.resume();
    for (const id of ids) await wire.receive(metadata, 9, id);
  });

  it('serves other requests while many fetches wait, and reads on when they end', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const ids = Array.from({ length: 1500 }, () =>
      wire.send(fetch, 12, fetchRequest({ name: 't' }, 0, { maxWaitMs: 60_000 })),
    );
    const other = await Wire.open(broker);
    await produceTo(other, 't', batchOf('v'));
    for (const id of ids)
      expect((await wire.receive(fetch, 12, id)).responses[0]?.partitions[0]?.highWatermark).toBe(1);
  });

  it('goes without a trace while requests of it are pending', async () => {
    const { broker, lines } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    wire.send(fetch, 12, fetchRequest({ name: 't' }, 0, { maxWaitMs: 60_000 }));
    wire.send(produce, 9, produceRequest('t', batchOf('last')));
    wire.socket.end();
    wire.socket.destroySoon();
    const other = await Wire.open(broker);
    const { responses } = await other.ask(fetch, 12, fetchRequest({ name: 't' }, 0, { maxWaitMs: 20_000 }));
    expect(responses[0]?.partitions[0]?.highWatermark).toBe(1);
    expect(lines).toEqual([]);
  });

  it('is refused beyond max.connections', async () => {
    const { broker, lines } = await brokerForTest({ 'max.connections': '1' });
    const first = await Wire.open(broker);
    await first.ask(apiVersions, 0, {});
    const second = await Wire.open(broker);
    expect(await second.frame()).toBeNull();
    expect(lines).toEqual([expect.stringContaining('max.connections is 1')]);
  });

  it('is closed after connections.max.idle.ms without a request', async () => {
    const { broker } = await brokerForTest({ 'connections.max.idle.ms': '100' });
    const wire = await Wire.open(broker);
    expect(await wire.frame()).toBeNull();
  });

  it('is served on with queued.max.request.bytes reached', async () => {
    const { broker } = await brokerForTest({ 'queued.max.request.bytes': '1' });
    const wires = await Promise.all(Array.from({ length: 4 }, () => Wire.open(broker)));
    for (const wire of wires) for (let count = 0; count < 50; count++) wire.send(apiVersions, 0, {});
    for (const wire of wires) for (let id = 1; id <= 50; id++) await wire.receive(apiVersions, 0, id);
  });

  it('keeps little memory for hundreds of fetches that nobody reads the answers of', async () => {
    const { broker, dataDir } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    for (let count = 0; count < 16; count++) await produceTo(wire, 't', batchOf('x'.repeat(500_000)));
    await broker.close();
    const { broker: again } = await brokerForTest({}, dataDir);
    const before = buffersInUse();
    const floods = await Promise.all(Array.from({ length: 4 }, () => Wire.open(again)));
    const request = fetchRequest({ name: 't' }, 0, { maxWaitMs: 60_000 });
    for (const flood of floods) {
      flood.socket.pause();
      for (let count = 0; count < 200; count++) flood.send(fetch, 12, request);
    }
    // The answers of others show that the broker has seen the floods.
    const other = await Wire.open(again);
    for (let count = 0; count < 20; count++) await other.ask(fetch, 12, request);
    await expect.poll(() => buffersInUse() - before).toBeLessThan(64 * 1024 * 1024);
    for (const flood of floods) flood.socket.destroy();
    const { responses } = await other.ask(fetch, 12, request);
    expect(responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(500_000);
  });

  it('keeps little memory for hundreds of large ordinary answers that nobody reads', async () => {
    const { broker } = await brokerForTest();
    const other = await Wire.open(broker);
    await makeTopic(other, 't', { partitions: 300 });
    const before = buffersInUse();
    for (let flood = 0; flood < 4; flood++) {
      const wire = await Wire.open(broker);
      wire.socket.pause();
      for (let count = 0; count < 3000; count++) wire.send(metadata, 9, { topics: null });
    }
    for (let count = 0; count < 20; count++) await other.ask(apiVersions, 0, {});
    await expect.poll(() => buffersInUse() - before).toBeLessThan(64 * 1024 * 1024);
  });

  it('lets others have their turn while it has thousands of requests', async () => {
    const { broker } = await brokerForTest();
    const other = await Wire.open(broker);
    await makeTopic(other, 't', { partitions: 100 });
    const flood = await Wire.open(broker);
    let isDone = false;
    const last = Array.from({ length: 1000 }, () => flood.send(metadata, 9, { topics: null })).length;
    const done = (async () => {
      for (let id = 1; id <= last; id++) await flood.receive(metadata, 9, id);
      isDone = true;
    })();
    await other.ask(apiVersions, 0, {});
    expect(isDone).toBe(false);
    await done;
  });
});
