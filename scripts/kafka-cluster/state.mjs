/** What is known of a cluster that was started: `cluster.json` in its directory, and whether its processes run. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * One process of a cluster.
 *
 * @typedef {{ id: number, pid: number, ports: Record<string, number>, dataDir: string, settings: string, log: string }} Node
 */

/**
 * A cluster as it is kept. `bootstrap` are the PLAINTEXT addresses, `secured` those of the other listeners by protocol, `clientSettings`
 * the properties files for them.
 *
 * @typedef {{
 *   version: string,
 *   bootstrap: string,
 *   secured: Record<string, string>,
 *   clientSettings: Record<string, string>,
 *   authority: string | null,
 *   nodes: readonly Node[],
 *   zookeeper: Node | null,
 * }} Cluster
 */

const statePath = (/** @type {string} */ directory) => path.join(directory, 'cluster.json');

/**
 * @param {string} directory
 * @returns {Cluster | null} what ran last
 */
export function readState(directory) {
  const file = statePath(directory);
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read; remove it`, { cause: error });
  }
}

/**
 * @param {string} directory
 * @param {Cluster} cluster
 */
export function writeState(directory, cluster) {
  writeFileSync(statePath(directory), `${JSON.stringify(cluster, null, 2)}\n`);
}

/**
 * Whether a node's process runs. A process id that has gone to another program since does not count.
 *
 * @param {Node} node
 */
export const runs = ({ pid, settings }) => pid > 0 && commandLine(pid).includes(settings);

/** Nodes of a cluster, the ZooKeeper process last. */
export const processesOf = (/** @type {Cluster} */ { nodes, zookeeper }) =>
  zookeeper === null ? [...nodes] : [...nodes, zookeeper];

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
