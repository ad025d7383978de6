import { readTextFile } from './log/checkpoint-files.ts';
import { MAX_OPEN_FILES } from './log/limits.ts';

/** Descriptors that are kept for the process itself: standard streams, the event loop, indexes that are being read. */
const OWN_DESCRIPTORS = 32;
/** Below this limit a broker with a few clients and topics may already run out of descriptors. */
const TIGHT_LIMIT = 1024;

/** How the descriptors of the process are shared between segment files and sockets. */
export type OpenFilesPlan = {
  /** Segment files that may be open at once. */
  readonly maxOpenFiles: number;
  /** A line for whoever started the broker when there is little room; else null. */
  readonly warning: string | null;
};

/**
 * Descriptors that this process may have open (`ulimit -n`, which Node has raised to the hard limit), or null where that
 * cannot be told (no /proc, or no limit).
 */
export const openFileLimit = (): number | null => {
  const match = /^Max open files\s+(\d+)/m.exec(readTextFile('/proc/self/limits') ?? '');
  return match === null ? null : Number(match[1]);
};

/** At most half of the descriptors go to segment files; sockets have the rest. */
export const planOpenFiles = (limit: number | null): OpenFilesPlan => {
  if (limit === null) return { maxOpenFiles: MAX_OPEN_FILES, warning: null };
  const maxOpenFiles = Math.max(1, Math.min(MAX_OPEN_FILES, Math.floor((limit - OWN_DESCRIPTORS) / 2)));
  const warning =
    limit >= TIGHT_LIMIT
      ? null
      : `only ${limit} files may be open: at most ${maxOpenFiles} segment files are, and about as many clients can connect; raise the limit, such as ulimit -n 4096`;
  return { maxOpenFiles, warning };
};
