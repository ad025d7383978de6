/**
 * Native and Java members in one group. Every record is counted by partition and offset, at every member, and each must be read. It may be
 * read once more for each reader that had not committed it and lost its partition: that is a killed member, with what lies behind the
 * group's offsets when it had died, or a Java one, with what lies behind the last commit that it says has succeeded when it gave the
 * partition up: Kafka's consumer reads on in a cooperative rebalance, but refuses to commit then. A native member that lives has no
 * such excuse.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeGroup } from '../../src/client/admin/describe-group.ts';
import { committedOffsets } from '../../src/client/admin/group-offsets.ts';
import { openAdmin } from '../../src/client/admin.ts';
import { kafkaJava } from './kafka-java.ts';
import { realKafka } from './real-kafka.ts';
import {
  type BrokerProcess,
  createTopic,
  endOffsets,
  kafkajsClient,
  lines,
  needs,
  type Running,
  start,
  startBroker,
  temporaryDirectory,
} from './support.ts';

const mainFile = process.env.SPILLWAY_MAIN ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const clientFolder = path.join(path.dirname(mainFile), '..', 'client');
const memberFile = fileURLToPath(new URL('native-member.mjs', import.meta.url));

const PARTITIONS = 12;
/** Members hear of rebalances soon; a busy machine may be slow, but not so slow that a living one counts as dead. */
const TIMES = { 'session.timeout.ms': '10000', 'heartbeat.interval.ms': '200' };

/** Each group has a topic of its own. */
const topicOf = (groupId: string): string => `topic-of-${groupId}`;

/** A record's place. */
type Place = { readonly partition: number; readonly offset: number };

/** A record that a member has read. */
type Reading = Place & {
  /** When its line came, in milliseconds of the test's process. */
  readonly at: number;
};

/** A member and what it has read so far. */
type Member = {
  readonly name: string;
  readonly running: Running;
  readonly read: Reading[];
  /** What a Java member says that it has committed, by partition. */
  readonly committed: Map<number, number>;
  /** What a Java member had read and not committed when it gave a partition up. */
  readonly givenUp: Set<Place>;
};

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let broker: BrokerProcess;

beforeAll(async () => {
  directory = await temporaryDirectory();
  broker = await startBroker(directory.path);
});

afterAll(async () => {
  await broker?.end();
  await directory?.remove();
});

/** A line that a member prints: of a record, or (VerifiableConsumer) of a commit or of partitions that it loses. */
type Line = Partial<Place> & {
  readonly name?: string;
  readonly success?: boolean;
  readonly offsets?: readonly Place[];
  readonly partitions?: readonly { readonly partition: number }[];
};

const isUncommitted = ({ committed }: Member, { partition, offset }: Place): boolean =>
  offset >= (committed.get(partition) ?? 0);

const note = (member: Member, { partition, offset, name, success, offsets = [], partitions = [] }: Line): void => {
  const { read, committed, givenUp } = member;
  if (partition !== undefined && offset !== undefined) read.push({ partition, offset, at: performance.now() });
  if (name === 'offsets_committed' && success === true)
    for (const each of offsets)
      committed.set(each.partition, Math.max(each.offset, committed.get(each.partition) ?? 0));
  if (name !== 'partitions_revoked') return;
  const lost = new Set(partitions.map((each) => each.partition));
  for (const place of read) if (lost.has(place.partition) && isUncommitted(member, place)) givenUp.add(place);
};

/** Follows what a process prints, a line at a time. */
const follow = (name: string, running: Running): Member => {
  const member: Member = { name, running, read: [], committed: new Map(), givenUp: new Set() };
  let pending = '';
  running.child.stdout?.on('data', (text: string) => {
    const complete = (pending + text).split('\n');
    pending = complete.pop() ?? '';
    for (const line of complete) note(member, JSON.parse(line));
  });
  onTestFinished(() => {
    running.child.kill('SIGKILL');
  });
  return member;
};

const nativeMember = (address: string, groupId: string, strategy: string, name: string): Member => {
  const properties = {
    'bootstrap.servers': address,
    'client.id': name,
    'partition.assignment.strategy': strategy,
    'auto.offset.reset': 'earliest',
    'auto.commit.interval.ms': '200',
    ...TIMES,
  };
  const job = JSON.stringify({ groupId, topic: topicOf(groupId), properties });
  return follow(name, start(process.execPath, [memberFile, clientFolder, job]));
};

/** Kafka's VerifiableConsumer commits after each poll. */
const javaMember = async (address: string, groupId: string, strategy: string, name: string): Promise<Member> => {
  const config = path.join(directory.path, `${name}.properties`);
  await writeFile(config, `heartbeat.interval.ms=${TIMES['heartbeat.interval.ms']}\nclient.id=${name}\n`);
  const args = ['--bootstrap-server', address, '--topic', topicOf(groupId), '--group-id', groupId, '--verbose'];
  const more = ['--assignment-strategy', strategy, '--reset-policy', 'earliest', '--consumer.config', config];
  const session = ['--session-timeout', TIMES['session.timeout.ms']];
  const tool = [...kafkaJava(), 'org.apache.kafka.tools.VerifiableConsumer'];
  return follow(name, start('java', [...tool, ...args, ...more, ...session]));
};

/** Sends records to all partitions in turn until it is told to end. */
const keepSending = async (address: string, topic: string): Promise<() => Promise<void>> => {
  const producer = kafkajsClient(address).producer();
  await producer.connect();
  let isOver = false;
  const sent = (async () => {
    for (let count = 0; !isOver; count++) {
      const messages = [0, 1, 2].map((step) => ({ partition: (count * 3 + step) % PARTITIONS, value: `${count}` }));
      await producer.send({ topic, messages });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await producer.disconnect();
  })();
  return async () => {
    isOver = true;
    await sent;
  };
};

async function tryMixedGroup(address: string, strategy: string): Promise<void> {
  const groupId = `mixed-${strategy.split('.').at(-1)}`;
  const admin = openAdmin({ bootstrapServers: address, properties: {} });
  onTestFinished(() => admin.close());
  const topic = topicOf(groupId);
  await createTopic(address, topic, PARTITIONS);
  const endSending = await keepSending(address, topic);
  const all: Member[] = [];
  let living: Member[] = [];
  const joined = (...members: Member[]): void => {
    all.push(...members);
    living.push(...members);
  };
  /** Every living member has its fair share of the partitions, and all of them read. */
  const isShared = async (): Promise<void> => {
    const least = Math.floor(PARTITIONS / living.length);
    const shares = async () => {
      const group = await describeGroup(admin.access, groupId);
      const members = group?.members ?? [];
      return members.map(({ assignment }) => assignment.flatMap(({ partitions }) => partitions).length).toSorted();
    };
    const fair = Array.from({ length: living.length }, (_, index) =>
      index < living.length - (PARTITIONS % living.length) ? least : least + 1,
    );
    await expect.poll(shares, { timeout: 90_000, interval: 200 }).toEqual(fair);
    const before = new Map(living.map((member) => [member, member.read.length]));
    const idle = () => living.filter((member) => member.read.length === before.get(member)).map(({ name }) => name);
    await expect.poll(idle, { timeout: 30_000, interval: 100 }).toEqual([]);
  };

  joined(nativeMember(address, groupId, strategy, 'native-1'), await javaMember(address, groupId, strategy, 'java-1'));
  joined(nativeMember(address, groupId, strategy, 'native-2'), await javaMember(address, groupId, strategy, 'java-2'));
  await isShared();
  // One of each joins, and leaves.
  const guests = [
    nativeMember(address, groupId, strategy, 'native-3'),
    await javaMember(address, groupId, strategy, 'java-3'),
  ];
  joined(...guests);
  await isShared();
  for (const { running } of guests) running.child.kill('SIGTERM');
  living = living.filter((member) => !guests.includes(member));
  await isShared();
  // One of each is killed. What was committed by then is not read again; what they had read beyond may be.
  const killed = living.filter(({ name }) => name.endsWith('-2'));
  for (const { running } of killed) running.child.kill('SIGKILL');
  await Promise.all(killed.map(({ running }) => running.finished));
  const committed = await committedOffsets(admin.access, groupId);
  living = living.filter((member) => !killed.includes(member));
  await isShared();
  await endSending();

  const ends = await endOffsets(address, topic);
  const total = ends.reduce((sum, end) => sum + end, 0);
  type Read = { readonly member: Member; readonly place: Reading };
  const readers = (): ReadonlyMap<string, Read[]> => {
    const found = new Map<string, Read[]>();
    for (const member of all)
      for (const place of member.read) {
        const key = `${place.partition}:${place.offset}`;
        found.set(key, [...(found.get(key) ?? []), { member, place }]);
      }
    return found;
  };
  await expect.poll(() => readers().size, { timeout: 30_000, interval: 200 }).toBe(total);
  const isExcused = ({ member, place }: Read): boolean => {
    const atDeath = committed.find(({ partition }) => partition === place.partition)?.offset ?? 0;
    if (killed.includes(member) && place.offset >= atDeath) return true;
    return member.name.startsWith('java') && (member.givenUp.has(place) || isUncommitted(member, place));
  };
  const begun = Math.min(...all.flatMap(({ read }) => read.map(({ at }) => at)));
  const told = ({ member, place }: Read): string => `${member.name} after ${Math.round(place.at - begun)} ms`;
  const unexplained = [...readers()]
    .filter(([, reads]) => reads.filter((read) => !isExcused(read)).length > 1)
    .map(([key, reads]) => `${key} at ${reads.map(told).join(', ')}`);
  expect(unexplained).toEqual([]);
  for (const { running } of living) running.child.kill('SIGTERM');
  const ended = await Promise.all(living.map(({ running }) => running.finished));
  const complaints = ended.flatMap(({ stdout }) => lines(stdout).filter((line) => /"(failed|retry)"/.test(line)));
  expect(complaints).toEqual([]);
}

const CLASSES = 'org.apache.kafka.clients.consumer.';

for (const strategy of ['RangeAssignor', 'CooperativeStickyAssignor'])
  test(`native and Java members share a group by the ${strategy} through joins, leaves and crashes`, async (context) => {
    needs(context, 'java', 'mvn');
    await tryMixedGroup(broker.address, `${CLASSES}${strategy}`);
  });

test('native and Java members share a group of a real Kafka', async (context) => {
  needs(context, 'java', 'mvn');
  const kafka = await realKafka();
  onTestFinished(() => kafka.remove());
  await tryMixedGroup(await kafka.start(), `${CLASSES}CooperativeStickyAssignor`);
});
