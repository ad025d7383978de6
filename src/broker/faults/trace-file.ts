/**
 * A file that tells when produced batches came and when their answers left: what a measurement of latency is held against.
 *
 * It begins with 16 bytes, `spillway-trace-1`. Each entry has 48 bytes, little endian, in the order in which answers left:
 *
 * | at | type | holds |
 * |---|---|---|
 * | 0 | int64 | arrival: when the request was read, nanoseconds of CLOCK_MONOTONIC (`process.hrtime`) |
 * | 8 | int64 | release: just before its answer was given to the socket, the same clock |
 * | 16 | int64 | base offset; -1 when it was refused, or has no answer (acks=0) |
 * | 24 | int32 | records of the batch |
 * | 28 | int32 | partition |
 * | 32 | int32 | correlation id of the request |
 * | 36 | int32 | Kafka's error code |
 * | 40 | int64 | process-wide number of the request, from 1: batches of one request share it |
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { explainCode, errorCode as systemCode } from '../log/errors.ts';
import { FaultError } from './fault.ts';
import { TRACE_ENTRIES_A_WRITE } from './limits.ts';

/** What the file begins with. */
export const TRACE_MAGIC = 'spillway-trace-1';
/** Size of an entry, bytes. */
export const TRACE_ENTRY_BYTES = 48;

/** One batch of a produce request. */
export type TracedBatch = {
  readonly partition: number;
  readonly recordCount: number;
  readonly baseOffset: number;
  readonly errorCode: number;
};

/** A request that was answered. */
export type TracedRequest = {
  readonly arrivalNs: bigint;
  readonly releaseNs: bigint;
  readonly correlationId: number;
  readonly batches: readonly TracedBatch[];
};

/** The file of one trace; what was noted is in it after `close()`, and before that in steps. */
export class TraceFile {
  readonly #descriptor: number;
  readonly #entries = Buffer.alloc(TRACE_ENTRIES_A_WRITE * TRACE_ENTRY_BYTES);
  #sizeBytes = 0;
  #requests = 0;
  #isClosed = false;

  /** Makes the file. @throws FaultError when it cannot be made */
  constructor(path: string) {
    try {
      this.#descriptor = openSync(path, 'w');
      writeSync(this.#descriptor, TRACE_MAGIC);
    } catch (error) {
      throw new FaultError(`the trace file ${path} cannot be written: ${explainCode(systemCode(error))}`, {
        cause: error,
      });
    }
  }

  /** Notes an answered request; after close() nothing. */
  note({ arrivalNs, releaseNs, correlationId, batches }: TracedRequest): void {
    if (this.#isClosed) return;
    this.#requests++;
    for (const { partition, recordCount, baseOffset, errorCode } of batches) {
      const entries = this.#entries;
      let at = this.#sizeBytes;
      at = entries.writeBigInt64LE(arrivalNs, at);
      at = entries.writeBigInt64LE(releaseNs, at);
      at = entries.writeBigInt64LE(BigInt(baseOffset), at);
      at = entries.writeInt32LE(recordCount, at);
      at = entries.writeInt32LE(partition, at);
      at = entries.writeInt32LE(correlationId, at);
      at = entries.writeInt32LE(errorCode, at);
      this.#sizeBytes = entries.writeBigInt64LE(BigInt(this.#requests), at);
      if (this.#sizeBytes === entries.length) this.#write();
    }
  }

  /** Writes what is still in memory and closes the file. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#write();
    closeSync(this.#descriptor);
  }

  /** Whole even if the system takes a part at a time; a disk that takes nothing ends the trace with an error. */
  #write(): void {
    let at = 0;
    while (at < this.#sizeBytes) at += writeSync(this.#descriptor, this.#entries, at, this.#sizeBytes - at);
    this.#sizeBytes = 0;
  }
}
