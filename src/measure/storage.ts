/** What a folder's files lie on. */
import { readFileSync, realpathSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Null where the machine does not tell. */
export type Storage = {
  /** Such as `ext4`. */
  readonly fileSystem: string | null;
  /** What the file system is on, such as `/dev/vda`. */
  readonly device: string | null;
  /** It lies in memory and goes with it (tmpfs, ramfs). */
  readonly isMemory: boolean;
  /** For those who are not root. */
  readonly freeBytes: number | null;
};

/** One line of `/proc/self/mountinfo`. */
export type Mount = { readonly point: string; readonly fileSystem: string; readonly device: string };

const memoryFileSystems = ['tmpfs', 'ramfs', 'devtmpfs'];

/** Blanks and such stand in the file as a backslash and three octal digits. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Mounts from the text of `/proc/self/mountinfo` (proc_pid_mountinfo(5)), in its order; lines that are none are left out. */
export const parseMounts = (text: string): readonly Mount[] =>
  text.split('\n').flatMap((line) => {
    const [head = '', tail = ''] = line.split(' - ');
    const point = head.split(' ')[4];
    const [fileSystem, device] = tail.split(' ');
    if (point === undefined || fileSystem === undefined || device === undefined) return [];
    return [{ point: unescaped(point), fileSystem, device: unescaped(device) }];
  });

/** The mount that a path lies on: the longest one that leads to it, of equal ones the last; null for none. */
export const mountOf = (mounts: readonly Mount[], path: string): Mount | null => {
  const leads = ({ point }: Mount): boolean => path === point || path.startsWith(point === '/' ? '/' : `${point}/`);
  let found: Mount | null = null;
  for (const mount of mounts)
    if (leads(mount) && (found === null || mount.point.length >= found.point.length)) found = mount;
  return found;
};

/** The path, or the nearest folder above it that is there. */
const existing = (path: string): string => {
  for (let each = resolve(path); ; each = dirname(each)) {
    try {
      return realpathSync(each);
    } catch {
      // Not made yet: what it will lie on is what its parent lies on.
      if (each === dirname(each)) return each;
    }
  }
};

const tryRead = <Value>(read: () => Value): Value | null => {
  try {
    return read();
  } catch {
    // Not Linux, or not readable here: reported as null.
    return null;
  }
};

/** What a folder lies on, or will when it is made. Never throws. */
export const storageOf = (folder: string): Storage => {
  const path = existing(folder);
  const mounts = tryRead(() => parseMounts(readFileSync('/proc/self/mountinfo', 'utf8')));
  const mount = mounts === null ? null : mountOf(mounts, path);
  const room = tryRead(() => statfsSync(path));
  return {
    fileSystem: mount?.fileSystem ?? null,
    device: mount?.device ?? null,
    isMemory: mount !== null && memoryFileSystems.includes(mount.fileSystem),
    freeBytes: room === null ? null : room.bavail * room.bsize,
  };
};
