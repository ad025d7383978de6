/**
 * Random and damaged requests for every API and version. `npm run fuzz` runs it for longer (`scripts/fuzz.mjs`); the first
 * seed is printed with whatever it finds.
 */
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handlers } from '../../src/broker/apis/all.ts';
import type { RunningBroker } from '../../src/broker/broker.ts';
import { ErrorCode, ProtocolError } from '../../src/protocol/errors.ts';
import { encodeRequestFrame } from '../../src/protocol/headers.ts';
import { apiVersions } from '../../src/protocol/messages/api-versions.ts';
import { createPartitions } from '../../src/protocol/messages/create-partitions.ts';
import { createTopics } from '../../src/protocol/messages/create-topics.ts';
import { deleteTopics } from '../../src/protocol/messages/delete-topics.ts';
import { fetch } from '../../src/protocol/messages/fetch.ts';
import { batchSizeBytes, checkBatch } from '../../src/protocol/record-batch.ts';
import type { Api } from '../../src/protocol/schema.ts';
import { arbitraryStruct } from '../protocol/message-values.ts';
import { batchOf, brokerForTest, fetchRequest, makeTopic, produceTo, Wire } from './wire.ts';

const SECONDS = Number(process.env.SPILLWAY_FUZZ_SECONDS ?? 0);
const FIRST_SEED = Number(process.env.SPILLWAY_FUZZ_SEED ?? 1);
/** Requests that are on their way at once, each on a connection of its own. */
const AT_ONCE = 8;
/** These would make thousands of folders when a bit of a count is flipped. */
const MAKING: ReadonlySet<Api> = new Set<Api>([createTopics, createPartitions]);
const MAX_MADE_PARTITIONS = 3;

type Damage = (frame: Buffer, random: (below: number) => number) => Buffer;

const resized = (frame: Buffer): Buffer => {
  frame.writeInt32BE(frame.length - 4, 0);
  return frame;
};

const bitFlip: Damage = (frame, random) => {
  const at = 8 + random(frame.length - 8);
  frame[at] = (frame[at] ?? 0) ^ (1 << random(8));
  return frame;
};
const cutShort: Damage = (frame, random) => resized(Buffer.from(frame.subarray(0, 12 + random(frame.length - 12))));
const hugeCount: Damage = (frame, random) => {
  const huge = Buffer.from(random(2) === 0 ? '7fffffff' : 'ffffffff0f', 'hex');
  huge.copy(frame, 8 + random(frame.length - 8));
  return frame;
};
const manyTags: Damage = (frame) => {
  const tags = Buffer.alloc(3000, 1);
  return resized(Buffer.concat([frame.subarray(0, frame.length - 1), Buffer.from([0xe8, 0x07]), tags]));
};
const leftAlone: Damage = (frame) => frame;

const damages: readonly Damage[] = [leftAlone, bitFlip, bitFlip, cutShort, hugeCount, manyTags];
const harmless: readonly Damage[] = [leftAlone, cutShort];

/** Puts names that exist where random ones would lead nowhere. */
const withKnownNames = (value: unknown, api: Api, topicId: string): unknown => {
  if (Array.isArray(value)) return value.map((each) => withKnownNames(each, api, topicId));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const known: Record<string, unknown> = {
    name: 't',
    topic: 't',
    topicId,
    groupId: 'g',
    transactionalId: 'x',
    partition: 0,
    partitionIndex: 0,
    index: 0,
    records: batchOf('a', 'b'),
  };
  const entries = Object.entries(value).map(([key, inner]) => {
    if (MAKING.has(api) && typeof inner === 'number') return [key, Math.min(inner, MAX_MADE_PARTITIONS)];
    const isReplaced = key in known && typeof inner === typeof known[key] && api !== deleteTopics;
    return [key, isReplaced ? known[key] : withKnownNames(inner, api, topicId)];
  });
  return Object.fromEntries(entries);
};

/** One request that is mostly wrong, told apart by its seed. */
const makeFrame = (api: Api, version: number, seed: number, topicId: string): Buffer | null => {
  const [value] = fc.sample(arbitraryStruct(api.request, version), { numRuns: 1, seed });
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % Math.max(1, below);
  };
  const usable = MAKING.has(api) ? harmless : damages;
  const request = random(3) > 0 || MAKING.has(api) ? withKnownNames(value, api, topicId) : value;
  try {
    const frame = Buffer.from(encodeRequestFrame(api, version, seed, 'fuzz', request as never));
    return (usable[random(usable.length)] ?? leftAlone)(frame, random);
  } catch (error) {
    // A value that this version cannot carry.
    if (error instanceof ProtocolError) return null;
    throw error;
  }
};

/** Sends a frame on a connection of its own and waits until the broker has closed it. */
const sendAlone = (broker: RunningBroker, frame: Buffer): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(broker.port, broker.host, () => socket.end(frame));
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
  });

describe('the broker under random requests', () => {
  it(
    'neither fails nor hangs, whatever API, version and damage',
    async () => {
      const { broker, lines } = await brokerForTest({ 'group.initial.rebalance.delay.ms': '0' });
      const other = await Wire.open(broker);
      const topicId = await makeTopic(other, 't');
      const until = performance.now() + SECONDS * 1000;
      let seed = FIRST_SEED;
      do {
        for (const { api, versions } of handlers.values()) {
          const sent: string[] = [];
          let flying: Promise<void>[] = [];
          for (let version = versions[0]; version <= versions[1]; version++) {
            const frame = makeFrame(api, version, ++seed, topicId);
            if (frame === null) continue;
            sent.push(`${api.name} ${version} seed ${seed}: ${frame.toString('hex').slice(0, 400)}`);
            flying.push(sendAlone(broker, frame));
            if (flying.length < AT_ONCE) continue;
            await Promise.all(flying);
            flying = [];
          }
          await Promise.all(flying);
          expect((await other.ask(apiVersions, 0, {})).errorCode).toBe(0);
          const faults = lines.filter((line) => /did not expect| response: /.test(line));
          expect({ faults, sent: faults.length > 0 ? sent : [] }).toEqual({ faults: [], sent: [] });
        }
      } while (performance.now() < until);
    },
    60_000 + SECONDS * 2000,
  );

  it('never takes a batch with any bit flipped, but for those that no CRC covers', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const whole = batchOf('value');
    for (let at = 8; at < whole.length; at++) {
      // The leader epoch is the broker's to write.
      if (at >= 12 && at < 16) continue;
      const batch = Buffer.from(whole);
      batch[at] = (batch[at] ?? 0) ^ (1 << (at % 8));
      expect((await produceTo(wire, 't', batch)).errorCode, `byte ${at}`).not.toBe(ErrorCode.NONE);
    }
    expect((await produceTo(wire, 't', whole)).baseOffset).toBe(0);
    const { responses } = await wire.ask(fetch, 12, fetchRequest({ name: 't' }, 0));
    const records = responses[0]?.partitions[0]?.records ?? Buffer.alloc(0);
    expect(records).toHaveLength(batchSizeBytes(records, 0));
    expect(checkBatch(records, 0, records.length)).toBeNull();
  });
});
