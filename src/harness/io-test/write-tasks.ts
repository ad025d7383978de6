/** Sequential append against random writes, with a sync never, every few writes, and every write. */
import { fsyncSync, ftruncateSync, writeSync } from 'node:fs';
import { below, createRandom } from '../../load/random.ts';
import { blockBytes, groupWrites } from './catalogue.ts';
import { type IoTask, type OwnTime, timed } from './task.ts';

/** The files of a run, open for reading and writing. */
export type IoFiles = {
  /** Holds `dataBytes` that were synced. */
  readonly data: number;
  readonly dataBytes: number;
  /** Grows from nothing to at most `logBytes`. */
  readonly log: number;
  readonly logBytes: number;
  /** What is written; whole blocks. */
  readonly bytes: Buffer;
};

const seed = 7;

/** Writes the next block of our bytes at a position; short writes are continued. */
const createWriter = (descriptor: number, bytes: Buffer): ((position: number) => void) => {
  let from = 0;
  return (position) => {
    for (let done = 0; done < blockBytes; )
      done += writeSync(descriptor, bytes, from + done, blockBytes - done, position + done);
    from = (from + blockBytes) % bytes.length;
  };
};

/**
 * Appends to a file that begins anew, as a segment does, when it is full. Making room for the next one is not timed.
 * @param writesPerSync 0 never syncs
 */
const appendTask = ({ log, logBytes, bytes }: IoFiles, writesPerSync: number): IoTask => {
  const write = createWriter(log, bytes);
  const writes = Math.max(1, writesPerSync);
  let end = 0;
  const empty = (): void => {
    ftruncateSync(log, 0);
    end = 0;
  };
  const append = (): void => {
    for (let each = 0; each < writes; each++) {
      write(end);
      end += blockBytes;
    }
    if (writesPerSync > 0) fsyncSync(log);
  };
  return {
    isAsync: false,
    begin: empty,
    call: (): OwnTime | undefined => {
      if (end + writes * blockBytes > logBytes) {
        empty();
        return timed(append);
      }
      append();
      return undefined;
    },
    end: () => {
      empty();
      fsyncSync(log);
      return null;
    },
  };
};

/** Writes whole blocks somewhere into a file that is there already. */
const randomWriteTask = ({ data, dataBytes, bytes }: IoFiles, writesPerSync: number): IoTask => {
  const write = createWriter(data, bytes);
  const random = createRandom(seed);
  const blocks = Math.floor(dataBytes / blockBytes);
  const writes = Math.max(1, writesPerSync);
  return {
    isAsync: false,
    call: () => {
      for (let each = 0; each < writes; each++) write(below(random(), blocks) * blockBytes);
      if (writesPerSync > 0) fsyncSync(data);
    },
    // What was not synced must not be written while the next measure runs.
    end: () => {
      fsyncSync(data);
      return null;
    },
  };
};

/** The tasks that write, by the measure's name. */
export const createWriteTasks = (files: IoFiles): Readonly<Record<string, IoTask>> => ({
  append: appendTask(files, 0),
  'append-grouped': appendTask(files, groupWrites),
  'append-synced': appendTask(files, 1),
  'random-write': randomWriteTask(files, 0),
  'random-write-grouped': randomWriteTask(files, groupWrites),
  'random-write-synced': randomWriteTask(files, 1),
});
