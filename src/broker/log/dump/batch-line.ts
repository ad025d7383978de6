import { codecName } from '../../../protocol/compression/codec.ts';
import { crc32c } from '../../../protocol/crc32c.ts';
import {
  batchAttributes,
  batchBaseSequence,
  batchCodec,
  batchCrc,
  batchLastOffsetDelta,
  batchLeaderEpoch,
  batchMagic,
  batchProducerEpoch,
  batchRecordCount,
  isControl,
  isLogAppendTime,
  isTransactional,
} from '../../../protocol/record-batch.ts';
import type { StoredBatch } from './batch-file.ts';
import { sequenceAfter } from './records.ts';

const DELETE_HORIZON = 0x40;

/** How Kafka names the kind of a batch's time stamps. */
export const timestampType = (bytes: Buffer, at: number): string =>
  isLogAppendTime(bytes, at) ? 'LogAppendTime' : 'CreateTime';

/** Whether the CRC of a batch is right. */
export const isValid = ({ bytes, at, sizeBytes }: StoredBatch): boolean =>
  crc32c(bytes.subarray(at + 21, at + sizeBytes)) === batchCrc(bytes, at);

/** The line for a batch; 64-bit fields are printed exactly, whatever they hold. */
export const batchLine = (batch: StoredBatch, isCrcRight: boolean): string => {
  const { bytes, at, position, sizeBytes } = batch;
  const baseOffset = bytes.readBigInt64BE(at);
  const lastOffsetDelta = batchLastOffsetDelta(bytes, at);
  const baseSequence = batchBaseSequence(bytes, at);
  // While a compacted log keeps tombstones, the field of the base time holds when they may go.
  const horizon =
    (batchAttributes(bytes, at) & DELETE_HORIZON) === 0
      ? 'OptionalLong.empty'
      : `OptionalLong[${bytes.readBigInt64BE(at + 27)}]`;
  return (
    `baseOffset: ${baseOffset} lastOffset: ${baseOffset + BigInt(lastOffsetDelta)} count: ${batchRecordCount(bytes, at)} ` +
    `baseSequence: ${baseSequence} lastSequence: ${sequenceAfter(baseSequence, lastOffsetDelta)} ` +
    `producerId: ${bytes.readBigInt64BE(at + 43)} producerEpoch: ${batchProducerEpoch(bytes, at)} ` +
    `partitionLeaderEpoch: ${batchLeaderEpoch(bytes, at)} isTransactional: ${isTransactional(bytes, at)} ` +
    `isControl: ${isControl(bytes, at)} deleteHorizonMs: ${horizon} position: ${position} ` +
    `${timestampType(bytes, at)}: ${bytes.readBigInt64BE(at + 35)} size: ${sizeBytes} magic: ${batchMagic(bytes, at)} ` +
    `compresscodec: ${codecName(batchCodec(bytes, at))} crc: ${batchCrc(bytes, at)} isvalid: ${isCrcRight}`
  );
};
