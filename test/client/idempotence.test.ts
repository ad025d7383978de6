import { afterEach, describe, expect, it } from 'vitest';
import { Producer } from '../../src/client/producer.ts';
import { parseProducerProperties } from '../../src/client/properties/producer-properties.ts';
import { MAX_UNSETTLED_BATCHES } from '../../src/client/sequences.ts';
import type { produce } from '../../src/protocol/messages/produce.ts';
import {
  batchBaseSequence,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  checkBatch,
} from '../../src/protocol/record-batch.ts';
import type { RequestOf } from '../../src/protocol/schema.ts';
import { produced, type Reply, type Script, type ScriptedBroker, startScriptedBroker } from './scripted-broker.ts';

type Sent = { id: number; epoch: number; sequence: number; count: number };

const [MESSAGE_TOO_LARGE, NOT_ENOUGH_REPLICAS, OUT_OF_ORDER, DUPLICATE, EPOCH] = [10, 19, 45, 46, 47];
const COORDINATOR_NOT_AVAILABLE = 15;
const nowUs = (): number => performance.now() * 1000;

const brokers: ScriptedBroker[] = [];
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});

/** The batch of a request, whose CRC is looked at too. */
const sentIn = (request: RequestOf<typeof produce>): Sent => {
  const bytes = request.topicData[0]?.partitionData[0]?.records ?? Buffer.alloc(0);
  expect(checkBatch(bytes, 0, bytes.length)).toBeNull();
  const [id, epoch] = [batchProducerId(bytes, 0), batchProducerEpoch(bytes, 0)];
  return { id, epoch, sequence: batchBaseSequence(bytes, 0), count: batchRecordCount(bytes, 0) };
};

/** A producer of batches of one record each, a broker that answers by number, and what went over the wire. */
const open = async (
  answers: readonly (number | 'drop' | 'silence')[],
  options: { readonly properties?: Record<string, string>; readonly script?: Script } = {},
) => {
  const sent: Sent[] = [];
  const broker = await startScriptedBroker({
    ...options.script,
    produce: (request, count): Reply<typeof produce> => {
      sent.push(sentIn(request));
      const answer = answers[count] ?? 0;
      return typeof answer === 'number' ? produced(answer) : answer;
    },
  });
  brokers.push(broker);
  const settled: [tag: number, error: string | null][] = [];
  const told: string[] = [];
  const producer = await Producer.open({
    topic: 't',
    config: parseProducerProperties({
      'bootstrap.servers': broker.bootstrapServers,
      'enable.idempotence': 'true',
      'linger.ms': '0',
      'batch.size': '1',
      'retry.backoff.ms': '1',
      'reconnect.backoff.ms': '1',
      ...options.properties,
    }),
    nowUs,
    onSettled: (batch, error) => settled.push([batch.tags[0] ?? -1, error?.name ?? null]),
    onRetry: (error) => told.push(error.name),
  });
  const send = async (...tags: number[]): Promise<void> => {
    for (const tag of tags) producer.send(0, 1_700_000_000_000, null, Buffer.from('v'), nowUs(), 0, tag);
    await producer.flush();
  };
  return { producer, sent, settled, told, send, close: () => producer.close() };
};

const sequences = (sent: readonly Sent[]): (readonly [epoch: number, sequence: number])[] =>
  sent.map(({ epoch, sequence }) => [epoch, sequence] as const);

describe('an idempotent producer', () => {
  it('asks for a producer id until there is one, and numbers the records of a partition', async () => {
    let asked = 0;
    const script: Script = {
      initProducerId: ({ transactionalId }) => {
        expect(transactionalId).toBeNull();
        if (asked++ < 2) return { errorCode: COORDINATOR_NOT_AVAILABLE, producerId: -1, producerEpoch: -1 };
        return { errorCode: 0, producerId: 4_000_000_001, producerEpoch: 3 };
      },
    };
    const { send, sent, close } = await open([], { script, properties: { 'batch.size': '1000' } });
    await send(0, 1, 2);
    await send(3);
    expect(asked).toBe(3);
    expect(sent).toEqual([
      { id: 4_000_000_001, epoch: 3, sequence: 0, count: 3 },
      { id: 4_000_000_001, epoch: 3, sequence: 3, count: 1 },
    ]);
    close();
  });

  it('does not begin when the broker refuses it a producer id', async () => {
    const script: Script = { initProducerId: () => ({ errorCode: 31, producerId: -1, producerEpoch: -1 }) };
    await expect(open([], { script })).rejects.toThrow(/needs a producer id.*CLUSTER_AUTHORIZATION_FAILED \(31\)/);
  });

  it('sends a batch again under its sequence, and takes a duplicate for an acknowledgement', async () => {
    const { send, sent, settled, close } = await open(['drop', NOT_ENOUGH_REPLICAS, DUPLICATE]);
    await send(0);
    await send(1);
    expect(sequences(sent)).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 1],
    ]);
    expect(settled).toEqual([
      [0, null],
      [1, null],
    ]);
    close();
  });

  it('has one batch of a partition in flight until the broker knows the producer, then up to five', async () => {
    const { producer, send, sent } = await open([0, 'silence', 'silence', 'silence', 'silence', 'silence']);
    const flushed = send(0, 1, 2, 3, 4, 5, 6, 7);
    await expect.poll(() => sent.length).toBe(1 + MAX_UNSETTLED_BATCHES);
    producer.close();
    await flushed;
    expect(sequences(sent).map(([, sequence]) => sequence)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('sends those behind a failed batch again after it, in order, and one at a time', async () => {
    const gaps = [OUT_OF_ORDER, OUT_OF_ORDER];
    const { send, sent, settled, told, close } = await open([0, NOT_ENOUGH_REPLICAS, ...gaps]);
    await send(0);
    await send(1, 2, 3);
    expect(sequences(sent).map(([, sequence]) => sequence)).toEqual([0, 1, 2, 3, 1, 2, 3]);
    expect(sent.every(({ epoch }) => epoch === 0)).toBe(true);
    expect(settled.map(([tag]) => tag)).toEqual([0, 1, 2, 3]);
    expect(told).toEqual(['NOT_ENOUGH_REPLICAS']);
    close();
  });

  it('sends nothing new of a partition while a batch goes out again', async () => {
    const { send, sent, settled, close } = await open([0, NOT_ENOUGH_REPLICAS, 'silence'], {
      properties: { 'request.timeout.ms': '200' },
    });
    await send(0);
    const first = send(1);
    await expect.poll(() => sent.length).toBe(3);
    await Promise.all([first, send(2, 3)]);
    // The third attempt follows the silence of the second; what was sent meanwhile is behind it.
    expect(sequences(sent).map(([, sequence]) => sequence)).toEqual([0, 1, 1, 1, 2, 3]);
    expect(settled.map(([, error]) => error)).toEqual([null, null, null, null]);
    close();
  });

  it('goes on in a new epoch from sequence 0 when a batch has failed for good', async () => {
    const { send, sent, settled, close } = await open([0, MESSAGE_TOO_LARGE, OUT_OF_ORDER, OUT_OF_ORDER]);
    await send(0);
    await send(1, 2, 3);
    await send(4);
    expect(sequences(sent)).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
    expect(settled).toEqual([
      [0, null],
      [1, 'MESSAGE_TOO_LARGE'],
      [2, null],
      [3, null],
      [4, null],
    ]);
    close();
  });

  it('goes on in a new epoch when the broker misses a batch and none is in front', async () => {
    const { send, sent, settled, told, close } = await open([0, OUT_OF_ORDER]);
    await send(0);
    await send(1);
    expect(sequences(sent)).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(settled.map(([, error]) => error)).toEqual([null, null]);
    expect(told).toEqual(['OUT_OF_ORDER_SEQUENCE_NUMBER']);
    close();
  });

  it('learns what became of a batch with a lost answer under its old sequence before it begins a new epoch', async () => {
    // Both are lost with the connection; the first fails for good with its second attempt, the second one was written.
    const { send, sent, settled, close } = await open([0, 'silence', 'drop', MESSAGE_TOO_LARGE, DUPLICATE]);
    await send(0);
    await send(1, 2);
    await send(3);
    expect(sequences(sent)).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 1],
      [0, 2],
      [1, 0],
    ]);
    expect(settled).toEqual([
      [0, null],
      [1, 'MESSAGE_TOO_LARGE'],
      [2, null],
      [3, null],
    ]);
    close();
  });

  it('begins a new epoch behind a batch whose time was over with its outcome unknown', async () => {
    const properties = { 'request.timeout.ms': '50', 'delivery.timeout.ms': '50' };
    const { send, sent, settled, close } = await open([0, 'silence'], { properties });
    await send(0);
    await send(1);
    await send(2);
    expect(settled).toEqual([
      [0, null],
      [1, 'DELIVERY_TIMED_OUT'],
      [2, null],
    ]);
    expect(sequences(sent)).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    close();
  });

  it('does not send again what an old epoch is refused for', async () => {
    const { send, sent, settled, close } = await open([0, EPOCH]);
    await send(0);
    await send(1);
    await send(2);
    expect(settled.map(([, error]) => error)).toEqual([null, 'INVALID_PRODUCER_EPOCH', null]);
    expect(sequences(sent).at(-1)).toEqual([1, 0]);
    close();
  });

  it('takes another producer id when the epochs of one are spent', async () => {
    let id = 0;
    const script: Script = {
      initProducerId: () => ({ errorCode: 0, producerId: ++id, producerEpoch: id === 1 ? 0x7fff : 0 }),
    };
    const { send, sent, settled, close } = await open([0, MESSAGE_TOO_LARGE], { script });
    await send(0);
    await send(1);
    await send(2);
    expect(settled.map(([, error]) => error)).toEqual([null, 'MESSAGE_TOO_LARGE', null]);
    expect(sent.at(-1)).toEqual({ id: 2, epoch: 0, sequence: 0, count: 1 });
    close();
  });
});

describe('a producer without idempotence', () => {
  it('asks for no producer id and numbers nothing', async () => {
    const script: Script = { initProducerId: () => 'drop' };
    const { send, sent, close } = await open([], { script, properties: { 'enable.idempotence': 'false' } });
    await send(0);
    expect(sent).toEqual([{ id: -1, epoch: -1, sequence: -1, count: 1 }]);
    close();
  });
});
