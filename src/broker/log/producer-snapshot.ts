import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c } from '../../protocol/crc32c.ts';
import type { ProducerState } from './producer-states.ts';

/*
 * Kafka's producer snapshots (`ProducerSnapshot.json`, version 1), named `<offset>.snapshot`: what a partition knew of its
 * idempotent producers when its log ended at that offset.
 *   int16 version · uint32 CRC-32C of the rest · int32 count · entries of 46 bytes
 */
const SNAPSHOT_FILE = /^(\d{20})\.snapshot$/;
const VERSION = 1;
const HEAD_BYTES = 10;
const CRC_AT = 2;
const CRC_FROM = 6;
const ENTRY_BYTES = 46;
const NONE = -1;

const fileName = (offset: number): string => `${String(offset).padStart(20, '0')}.snapshot`;

/** Offsets of the snapshots in a log's folder, ascending. */
export const snapshotOffsets = (directory: string): number[] =>
  readdirSync(directory)
    .flatMap((name) => {
      const digits = SNAPSHOT_FILE.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    })
    .sort((left, right) => left - right);

/** Removes the snapshots of these offsets. Throws the file system's error. */
export const removeSnapshots = (directory: string, offsets: Iterable<number>): void => {
  for (const offset of offsets) rmSync(join(directory, fileName(offset)), { force: true });
};

/** Writes the snapshot of the producers at `offset`, under another name first. Throws the file system's error. */
export const writeSnapshot = (
  directory: string,
  offset: number,
  producers: Iterable<readonly [producerId: number, state: ProducerState]>,
): void => {
  const entries = [...producers];
  const bytes = Buffer.alloc(HEAD_BYTES + entries.length * ENTRY_BYTES);
  bytes.writeInt16BE(VERSION, 0);
  bytes.writeInt32BE(entries.length, CRC_FROM);
  entries.forEach(([producerId, state], index) => {
    writeEntry(bytes, HEAD_BYTES + index * ENTRY_BYTES, producerId, state);
  });
  bytes.writeUInt32BE(crc32c(bytes.subarray(CRC_FROM)), CRC_AT);
  const path = join(directory, fileName(offset));
  writeFileSync(`${path}.tmp`, bytes);
  renameSync(`${path}.tmp`, path);
};

/** Reads a snapshot; null when the file is not a whole one. Throws the file system's error. */
export const readSnapshot = (directory: string, offset: number): (readonly [number, ProducerState])[] | null => {
  const bytes = readFileSync(join(directory, fileName(offset)));
  if (bytes.length < HEAD_BYTES || bytes.readInt16BE(0) !== VERSION) return null;
  const count = bytes.readInt32BE(CRC_FROM);
  if (bytes.length !== HEAD_BYTES + count * ENTRY_BYTES) return null;
  if (crc32c(bytes.subarray(CRC_FROM)) !== bytes.readUInt32BE(CRC_AT)) return null;
  return Array.from({ length: count }, (_, index) => readEntry(bytes, HEAD_BYTES + index * ENTRY_BYTES));
};

const writeEntry = (bytes: Buffer, at: number, producerId: number, state: ProducerState): void => {
  const last = state.batches.at(-1);
  bytes.writeBigInt64BE(BigInt(producerId), at);
  bytes.writeInt16BE(state.epoch, at + 8);
  bytes.writeInt32BE(last?.lastSequence ?? NONE, at + 10);
  bytes.writeBigInt64BE(BigInt(last?.lastOffset ?? NONE), at + 14);
  bytes.writeInt32BE(last === undefined ? 0 : last.lastOffset - last.baseOffset, at + 22);
  bytes.writeBigInt64BE(BigInt(state.timestampMs), at + 26);
  bytes.writeInt32BE(state.coordinatorEpoch, at + 34);
  bytes.writeBigInt64BE(BigInt(state.transactionStart), at + 38);
};

const readEntry = (bytes: Buffer, at: number): readonly [number, ProducerState] => {
  const lastSequence = bytes.readInt32BE(at + 10);
  const lastOffset = Number(bytes.readBigInt64BE(at + 14));
  const delta = bytes.readInt32BE(at + 22);
  const timestampMs = Number(bytes.readBigInt64BE(at + 26));
  // A batch of more records than its last sequence number began before the sequence went round.
  const firstSequence = lastSequence >= delta ? lastSequence - delta : 0x8000_0000 - (delta - lastSequence);
  const batches =
    lastSequence === NONE
      ? []
      : [{ firstSequence, lastSequence, baseOffset: lastOffset - delta, lastOffset, timestampMs }];
  const state: ProducerState = {
    epoch: bytes.readInt16BE(at + 8),
    batches,
    timestampMs,
    coordinatorEpoch: bytes.readInt32BE(at + 34),
    transactionStart: Number(bytes.readBigInt64BE(at + 38)),
  };
  return [Number(bytes.readBigInt64BE(at)), state];
};
