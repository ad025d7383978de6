import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../measure/folder.ts';
import { isUuid, randomUuid, type Uuid } from '../../protocol/uuid.ts';
import { readTextFile, readTopicId, writeTextFile, writeTopicId } from './checkpoint-files.ts';
import { type DirectoryLock, identifyProcess, lockDirectory } from './directory-lock.ts';
import { DataDirectoryError, errorCode, explainCode } from './errors.ts';

const CLEAN_STOP_FILE = '.kafka_cleanshutdown';
const META_FILE = 'meta.properties';
const PARTITION_FOLDER = /^(.+)-(\d+)$/;
const DOOMED_FOLDER = /^.+\.[0-9a-f]{32}-delete$/;

/** A partition that the data directory holds. */
export type StoredPartition = {
  readonly topic: string;
  readonly partitionIndex: number;
  /** The folder of its log. */
  readonly directory: string;
  /** From `partition.metadata`; null when that is missing. */
  readonly topicId: Uuid | null;
};

type Meta = { readonly clusterId: string; readonly nodeId: number; readonly directoryId: Uuid };

/**
 * A broker's data directory in Kafka's KRaft layout: `meta.properties`, one folder for each partition, a marker of the last
 * clean stop, and `.lock`, which says whose it is at the moment.
 */
export class DataDirectory {
  readonly path: string;
  readonly clusterId: string;
  readonly nodeId: number;
  readonly directoryId: Uuid;
  /** Whether the last broker on this directory stopped cleanly (or there was none). */
  readonly wasCleanStop: boolean;
  /** What an unclean stop may have harmed; see `OpenMode.recover`. */
  readonly recover: 'last' | 'all';
  readonly #lock: DirectoryLock;

  private constructor(path: string, meta: Meta, lock: DirectoryLock, wasCleanStop: boolean) {
    this.path = path;
    this.clusterId = meta.clusterId;
    this.nodeId = meta.nodeId;
    this.directoryId = meta.directoryId;
    this.wasCleanStop = wasCleanStop;
    this.#lock = lock;
    // A process that was killed loses nothing that it wrote; only the kernel's end does.
    const bootId = identifyProcess(process.pid)?.bootId ?? null;
    this.recover = bootId !== null && lock.previousHolder?.bootId === bootId ? 'last' : 'all';
  }

  /**
   * Makes the directory if need be, takes its lock and reads or writes `meta.properties`. Throws DataDirectoryError, one line
   * that says what to do: not writable, in use, another node's or cluster's.
   */
  static open(options: { readonly path: string; readonly nodeId: number; readonly clusterId?: string }): DataDirectory {
    const { path } = options;
    try {
      makeFolder(path);
      refuseForeignFolder(path);
      const lock = lockDirectory(path);
      try {
        const isFresh = !existsSync(join(path, META_FILE));
        const meta = openMeta(path, options);
        const marker = join(path, CLEAN_STOP_FILE);
        const wasCleanStop = isFresh || existsSync(marker);
        // From now on the directory counts as in use: whoever finds no marker recovers.
        rmSync(marker, { force: true });
        removeDoomed(path);
        return new DataDirectory(path, meta, lock, wasCleanStop);
      } catch (error) {
        lock.release();
        throw error;
      }
    } catch (error) {
      if (error instanceof DataDirectoryError) throw error;
      throw new DataDirectoryError(
        `cannot use ${path} as data directory: ${explainCode(errorCode(error))}; give a writable --data-dir`,
        { cause: error },
      );
    }
  }

  /** The folder of a partition's log. */
  partitionDirectory(topic: string, partitionIndex: number): string {
    return join(this.path, `${topic}-${partitionIndex}`);
  }

  /** Makes the folder of a new partition with its topic id; returns it. Throws the file system's error. */
  createPartition(topic: string, partitionIndex: number, topicId: Uuid): string {
    const directory = this.partitionDirectory(topic, partitionIndex);
    makeFolder(directory);
    writeTopicId(directory, topicId);
    return directory;
  }

  /** All partitions in the directory, by topic and index. Throws DataDirectoryError for a broken `partition.metadata`. */
  partitions(): StoredPartition[] {
    const found: StoredPartition[] = [];
    for (const entry of readdirSync(this.path, { withFileTypes: true })) {
      const [, topic, index] = PARTITION_FOLDER.exec(entry.name) ?? [];
      if (!entry.isDirectory() || topic === undefined || index === undefined) continue;
      const directory = join(this.path, entry.name);
      found.push({ topic, partitionIndex: Number(index), directory, topicId: readTopicId(directory) });
    }
    return found.sort((a, b) => a.topic.localeCompare(b.topic, 'en') || a.partitionIndex - b.partitionIndex);
  }

  /** Releases the lock; with `isClean`, after all logs are closed, leaves the marker that lets the next start skip recovery. */
  close(options: { readonly isClean: boolean }): void {
    if (options.isClean) writeTextFile(join(this.path, CLEAN_STOP_FILE), '{"version":0,"brokerEpoch":-1}');
    this.#lock.release();
  }
}

/** Names that a broker leaves before it has written `meta.properties`, or the system in an empty folder. */
const HARMLESS = /^(?:\..*|lost\+found|meta\.properties\.tmp)$/;

/** A folder of somebody else's files is no place for a broker's: a wrong path must not fill it with hundreds of folders. */
const refuseForeignFolder = (path: string): void => {
  const names = readdirSync(path);
  if (names.includes(META_FILE)) return;
  const foreign = names.find((name) => !HARMLESS.test(name));
  if (foreign === undefined) return;
  throw new DataDirectoryError(
    `${path} is not empty and not a broker's data directory (it holds ${foreign}, and no ${META_FILE}); give a folder of its own as --data-dir`,
  );
};

/** Reads `meta.properties` (Kafka's `MetaProperties`, version 1) and compares, or writes it for a new directory. */
const openMeta = (path: string, wanted: { readonly nodeId: number; readonly clusterId?: string }): Meta => {
  const file = join(path, META_FILE);
  const text = readTextFile(file);
  if (text === null) {
    const meta = { clusterId: wanted.clusterId ?? randomUuid(), nodeId: wanted.nodeId, directoryId: randomUuid() };
    writeTextFile(file, formatMeta(meta));
    return meta;
  }
  const meta = parseMeta(file, text);
  if (meta.nodeId !== wanted.nodeId)
    throw new DataDirectoryError(
      `${path} belongs to node ${meta.nodeId}, not to node ${wanted.nodeId}; use another --data-dir`,
    );
  if (wanted.clusterId !== undefined && meta.clusterId !== wanted.clusterId)
    throw new DataDirectoryError(
      `${path} belongs to cluster ${meta.clusterId}, not to ${wanted.clusterId}; use another --data-dir`,
    );
  return meta;
};

const formatMeta = (meta: Meta): string =>
  `#\nversion=1\ncluster.id=${meta.clusterId}\nnode.id=${meta.nodeId}\ndirectory.id=${meta.directoryId}\n`;

const parseMeta = (file: string, text: string): Meta => {
  const properties = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^\s*([^#=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) properties.set(key, value);
  }
  const clusterId = properties.get('cluster.id');
  const nodeId = properties.get('node.id') ?? '';
  const directoryId = properties.get('directory.id') ?? '';
  if (properties.get('version') !== '1' || !clusterId || !/^\d+$/.test(nodeId) || !isUuid(directoryId))
    throw new DataDirectoryError(
      `${file} should hold version=1, cluster.id, node.id and directory.id; restore it or use another --data-dir`,
    );
  return { clusterId, nodeId: Number(nodeId), directoryId };
};

/** Removes what a deletion had renamed but not removed when the broker ended. */
const removeDoomed = (path: string): void => {
  for (const name of readdirSync(path))
    if (DOOMED_FOLDER.test(name)) rmSync(join(path, name), { recursive: true, force: true });
};
