/** What the system says when it refuses something, in words. */

/** For a path that is named before. */
const words: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'a file stands in its place',
  EMFILE: 'too many open files, raise the limit (ulimit -n)',
  ENFILE: 'too many open files on this machine',
  ENOENT: 'no such directory, and none can be made there',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'it lies under something that is no directory',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
};

/** The reason of a file system's error in words, with the system's name for it; the message of any other error. One line. */
export const systemReason = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = Object.hasOwn(words, code) ? words[code] : undefined;
  if (reason !== undefined) return `${reason} (${code})`;
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');
};
