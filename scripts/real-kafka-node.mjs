/** Starts, finds and stops one node of the real Apache Kafka: what real-kafka.mjs does for a person, and tests for themselves. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KAFKA_VERSION, kafkaBrokerClassPath } from './kafka-jars.mjs';

/** The JVM's share of memory: enough for one node of tests. */
const JVM_FLAGS = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-Dorg.apache.logging.log4j.level=WARN'];
/** The oldest Java that Kafka 4 runs on. */
const OLDEST_JAVA = 17;
/** How long a node may take until it serves clients, milliseconds: a slow machine takes about 10 s. */
const START_TIMEOUT_MS = 90_000;
/** How long a node may take to stop after SIGTERM before it is killed, milliseconds. */
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 100;
const NODE_ID = 1;

/**
 * What runs, as it is kept in `node.json` of the node's directory.
 *
 * @typedef {{ pid: number, version: string, bootstrap: string, controllerPort: number, dataDir: string }} Node
 */

/** Where the node lives unless --dir says otherwise: a folder of the user's cache directory. */
export const defaultDirectory = () =>
  path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'spillway', 'real-kafka');

/**
 * Starts a node and waits until it serves clients; one that runs already is left as it is.
 *
 * @param {{ directory: string, version?: string, port?: number, config?: readonly string[], signal?: AbortSignal }} options
 *   `config`: further broker settings, key=value; an aborted `signal` gives up and leaves nothing running
 * @returns {Promise<Node>}
 * @throws {Error} without a JDK or Maven, and when the node does not come up, with the end of its log
 */
export async function startRealKafka({ directory, version = KAFKA_VERSION, port = 0, config = [], signal }) {
  const running = runningNode(directory);
  if (running !== null) {
    if (running.version === version) return running;
    throw new Error(`Kafka ${running.version} runs in ${directory}; stop it first, or give another --dir`);
  }
  checkJava();
  const classPath = kafkaBrokerClassPath(version);
  const before = readState(directory);
  const [clientPort, controllerPort] = await choosePorts(port, before);
  const dataDir = path.join(directory, 'data');
  mkdirSync(directory, { recursive: true });
  const settingsFile = settingsPath(directory);
  writeFileSync(settingsFile, settings(clientPort, controllerPort, dataDir, config));
  format(classPath, settingsFile, dataDir);

  const log = openSync(logPath(directory), 'w');
  const child = spawn(java(), [...JVM_FLAGS, '-cp', classPath, 'kafka.Kafka', settingsFile], {
    cwd: directory,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (child.pid === undefined) throw new Error(`${java()} could not be started`);
  /** @type {Node} */
  const node = { pid: child.pid, version, bootstrap: `127.0.0.1:${clientPort}`, controllerPort, dataDir };
  writeFileSync(statePath(directory), `${JSON.stringify(node, null, 2)}\n`);
  child.unref();
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await servesClients(clientPort))) {
    const isGone = child.exitCode !== null || child.signalCode !== null;
    if (isGone || signal?.aborted || Date.now() > deadline) {
      if (!isGone) process.kill(node.pid, 'SIGKILL');
      throw new Error(
        startFailure(directory, isGone ? 'ended' : signal?.aborted ? 'was interrupted' : 'took too long'),
      );
    }
    await sleep(POLL_MS);
  }
  return node;
}

/**
 * Stops the node: SIGTERM, and SIGKILL when that takes too long. Its data stays.
 *
 * @param {string} directory
 * @returns {Promise<boolean>} false when none runs
 */
export async function stopRealKafka(directory) {
  const node = runningNode(directory);
  if (node === null) return false;
  process.kill(node.pid, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (runningNode(directory) !== null) {
    if (Date.now() > deadline) killHard(node.pid);
    await sleep(POLL_MS);
  }
  return true;
}

/**
 * The node that runs in this directory, or null. A process id that has gone to another program since does not count.
 *
 * @param {string} directory
 * @returns {Node | null}
 */
export function runningNode(directory) {
  const node = readState(directory);
  return node !== null && commandLine(node.pid).includes(settingsPath(directory)) ? node : null;
}

/** @param {string} directory */
const statePath = (directory) => path.join(directory, 'node.json');
/** @param {string} directory */
const settingsPath = (directory) => path.join(path.resolve(directory), 'server.properties');
/** @param {string} directory */
const logPath = (directory) => path.join(directory, 'server.log');

/**
 * @param {string} directory
 * @returns {Node | null} what ran last
 */
function readState(directory) {
  if (!existsSync(statePath(directory))) return null;
  try {
    return JSON.parse(readFileSync(statePath(directory), 'utf8'));
  } catch (error) {
    throw new Error(`${statePath(directory)} cannot be read; remove it`, { cause: error });
  }
}

/** @param {number} pid */
function killHard(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/**
 * @param {number} pid
 * @returns {string} empty for a process that is gone or has ended
 */
function commandLine(pid) {
  if (existsSync('/proc/self/cmdline')) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

const java = () => (process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', 'java') : 'java');

/** @throws {Error} when there is no Java, or an old one */
function checkJava() {
  const { error, stdout } = spawnSync(java(), ['--version'], { encoding: 'utf8' });
  const found = /\b(\d+)(?:\.\d+)*/.exec(stdout ?? '')?.[1];
  if (error === undefined && Number(found) >= OLDEST_JAVA) return;
  const what = error === undefined ? `${java()} is ${found ?? 'older than 9'}` : `${java()} is not there`;
  throw new Error(
    `Apache Kafka needs a JDK, version ${OLDEST_JAVA} or later; ${what}: apt-get install default-jdk-headless`,
  );
}

/**
 * @param {number} port of clients; 0 takes that of the last time when it is free, or any
 * @param {Node | null} before
 * @returns {Promise<[number, number]>} for clients and for the controller
 */
async function choosePorts(port, before) {
  const last = Number(before?.bootstrap.split(':')[1] ?? 0);
  const held = [await hold(port || last), await hold(before?.controllerPort ?? 0)];
  const [clients = 0, controller = 0] = await Promise.all(
    held.map(async (server) => (server ?? (await anyPort())).port),
  );
  for (const server of held) server?.release();
  if (port !== 0 && clients !== port) throw new Error(`port ${port} of 127.0.0.1 is in use; give another --port`);
  return [clients, controller];
}

/**
 * @param {number} port 0 for any
 * @returns {Promise<{ port: number, release: () => void } | null>} a port nobody else gets until it is released; null when it is in use
 */
function hold(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        release: () => server.close(),
      });
    });
  });
}

/** A port that was free just now. */
async function anyPort() {
  const server = await hold(0);
  if (server === null) throw new Error('127.0.0.1 has no free port');
  server.release();
  return server;
}

/**
 * @param {number} port
 * @param {number} controllerPort
 * @param {string} dataDir
 * @param {readonly string[]} config
 */
function settings(port, controllerPort, dataDir, config) {
  const lines = [
    'process.roles=broker,controller',
    `node.id=${NODE_ID}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    `controller.quorum.voters=${NODE_ID}@127.0.0.1:${controllerPort}`,
    `log.dirs=${path.resolve(dataDir)}`,
    // Kafka's defaults need three brokers, and wait three seconds for more members of a group.
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    ...config,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * @param {string} classPath
 * @param {string} settingsFile
 * @param {string} dataDir
 */
function format(classPath, settingsFile, dataDir) {
  if (existsSync(path.join(dataDir, 'meta.properties'))) return;
  // A cluster id is a UUID in URL-safe base64, which must not look like a flag.
  const clusterId = `A${randomBytes(16).toString('base64url').slice(1)}`;
  const formatter = ['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', settingsFile];
  const result = spawnSync(java(), ['-Xmx128m', '-XX:+UseSerialGC', '-cp', classPath, ...formatter], {
    encoding: 'utf8',
  });
  if (result.status === 0) return;
  const said = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
  throw new Error(`Kafka's StorageTool could not format ${dataDir}:\n${said}`);
}

/**
 * Whether a broker answers and counts itself among the brokers: until it is registered its metadata names none.
 *
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function servesClients(port) {
  // Metadata version 1 for no topics: size, key 3, version 1, correlation id 0, no client id, an empty array.
  const request = Buffer.from('0000000e0003000100000000ffff00000000', 'hex');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let answer = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      answer = Buffer.concat([answer, bytes]);
      // Size, correlation id, and the number of brokers.
      if (answer.length < 12) return;
      socket.destroy();
      resolve(answer.readInt32BE(8) > 0);
    });
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}

/**
 * @param {string} directory
 * @param {string} why
 */
function startFailure(directory, why) {
  const tail = readFileSync(logPath(directory), 'utf8').trim().split('\n').slice(-20).join('\n');
  return `Kafka ${why} before it served clients; the end of ${logPath(directory)}:\n${tail}`;
}
