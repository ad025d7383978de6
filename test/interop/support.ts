/** Starts our broker and other people's clients as processes, and reads what a broker holds with a client that is not ours. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import type { TestContext } from 'vitest';
import { kafkaJava } from './kafka-java.ts';

/** The command line as it was built: interop tests run what users run. SPILLWAY_MAIN names that of another build. */
const mainFile = process.env.SPILLWAY_MAIN ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How long a broker may take until it says where it listens, milliseconds. */
const START_TIMEOUT_MS = 20_000;

const debianPackages = { kcat: 'kcat', java: 'default-jdk-headless', mvn: 'maven' } as const;

/** A program of somebody else's that an interop test runs. */
export type Tool = keyof typeof debianPackages;

const missing = new Set<Tool>();

/**
 * Says that a test needs programs: without one of them it fails in CI (where `CI` is set) and is skipped elsewhere, with a
 * sentence that says what to install.
 */
export function needs(context: TestContext, ...tools: readonly Tool[]): void {
  for (const tool of tools) {
    const version = spawnSync(tool, [tool === 'kcat' ? '-V' : '-version'], { stdio: 'ignore' });
    if (version.error === undefined) continue;
    const sentence = `${tool} is not installed; this test needs it: apt-get install ${debianPackages[tool]}`;
    if (process.env.CI !== undefined) throw new Error(sentence);
    // The default reporter does not print why a test was skipped.
    if (!missing.has(tool)) console.warn(`skipped: ${sentence}`);
    missing.add(tool);
    context.skip(sentence);
  }
}

/** How a process ended and all it printed. */
export type Finished = {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
};

/** A process that was started, and its end. */
export type Running = { readonly child: ChildProcess; readonly finished: Promise<Finished> };

/** Starts a program with `input` as its whole stdin; it is killed if it has not ended after `timeoutMs`. */
export function start(command: string, args: readonly string[], input = '', timeoutMs = 120_000): Running {
  const startedAt = performance.now();
  const child = spawn(command, args, { stdio: 'pipe', timeout: timeoutMs, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program that ends without reading its input closes the pipe; its exit status tells the story.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      resolve({ status, signal, stdout, stderr, elapsedMs: performance.now() - startedAt });
    });
  });
  return { child, finished };
}

/**
 * Runs a program to its end.
 *
 * @throws when it exits with another status than 0, with all it printed
 */
export async function run(command: string, args: readonly string[], input = ''): Promise<Finished> {
  const result = await start(command, args, input).finished;
  if (result.status === 0) return result;
  const end = result.signal ?? `status ${result.status}`;
  throw new Error(`${command} ${args.join(' ')} ended with ${end}\n${result.stdout}\n${result.stderr}`);
}

/** Starts a spillway command, as a user types it. */
export function startSpillway(args: readonly string[]): Running {
  return start(process.execPath, [mainFile, ...args]);
}

/** Runs one of Kafka's own command line tools, by its class. */
export async function runKafkaTool(className: string, args: readonly string[]): Promise<Finished> {
  return await run('java', [...kafkaJava(), className, ...args]);
}

/** A `spillway broker` in a process of its own. */
export type BrokerProcess = {
  /** HOST:PORT to give to clients. */
  readonly address: string;
  /** Ends it as an operator would (SIGTERM), or at once (SIGKILL), and waits for it. */
  readonly end: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
};

/**
 * Starts `spillway broker` on a free port of loopback and waits until it says where it listens.
 *
 * @param args more flags of `spillway broker`
 * @param dataDirectory kept when the broker ends: a broker started on it again finds the data
 * @throws when it ends or says nothing for START_TIMEOUT_MS, with what it printed
 */
export async function startBroker(
  dataDirectory: string,
  { listen = '127.0.0.1:0', args = [] }: { readonly listen?: string; readonly args?: readonly string[] } = {},
): Promise<BrokerProcess> {
  if (!existsSync(mainFile)) throw new Error(`there is no ${mainFile}; run npm run build first`);
  // Records of tests bear old times; the default retention would take them away while a slow test still reads.
  const keep = ['--config', 'log.retention.ms=-1'];
  const commandLine = [mainFile, 'broker', '--listen', listen, '--data-dir', dataDirectory, ...keep, ...args];
  const child = spawn(process.execPath, commandLine, { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  let printed = '';
  const address = await new Promise<string>((resolve, reject) => {
    const giveUp = (why: string) => {
      child.kill('SIGKILL');
      reject(new Error(`spillway broker ${why}; it printed:\n${printed}`));
    };
    const timer = setTimeout(
      () => giveUp(`did not say where it listens within ${START_TIMEOUT_MS} ms`),
      START_TIMEOUT_MS,
    );
    const read = (text: string) => {
      printed += text;
      const found = /\b127\.0\.0\.1:[1-9]\d*/.exec(printed);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[0]);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('exit', (status) => {
      clearTimeout(timer);
      giveUp(`ended with status ${status}`);
    });
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    child.kill(signal);
    const impatience = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    await closed;
    clearTimeout(impatience);
    // A broker that has something to say after its first line says why a test failed.
    const said = lines(printed).slice(1);
    if (said.length > 0) console.warn(['the broker said:', ...said].join('\n'));
  };
  return { address, end };
}

/** A temporary directory for one test file's broker. */
export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'spillway-interop-'));
  return { path: directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** A kafkajs client that logs nothing: what it has to say it throws. Addresses stand between commas. */
export function kafkajsClient(address: string): Kafka {
  return new Kafka({ clientId: 'interop', brokers: address.split(','), logLevel: logLevel.NOTHING });
}

/** Makes a topic with kafkajs. */
export async function createTopic(address: string, topic: string, partitionCount = 1): Promise<void> {
  const admin = kafkajsClient(address).admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions: partitionCount, replicationFactor: 1 }] });
  } finally {
    await admin.disconnect();
  }
}

/** End offsets by partition index, read with kafkajs. */
export async function endOffsets(address: string, topic: string): Promise<number[]> {
  const admin = kafkajsClient(address).admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.toSorted((one, other) => one.partition - other.partition).map(({ high }) => Number(high));
  } finally {
    await admin.disconnect();
  }
}

/** Records in a topic that was never trimmed: the sum of its end offsets. */
export async function recordCount(address: string, topic: string): Promise<number> {
  return (await endOffsets(address, topic)).reduce((sum, offset) => sum + offset, 0);
}

/** The offset kcat finds for a time (milliseconds since the epoch), -1 for the end, -2 for the start. */
export async function kcatOffset(address: string, topic: string, partition: number, time: number): Promise<number> {
  const { stdout } = await run('kcat', ['-Q', '-b', address, '-t', `${topic}:${partition}:${time}`]);
  const found = /offset (-?\d+)/.exec(stdout);
  if (found === null) throw new Error(`kcat -Q printed no offset: ${stdout}`);
  return Number(found[1]);
}

/** The lines of a text, without the empty one after the last line break. */
export function lines(text: string): string[] {
  return text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined);
}

/** What programs read out of the last line of Kafka's producer tool. */
export type ProducerLine = {
  readonly records: number;
  readonly recordsPerSecond: number;
  readonly mebibytesPerSecond: number;
  /** Average, maximum, 50th, 95th, 99th and 99.9th percentile, milliseconds. */
  readonly latenciesMs: readonly number[];
};

/** Reads the final line as Kafka's system tests do: fields between commas, the first word of each, MB/s after a bracket. */
export function parseProducerLine(stdout: string): ProducerLine {
  const fields = (lines(stdout).at(-1) ?? '').split(',').map((field) => field.trim());
  const firstWord = (text: string | undefined) => Number(text?.split(/\s+/)[0]);
  return {
    records: firstWord(fields[0]),
    recordsPerSecond: firstWord(fields[1]),
    mebibytesPerSecond: firstWord(fields[1]?.split('(')[1]),
    latenciesMs: fields.slice(2).map(firstWord),
  };
}

/** Reads the last row of Kafka's consumer tool by the header above it. */
export function parseConsumerLine(stdout: string): Map<string, string> {
  const rows = lines(stdout).map((line) => line.split(',').map((field) => field.trim()));
  const row = rows.at(-1) ?? [];
  return new Map((rows.at(-2) ?? []).map((name, index) => [name, row[index] ?? '']));
}
