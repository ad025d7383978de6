/** Starts, finds and stops the real Apache Kafka on this machine: what real-kafka.mjs does for a person, and tests for themselves. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KAFKA_VERSION, kafkaBrokerClassPath } from '../kafka-jars.mjs';
import { checkJava, jdkProgram, runJava } from './java.mjs';
import { freePorts } from './ports.mjs';
import { brokerSecurity, makeKeys, SECURED_LISTENERS, scramArguments, writeClientSettings } from './security.mjs';
import { nodeSettings } from './settings.mjs';
import { processesOf, readState, runs, writeState } from './state.mjs';

/** @typedef {import('./state.mjs').Cluster} Cluster */
/** @typedef {import('./state.mjs').Node} Node */

/** The JVM's share of memory: enough for one node of tests. What Kafka's own scripts read from the environment wins, as it comes later. */
const JVM_FLAGS = [
  ...['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-Dorg.apache.logging.log4j.level=WARN'],
  ...(process.env.KAFKA_JVM_PERFORMANCE_OPTS ?? '').split(' ').filter((flag) => flag !== ''),
];
/** How long the nodes may take until they serve clients, milliseconds: a slow machine takes about 10 s for one. */
const START_TIMEOUT_MS = 90_000;
/** How long a node may take to stop after SIGTERM before it is killed, milliseconds. */
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 100;
/** The last line of Kafka that has ZooKeeper. */
const ZOOKEEPER_MAJOR = 3;

/** Where a cluster lives unless --dir says otherwise: a folder of the user's cache directory. */
export const defaultDirectory = () =>
  path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'spillway', 'real-kafka');

/**
 * Starts a cluster and waits until every node serves clients; one that runs already is left as it is.
 *
 * @param {{
 *   directory: string,
 *   version?: string,
 *   port?: number,
 *   nodeCount?: number,
 *   isSecured?: boolean,
 *   hasZookeeper?: boolean,
 *   hasRacks?: boolean,
 *   config?: readonly string[],
 *   signal?: AbortSignal,
 * }} options `port`: of the first node, 0 for that of the last time or any; `isSecured`: SSL, SASL_PLAINTEXT and SASL_SSL listeners too;
 *   `hasRacks`: every node in a rack of its own, rack-1 and so on; `config`: further broker settings, key=value; an aborted `signal` gives up and leaves nothing running
 * @returns {Promise<Cluster>}
 * @throws {Error} without a JDK or Maven, and when a node does not come up, with the end of its log
 */
export async function startRealKafka(options) {
  const { directory, version = KAFKA_VERSION, nodeCount = 1, signal } = options;
  const before = readState(directory);
  if (before !== null && processesOf(before).some(runs)) {
    if (before.version !== version || before.nodes.length !== nodeCount)
      throw new Error(
        `Kafka ${before.version} with ${before.nodes.length} node(s) runs in ${directory}; stop it first, or give another --dir`,
      );
    if (processesOf(before).every(runs)) return before;
    throw new Error(`some nodes in ${directory} run and some do not; stop them first`);
  }
  checkJava();
  const classPath = kafkaBrokerClassPath(version);
  mkdirSync(directory, { recursive: true });
  const cluster = await plan(directory, version, before, options);
  prepare(directory, classPath, cluster, options);
  const started = await launch(cluster, classPath, signal);
  writeState(directory, started);
  return started;
}

/**
 * Stops a cluster: SIGTERM, and SIGKILL when that takes too long. Its data stays.
 *
 * @param {string} directory
 * @returns {Promise<boolean>} false when none runs
 */
export async function stopRealKafka(directory) {
  const cluster = readState(directory);
  if (cluster === null || !processesOf(cluster).some(runs)) return false;
  // Brokers need their controllers, and ZooKeeper, to leave in order.
  await stopNodes(cluster.nodes);
  if (cluster.zookeeper !== null) await stopNodes([cluster.zookeeper]);
  return true;
}

/**
 * The cluster in this directory when any of its nodes runs, or null.
 *
 * @param {string} directory
 * @returns {Cluster | null}
 */
export function runningCluster(directory) {
  const cluster = readState(directory);
  return cluster !== null && processesOf(cluster).some(runs) ? cluster : null;
}

/**
 * Stops one node of a cluster.
 *
 * @param {string} directory
 * @param {number} id
 * @param {'SIGTERM' | 'SIGKILL'} [signal]
 * @throws {Error} when it does not run
 */
export async function stopNode(directory, id, signal = 'SIGTERM') {
  const node = readState(directory)?.nodes.find((each) => each.id === id);
  if (node === undefined || !runs(node)) throw new Error(`no node ${id} runs in ${directory}`);
  await stopNodes([node], signal);
}

/**
 * Starts one node of a cluster again, on its data.
 *
 * @param {string} directory
 * @param {number} id
 */
export async function startNode(directory, id) {
  const cluster = readState(directory);
  const node = cluster?.nodes.find((each) => each.id === id);
  if (cluster === null || node === undefined) throw new Error(`there is no node ${id} in ${directory}`);
  if (runs(node)) return;
  const again = {
    ...node,
    pid: spawnNode(node, kafkaBrokerClassPath(cluster.version), 'kafka.Kafka', [node.settings]),
  };
  writeState(directory, { ...cluster, nodes: cluster.nodes.map((each) => (each.id === id ? again : each)) });
  await untilServing([again], undefined);
}

/**
 * Who there will be, and where.
 *
 * @param {string} directory
 * @param {string} version
 * @param {Cluster | null} before
 * @param {Parameters<typeof startRealKafka>[0]} options
 * @returns {Promise<Cluster>} with nothing running
 */
async function plan(directory, version, before, { port = 0, nodeCount = 1, isSecured = false, hasZookeeper = false }) {
  const names = ['PLAINTEXT', ...(hasZookeeper ? [] : ['CONTROLLER']), ...(isSecured ? SECURED_LISTENERS : [])];
  const wanted = Array.from({ length: nodeCount }, (_, index) =>
    names.map((name) => (index === 0 && name === 'PLAINTEXT' && port) || (before?.nodes[index]?.ports[name] ?? 0)),
  );
  const ports = await freePorts([...wanted.flat(), before?.zookeeper?.ports.CLIENT ?? 0]);
  if (port !== 0 && ports[0] !== port) throw new Error(`port ${port} of 127.0.0.1 is in use; give another --port`);
  const nodes = wanted.map((_, index) => {
    const id = index + 1;
    // A single node has had no number in its folders from the first.
    const suffix = nodeCount === 1 ? '' : `-${id}`;
    return {
      id,
      pid: 0,
      ports: Object.fromEntries(names.map((name, at) => [name, ports[index * names.length + at] ?? 0])),
      dataDir: path.join(directory, `data${suffix}`),
      settings: path.resolve(directory, `server${suffix}.properties`),
      log: path.join(directory, `server${suffix}.log`),
    };
  });
  const addresses = (/** @type {string} */ name) => nodes.map((node) => `127.0.0.1:${node.ports[name]}`).join(',');
  return {
    version,
    bootstrap: addresses('PLAINTEXT'),
    secured: Object.fromEntries((isSecured ? SECURED_LISTENERS : []).map((name) => [name, addresses(name)])),
    clientSettings: {},
    authority: null,
    nodes,
    zookeeper: hasZookeeper
      ? {
          id: 0,
          pid: 0,
          ports: { CLIENT: ports.at(-1) ?? 0 },
          dataDir: path.join(directory, 'zookeeper'),
          settings: path.resolve(directory, 'zookeeper.properties'),
          log: path.join(directory, 'zookeeper.log'),
        }
      : null,
  };
}

/**
 * Writes settings and keys, and formats what KRaft wants formatted. Fills in what clients need.
 *
 * @param {string} directory
 * @param {string} classPath
 * @param {Cluster} cluster
 * @param {Parameters<typeof startRealKafka>[0]} options
 */
function prepare(directory, classPath, cluster, { isSecured = false, hasRacks = false, config = [] }) {
  const { nodes, zookeeper } = cluster;
  const voters = nodes.map(({ id, ports }) => `${id}@127.0.0.1:${ports.CONTROLLER}`).join(',');
  const keys = isSecured ? makeKeys(path.resolve(directory)) : null;
  if (keys !== null) {
    cluster.authority = keys.authority;
    cluster.clientSettings = writeClientSettings(path.resolve(directory), keys);
  }
  for (const { id, ports, dataDir, settings } of nodes)
    writeFileSync(
      settings,
      nodeSettings({
        id,
        ports,
        dataDir,
        nodeCount: nodes.length,
        voters: zookeeper === null ? voters : null,
        zookeeperPort: zookeeper?.ports.CLIENT ?? null,
        hasRacks,
        security: keys === null ? [] : brokerSecurity(keys),
        config,
      }),
    );
  if (zookeeper !== null) {
    mkdirSync(zookeeper.dataDir, { recursive: true });
    const lines = [`dataDir=${path.resolve(zookeeper.dataDir)}`, `clientPort=${zookeeper.ports.CLIENT}`];
    writeFileSync(
      zookeeper.settings,
      `${[...lines, 'clientPortAddress=127.0.0.1', 'admin.enableServer=false'].join('\n')}\n`,
    );
    return;
  }
  const isFormatted = nodes.every(({ dataDir }) => existsSync(path.join(dataDir, 'meta.properties')));
  if (isFormatted) return;
  // A cluster id is a UUID in URL-safe base64, which must not look like a flag.
  const clusterId = `A${randomBytes(16).toString('base64url').slice(1)}`;
  for (const { settings, dataDir } of nodes)
    runJava(
      classPath,
      [
        ...['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', settings],
        ...(isSecured ? scramArguments() : []),
      ],
      `formatting ${dataDir} with Kafka's StorageTool`,
    );
}

/**
 * @param {Cluster} cluster
 * @param {string} classPath
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<Cluster>} with its process ids
 */
async function launch(cluster, classPath, signal) {
  /** @type {Node[]} */
  const running = [];
  try {
    const { zookeeper } = cluster;
    if (zookeeper !== null) {
      if (Number(cluster.version.split('.')[0]) > ZOOKEEPER_MAJOR)
        throw new Error(`Kafka ${cluster.version} has no ZooKeeper mode; give --version 3.9.1`);
      const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
      running.push({ ...zookeeper, pid: spawnNode(zookeeper, classPath, main, [zookeeper.settings]) });
    }
    const nodes = cluster.nodes.map((node) => {
      const started = { ...node, pid: spawnNode(node, classPath, 'kafka.Kafka', [node.settings]) };
      running.push(started);
      return started;
    });
    await untilServing(nodes, signal);
    return { ...cluster, nodes, zookeeper: running.find(({ id }) => id === 0) ?? null };
  } catch (error) {
    for (const { pid } of running) killHard(pid);
    throw error;
  }
}

/**
 * @param {Node} node
 * @param {string} classPath
 * @param {string} main
 * @param {readonly string[]} args
 * @returns {number} its process id
 */
function spawnNode({ log, settings }, classPath, main, args) {
  const output = openSync(log, 'w');
  const child = spawn(jdkProgram('java'), [...JVM_FLAGS, '-cp', classPath, main, ...args], {
    cwd: path.dirname(settings),
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  if (child.pid === undefined) throw new Error('java could not be started');
  child.unref();
  return child.pid;
}

/**
 * @param {readonly Node[]} nodes
 * @param {AbortSignal | undefined} signal
 */
async function untilServing(nodes, signal) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (const node of nodes) {
    while (!(await servesClients(node.ports.PLAINTEXT ?? 0, nodes.length))) {
      if (!runs(node)) throw new Error(startFailure(node, 'ended'));
      if (signal?.aborted) throw new Error(startFailure(node, 'was interrupted'));
      if (Date.now() > deadline) throw new Error(startFailure(node, 'took too long'));
      await sleep(POLL_MS);
    }
  }
}

/**
 * @param {readonly Node[]} nodes
 * @param {'SIGTERM' | 'SIGKILL'} [signal]
 */
async function stopNodes(nodes, signal = 'SIGTERM') {
  const running = nodes.filter(runs);
  for (const { pid } of running) process.kill(pid, signal);
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (running.some(runs)) {
    if (Date.now() > deadline) for (const { pid } of running.filter(runs)) killHard(pid);
    await sleep(POLL_MS);
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
 * Whether a broker answers and knows as many brokers as there are: until they are registered its metadata does not name them.
 *
 * @param {number} port
 * @param {number} brokers
 * @returns {Promise<boolean>}
 */
function servesClients(port, brokers) {
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
      resolve(answer.readInt32BE(8) >= brokers);
    });
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}

/**
 * @param {Node} node
 * @param {string} why
 */
function startFailure({ log }, why) {
  const tail = readFileSync(log, 'utf8').trim().split('\n').slice(-20).join('\n');
  return `Kafka ${why} before it served clients; the end of ${log}:\n${tail}`;
}
