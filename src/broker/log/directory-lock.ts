import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTextFile } from './checkpoint-files.ts';
import { DataDirectoryError, errorCode } from './errors.ts';

/** A process, told apart from another one that gets the same pid later, or from one on another boot of the machine. */
export type ProcessIdentity = {
  readonly pid: number;
  /** When it began, in clock ticks since boot (field 22 of /proc/<pid>/stat); null where there is no /proc. */
  readonly startTicks: string | null;
  /** The boot it runs in (/proc/sys/kernel/random/boot_id); null where there is no /proc. */
  readonly bootId: string | null;
};

/** Who holds a data directory. */
export type DirectoryLock = {
  /** Whoever held the directory before and did not release it; null after a clean stop. */
  readonly previousHolder: ProcessIdentity | null;
  /** Releases the directory. */
  release(): void;
};

/** The file in a data directory that names its holder. */
export const LOCK_FILE = '.lock';

/** The process with this pid, or null when there is none. */
export const identifyProcess = (pid: number): ProcessIdentity | null => {
  const bootId = readTextFile('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
  if (bootId !== null) {
    const startTicks = readStartTicks(pid);
    return startTicks === null ? null : { pid, startTicks, bootId };
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM says that it is there and belongs to somebody else.
    if (errorCode(error) !== 'EPERM') return null;
  }
  return { pid, startTicks: null, bootId: null };
};

/**
 * Takes the directory for this process: `.lock` names the holder. A lock that a killed process left behind is taken over,
 * also when its pid has been given to another process since. Throws DataDirectoryError while a living process holds it.
 */
export const lockDirectory = (directory: string): DirectoryLock => {
  const path = join(directory, LOCK_FILE);
  const own = identifyProcess(process.pid);
  if (own === null) throw new DataDirectoryError(`cannot tell when process ${process.pid} began; is /proc mounted?`);
  const text = formatLock(own);
  let previousHolder: ProcessIdentity | null = null;
  // Another broker may take or release the lock between two steps; each round looks again. More rounds mean a crowd.
  for (let round = 0; round < 10; round++) {
    if (createLock(path, text)) return { previousHolder, release: () => releaseLock(path, text) };
    const held = readTextFile(path);
    if (held === null) continue;
    const holder = parseLock(held);
    if (holder !== null && isAlive(holder))
      throw new DataDirectoryError(
        `${directory} is in use by process ${holder.pid}; stop that broker or use another --data-dir`,
      );
    removeStaleLock(path, held);
    previousHolder = holder;
  }
  throw new DataDirectoryError(`${path} keeps changing; is another program starting brokers on this directory?`);
};

const readStartTicks = (pid: number): string | null => {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return null;
    throw error;
  }
  // The name in parentheses may hold anything, parentheses too: fields count from the last one. Field 3 is the first there.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const isGone = fields[0] === 'Z' || fields[0] === 'X';
  return isGone ? null : (fields[19] ?? null);
};

const formatLock = ({ pid, startTicks, bootId }: ProcessIdentity): string =>
  `pid=${pid}\nstart.ticks=${startTicks ?? ''}\nboot.id=${bootId ?? ''}\n`;

const parseLock = (text: string): ProcessIdentity | null => {
  const match = /^pid=(\d+)\nstart\.ticks=(\d*)\nboot\.id=(.*)\n$/.exec(text);
  if (match === null) return null;
  return { pid: Number(match[1]), startTicks: match[2] || null, bootId: match[3] || null };
};

const isAlive = (holder: ProcessIdentity): boolean => {
  const now = identifyProcess(holder.pid);
  return now !== null && now.startTicks === holder.startTicks && now.bootId === holder.bootId;
};

/** Makes the lock with its content in one step; false when there is one. */
const createLock = (path: string, text: string): boolean => {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    if (!NO_HARD_LINKS.has(errorCode(error))) throw error;
    return createExclusively(path, text);
  } finally {
    rmSync(draft, { force: true });
  }
};

/** How file systems without hard links (FAT, some network and container mounts) refuse one. */
const NO_HARD_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

const createExclusively = (path: string, text: string): boolean => {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
};

/** Removes a lock that reads `stale`; one that somebody has taken meanwhile is put back. */
const removeStaleLock = (path: string, stale: string): void => {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    if (readTextFile(aside) !== stale) renameSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
};

const releaseLock = (path: string, text: string): void => {
  if (readTextFile(path) === text) unlinkSync(path);
};
