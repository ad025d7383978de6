import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startBroker } from '../../src/broker/broker.ts';
import { ErrorCode } from '../../src/protocol/errors.ts';
import { createPartitions } from '../../src/protocol/messages/create-partitions.ts';
import { createTopics } from '../../src/protocol/messages/create-topics.ts';
import { deleteTopics } from '../../src/protocol/messages/delete-topics.ts';
import { metadata } from '../../src/protocol/messages/metadata.ts';
import { brokerForTest, makeTopic, temporaryDirectory, Wire } from './wire.ts';

const plan = (name: string, numPartitions = 1) => ({
  name,
  numPartitions,
  replicationFactor: 1,
  assignments: [],
  configs: [],
});

const setUp = async (dataDir: string = temporaryDirectory()) => {
  const { broker } = await brokerForTest({}, dataDir);
  return { broker, wire: await Wire.open(broker), dataDir };
};

const folders = (dataDir: string): string[] =>
  readdirSync(dataDir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

const topicsFile = (dataDir: string) => JSON.parse(readFileSync(join(dataDir, 'topics.json'), 'utf8'));

describe('a topic that is being made', () => {
  it('is refused to a second client, seen by nobody before it is whole, and waited for by auto-creation', async () => {
    const { broker, wire } = await setUp();
    const [other, third] = [await Wire.open(broker), await Wire.open(broker)];
    const made = wire.ask(createTopics, 7, { topics: [plan('t', 60)] });
    const listed = other.ask(metadata, 12, { topics: null });
    const early = other.ask(metadata, 12, { topics: [{ name: 't' }], allowAutoTopicCreation: false });
    const again = other.ask(createTopics, 7, { topics: [plan('t')] });
    const seen = third.ask(metadata, 12, { topics: [{ name: 't' }] });
    expect((await made).topics[0]?.errorCode).toBe(0);
    expect((await again).topics[0]?.errorCode).toBe(ErrorCode.TOPIC_ALREADY_EXISTS);
    expect([0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]).toContain((await early).topics[0]?.errorCode);
    const counts = (await listed).topics.map(({ partitions }) => partitions.length);
    expect(counts.every((count) => count === 60)).toBe(true);
    expect((await seen).topics[0]?.partitions).toHaveLength(60);
  });

  it('leaves the broker to others', async () => {
    const { broker, wire } = await setUp();
    const other = await Wire.open(broker);
    let isMade = false;
    const made = wire.ask(createTopics, 7, { topics: [plan('t', 80)] }).then(() => {
      isMade = true;
    });
    let answered = 0;
    while (!isMade) {
      await other.ask(metadata, 12, { topics: [] });
      if (!isMade) answered++;
    }
    await made;
    expect(answered).toBeGreaterThan(5);
  });

  it('leaves nothing when a folder is in its way', async () => {
    const { wire, dataDir } = await setUp();
    mkdirSync(join(dataDir, 't-1'));
    const { topics } = await wire.ask(createTopics, 7, { topics: [plan('t', 3)] });
    expect(topics[0]?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect(topics[0]?.errorMessage).toContain('belongs to no topic');
    expect(existsSync(join(dataDir, 't-0'))).toBe(false);
    expect((await wire.ask(metadata, 12, { topics: null })).topics).toEqual([]);
  });

  it('can be made again at once after it was deleted', async () => {
    const { broker, wire } = await setUp();
    const other = await Wire.open(broker);
    const id = await makeTopic(wire, 't', { partitions: 20 });
    const gone = wire.ask(deleteTopics, 6, { topics: [{ name: 't' }], timeoutMs: 1000 });
    while ((await other.ask(metadata, 12, { topics: null })).topics.length > 0);
    expect(await makeTopic(other, 't', { partitions: 2 })).not.toBe(id);
    expect((await gone).responses[0]?.errorCode).toBe(0);
    expect((await other.ask(metadata, 12, { topics: null })).topics[0]?.partitions).toHaveLength(2);
  });

  it('grows once for two that ask for the same', async () => {
    const { broker, wire, dataDir } = await setUp();
    const other = await Wire.open(broker);
    await makeTopic(wire, 't');
    const request = { topics: [{ name: 't', count: 30, assignments: null }], timeoutMs: 1000, validateOnly: false };
    const answers = await Promise.all([wire, other].map((each) => each.ask(createPartitions, 3, request)));
    const codes = answers.map(({ results }) => results[0]?.errorCode).sort();
    expect(codes).toEqual([0, ErrorCode.INVALID_PARTITIONS]);
    expect(folders(dataDir)).toHaveLength(30);
  });
});

describe('a start after a crash', () => {
  it('removes what a creation, a growth and a deletion left half done', async () => {
    const { broker, wire, dataDir } = await setUp();
    await makeTopic(wire, 'making', { partitions: 2 });
    await makeTopic(wire, 'growing', { partitions: 3 });
    await makeTopic(wire, 'deleting');
    await broker.close();
    const file = topicsFile(dataDir);
    const marks: Record<string, object> = {
      making: { isCreating: true },
      growing: { partitionCount: 1, growsTo: 3 },
      deleting: { isDeleting: true },
    };
    const topics = file.topics.map((topic: { name: string }) => ({ ...topic, ...marks[topic.name] }));
    writeFileSync(join(dataDir, 'topics.json'), JSON.stringify({ ...file, topics }));
    const { wire: again } = await setUp(dataDir);
    expect(folders(dataDir)).toEqual(['growing-0']);
    const { topics: seen } = await again.ask(metadata, 12, { topics: null });
    expect(seen.map(({ name, partitions }) => [name, partitions.length])).toEqual([['growing', 1]]);
  });
});

describe('a topics.json that is not whole', () => {
  it.each([
    ['cut off', '{"version":1,"topics":[{"na', /topics\.json is damaged \(.*\): restore it from a copy/],
    ['empty', '', /is damaged \(it is empty\)/],
    ['without a name', '{"version":1,"topics":[{"id":"x"}]}', /is damaged \(topic 1 of the list lacks a name/],
    ['something else', '[]', /is damaged \(it should hold/],
    [
      'of a later version',
      '{"version":2,"topics":[]}',
      /has format 2, .* reads format 1: use the version that wrote it/,
    ],
    [
      'with a setting that is not known',
      '{"version":1,"topics":[{"name":"t","id":"AAAAAAAAAAAAAAAAAAAAAQ","partitionCount":0,"config":{"x":"1"}}]}',
      /topic t has a setting in .* that this version does not take: unknown topic setting "x"/,
    ],
  ])('stops the start when it is %s', async (_, text, message) => {
    const { broker, dataDir } = await setUp();
    await broker.close();
    writeFileSync(join(dataDir, 'topics.json'), text);
    const started = startBroker({ host: '127.0.0.1', port: 0, dataDir, config: {}, log: () => {} });
    await expect(started).rejects.toThrow(message);
  });
});
