/** A million records through each codec, and every byte of them compared: from us to Java's client and kcat, and from them to us. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kafkaClassPath } from '../../scripts/kafka-jars.mjs';
import { openConsumer, openProducer } from '../../src/drivers/open-driver.ts';
import { QUICK_JAVA } from './kafka-java.ts';
import { type BrokerProcess, createTopic, needs, run, startBroker, temporaryDirectory } from './support.ts';

const RECORDS = 1_000_000;
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
/** What kcat prints of a record, and what is hashed everywhere: lengths, and the bytes between them. */
const KCAT_FORMAT = '%K %k %S %s\n';
const javaProgram = fileURLToPath(new URL('./CodecContent.java', import.meta.url));
const [TAB, LINE_BREAK] = [9, 10];
const nowUs = (): number => performance.now() * 1000;

/** How many records there were, and the SHA-256 of their content. */
type Content = { readonly count: number; readonly hash: string };

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let broker: BrokerProcess;
/** One record a line: key, tab, value; or a value alone, without a key. */
let input: Buffer;
let inputFile: string;
let expected: Content;

/** Hashes records as they come, many at once. */
class ContentHash {
  count = 0;
  readonly #hash = createHash('sha256');
  readonly #pending = Buffer.allocUnsafe(1 << 20);
  #end = 0;

  add(bytes: Buffer, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void {
    this.count++;
    if (this.#end + (keyEnd - keyStart) + (valueEnd - valueStart) + 32 > this.#pending.length) this.#empty();
    this.#addPart(bytes, keyStart, keyEnd);
    this.#pending[this.#end++] = 32;
    this.#addPart(bytes, valueStart, valueEnd);
    this.#pending[this.#end++] = LINE_BREAK;
  }

  content(): Content {
    this.#empty();
    return { count: this.count, hash: this.#hash.digest('hex') };
  }

  #addPart(bytes: Buffer, start: number, end: number): void {
    this.#end += this.#pending.write(`${start < 0 ? -1 : end - start} `, this.#end, 'latin1');
    if (start >= 0) this.#end += bytes.copy(this.#pending, this.#end, start, end);
  }

  #empty(): void {
    this.#hash.update(this.#pending.subarray(0, this.#end));
    this.#end = 0;
  }
}

/** Records of 1 to 400 bytes, mostly small, that compress well in part; every tenth has no key. */
const makeInput = (): Buffer => {
  let state = 42;
  const random = (bound: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % bound;
  };
  const noise = Array.from({ length: 4096 }, () => String.fromCharCode(33 + random(94))).join('');
  const lines: string[] = [];
  for (let index = 0; index < RECORDS; index++) {
    const key = index % 10 === 0 ? '' : `user-${random(50_000)}\t`;
    const sizeBytes = index % 50 === 0 ? 1 + random(400) : 1 + random(60);
    const at = random(noise.length - 400);
    const value = index % 3 === 0 ? `{"id":${index},"page":"/items/${random(200)}"}` : noise.slice(at, at + sizeBytes);
    lines.push(`${key}${value}\n`);
  }
  return Buffer.from(lines.join(''), 'latin1');
};

/** Calls `take` with the bounds of each record of the input. */
const eachInput = (take: (keyStart: number, keyEnd: number, valueStart: number, valueEnd: number) => void): void => {
  for (let start = 0; start < input.length; ) {
    const end = input.indexOf(LINE_BREAK, start);
    const tab = input.indexOf(TAB, start);
    const hasKey = tab >= 0 && tab < end;
    take(hasKey ? start : -1, hasKey ? tab : -1, hasKey ? tab + 1 : start, end);
    start = end + 1;
  }
};

beforeAll(async () => {
  directory = await temporaryDirectory();
  broker = await startBroker(path.join(directory.path, 'data'));
  input = makeInput();
  inputFile = path.join(directory.path, 'records.txt');
  writeFileSync(inputFile, input);
  const content = new ContentHash();
  eachInput((...bounds) => content.add(input, ...bounds));
  expected = content.content();
});

afterAll(async () => {
  await broker?.end();
  await directory?.remove();
});

/** Shows what was compared, and compares it. */
const compare = (way: string, found: ReadonlyMap<string, Content>): void => {
  for (const [topic, { count, hash }] of found) console.log(`${way}: ${topic} ${count} records, sha256 ${hash}`);
  expect([...found.values()]).toEqual(CODECS.map(() => expected));
};

const writeWithOurs = async (topic: string, codec: string): Promise<void> => {
  const failures = new Set<string>();
  const producer = await openProducer('native', {
    topic,
    properties: {
      'bootstrap.servers': broker.address,
      'compression.type': codec,
      'batch.size': '100000',
      'linger.ms': '20',
    },
    nowUs,
    onSettled: ({ error }) => error !== null && failures.add(error.message),
  });
  const bounds = new Int32Array(RECORDS * 4);
  let at = 0;
  eachInput((...record) => {
    bounds.set(record, at);
    at += 4;
  });
  for (let record = 0; record < RECORDS; record++) {
    const [keyStart = -1, keyEnd = -1, valueStart = 0, valueEnd = 0] = bounds.subarray(record * 4, record * 4 + 4);
    const key = keyStart < 0 ? null : input.subarray(keyStart, keyEnd);
    const value = input.subarray(valueStart, valueEnd);
    while (!producer.send(0, Date.now(), key, value, 0, 0, record)) await producer.ready();
    if (record % 1000 === 0) await new Promise(setImmediate);
  }
  await producer.flush();
  const { bytesBefore, bytesAfter } = producer.compression();
  expect(bytesAfter < bytesBefore).toBe(codec !== 'none');
  await producer.close();
  expect([...failures]).toEqual([]);
};

const readWithOurs = async (topic: string): Promise<Content> => {
  const content = new ContentHash();
  const consumer = await openConsumer('native', {
    topic,
    partitions: null,
    properties: { 'bootstrap.servers': broker.address, 'auto.offset.reset': 'earliest' },
    nowUs,
    onRecord: (bytes, _partition, _offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
      content.add(bytes, keyStart, keyEnd, valueStart, valueEnd);
      if (content.count === RECORDS) consumer.stop();
      return true;
    },
  });
  const impatience = setTimeout(() => consumer.stop(), 60_000);
  await consumer.run();
  clearTimeout(impatience);
  await consumer.close();
  return content.content();
};

/** Hashes what kcat prints, which is in the format that is hashed. */
const readWithKcat = async (topic: string): Promise<Content> => {
  const hash = createHash('sha256');
  let count = 0;
  const args = ['-C', '-b', broker.address, '-t', topic, '-p', '0', '-e', '-q', '-f', KCAT_FORMAT];
  const child = spawn('kcat', args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000, killSignal: 'SIGKILL' });
  for await (const chunk of child.stdout) {
    const bytes: Buffer = chunk;
    hash.update(bytes);
    for (let at = bytes.indexOf(LINE_BREAK); at >= 0; at = bytes.indexOf(LINE_BREAK, at + 1)) count++;
  }
  return { count, hash: hash.digest('hex') };
};

const runJava = async (...args: string[]): Promise<string> => {
  const { stdout } = await run('java', [...QUICK_JAVA, '-Xmx512m', '-cp', kafkaClassPath(), javaProgram, ...args]);
  return stdout;
};

const topicOf = (from: string, codec: string): string => `content-${from}-${codec}`;

test('what we write under each codec, Java and librdkafka read byte by byte', async (context) => {
  needs(context, 'java', 'mvn', 'kcat');
  const topics = CODECS.map((codec) => topicOf('ours', codec));
  for (const codec of CODECS) {
    await createTopic(broker.address, topicOf('ours', codec));
    await writeWithOurs(topicOf('ours', codec), codec);
  }
  const byKcat = new Map<string, Content>();
  const reading = runJava('read', broker.address, String(RECORDS), ...topics);
  for (const topic of topics) byKcat.set(topic, await readWithKcat(topic));
  const byJava = (await reading)
    .trim()
    .split('\n')
    .map((line): [string, Content] => {
      const [topic = '', count, hash = ''] = line.split(' ');
      return [topic, { count: Number(count), hash }];
    });
  compare('we to Java', new Map(byJava));
  compare('we to kcat', byKcat);
});

test('what Java and librdkafka write under each codec, we read byte by byte', async (context) => {
  needs(context, 'java', 'mvn', 'kcat');
  for (const codec of CODECS)
    for (const from of ['java', 'kcat']) await createTopic(broker.address, topicOf(from, codec));
  const writing = runJava(
    ...['write', broker.address, inputFile],
    ...CODECS.map((codec) => `${codec}=${topicOf('java', codec)}`),
  );
  const byKcat = new Map<string, Content>();
  for (const codec of CODECS) {
    const topic = topicOf('kcat', codec);
    const where = ['-P', '-b', broker.address, '-t', topic, '-p', '0', '-z', codec, '-K', '\t', '-l', inputFile];
    await run('kcat', where);
    byKcat.set(topic, await readWithOurs(topic));
  }
  await writing;
  const byJava = new Map<string, Content>();
  for (const codec of CODECS) byJava.set(topicOf('java', codec), await readWithOurs(topicOf('java', codec)));
  compare('Java to us', byJava);
  compare('kcat to us', byKcat);
});
