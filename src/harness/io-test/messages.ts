/** What the measuring thread and its parent say to each other. Plain data. */
import type { IoRound } from './task.ts';

/** What the thread is started with. */
export type MeasuringJob = {
  /** Names, in the order in which they take turns. */
  readonly measures: readonly string[];
  /** Of a measure in one round. */
  readonly roundMs: number;
  readonly rounds: number;
  /** Empty, for the files. */
  readonly folder: string;
  /** The folder lies in memory: no read from it is cold. */
  readonly isMemory: boolean;
  /** Of each file. */
  readonly sizeBytes: number;
};

/** What the thread says. */
export type MeasuringMessage =
  /** The other end of the socket is to be started. */
  | { readonly kind: 'listening'; readonly port: number }
  /** Files and batches are there, and the measures are known that can be had here. */
  | {
      readonly kind: 'prepared';
      /** What does the work, by measure, where there is a choice. */
      readonly by: Readonly<Record<string, string>>;
      /** Mean size of the codecs' batches; null without codecs. */
      readonly batchBytes: number | null;
    }
  /** A measure's turn has come. */
  | { readonly kind: 'turn'; readonly name: string; readonly round: number }
  | { readonly kind: 'round'; readonly name: string; readonly round: IoRound }
  /** There is no (more) figure of a measure: it cannot be had here, or the system refused it. */
  | { readonly kind: 'out'; readonly name: string; readonly state: 'skipped' | 'failed'; readonly reason: string }
  | { readonly kind: 'done' };
