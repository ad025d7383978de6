import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SingleServer } from '../../../src/broker/faults/single-server.ts';
import { produce } from '../../../src/protocol/messages/produce.ts';
import { batchOf, brokerForTest, makeTopic, produceRequest, produceTo, Wire } from '../wire.ts';

describe('a single server', () => {
  it('lets requests go one after the other, each after its service', () => {
    const server = new SingleServer();
    expect([0, 1, 2, 50].map((arrival) => server.departureOf(arrival, 10))).toEqual([10, 20, 30, 60]);
  });

  it("has the waiting times of Lindley's recursion", () => {
    const gaps = fc.array(fc.record({ gap: fc.nat(100), service: fc.nat(100) }), { minLength: 1 });
    fc.assert(
      fc.property(gaps, (steps) => {
        const server = new SingleServer();
        let arrival = 0;
        let wait = 0;
        let service = 0;
        steps.forEach((step, index) => {
          arrival += step.gap;
          wait = index === 0 ? 0 : Math.max(0, wait + service - step.gap);
          service = step.service;
          expect(server.departureOf(arrival, service)).toBe(arrival + wait + service);
        });
      }),
    );
  });
});

describe('a fault that queues', () => {
  const answerTimes = async (queue: { requestsPerSecond: number } | { recordsPerSecond: number }): Promise<number> => {
    const { broker } = await brokerForTest();
    const wires = [await Wire.open(broker), await Wire.open(broker)];
    for (const wire of wires.slice(0, 1)) await makeTopic(wire, 't');
    const id = broker.faults.add({ match: { api: 'Produce' }, queue });
    const startMs = performance.now();
    await Promise.all(wires.map((wire) => produceTo(wire, 't', batchOf('a', 'b', 'c', 'd'))));
    const tookMs = performance.now() - startMs;
    expect(broker.faults.hits(id)).toBe(2);
    return tookMs;
  };

  it('serves the requests of all connections one after the other', async () => {
    expect(await answerTimes({ requestsPerSecond: 50 })).toBeGreaterThanOrEqual(40);
  });

  it('can count records', async () => {
    expect(await answerTimes({ recordsPerSecond: 200 })).toBeGreaterThanOrEqual(40);
  });

  it('is forgotten when its connection goes away first', async () => {
    const { broker, lines } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const id = broker.faults.add({ match: { api: 'Produce' }, queue: { requestsPerSecond: 0.01 } });
    wire.send(produce, 11, produceRequest('t', batchOf('a')));
    await expect.poll(() => broker.faults.hits(id)).toBe(1);
    wire.socket.destroy();
    broker.faults.clear();
    expect(lines).toEqual([]);
  });
});
