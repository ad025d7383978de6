import { batchAttributes, encodeRecordBatch, isControl, walkRecords } from './record-batch.ts';

const TRANSACTIONAL_CONTROL = 0x30;
const CODEC_MASK = 0x07;
const VERSION = 0;
const ABORT = 0;
const COMMIT = 1;
/** Key: version int16, type int16. Value: version int16, coordinator epoch int32. */
const KEY_BYTES = 4;
const VALUE_BYTES = 6;

/** The end of one producer's transaction in one partition (KIP-98). */
export type TransactionMarker = {
  readonly isCommit: boolean;
  /** Epoch of the transaction coordinator that wrote it. */
  readonly coordinatorEpoch: number;
};

/** A control batch of one record that ends a transaction, base offset 0. */
export const encodeMarkerBatch = (
  marker: TransactionMarker & {
    readonly producerId: number;
    readonly producerEpoch: number;
    readonly timestampMs: number;
  },
): Buffer => {
  const key = Buffer.alloc(KEY_BYTES);
  key.writeInt16BE(VERSION, 0);
  key.writeInt16BE(marker.isCommit ? COMMIT : ABORT, 2);
  const value = Buffer.alloc(VALUE_BYTES);
  value.writeInt16BE(VERSION, 0);
  value.writeInt32BE(marker.coordinatorEpoch, 2);
  const { producerId, producerEpoch, timestampMs } = marker;
  return encodeRecordBatch([{ timestampMs, key, value }], {
    producerId,
    producerEpoch,
    attributes: TRANSACTIONAL_CONTROL,
  });
};

/** Reads the marker of a control batch; null for other batches and for control records of another kind. */
export const readMarker = (bytes: Buffer, at: number): TransactionMarker | null => {
  if (!isControl(bytes, at) || (batchAttributes(bytes, at) & CODEC_MASK) !== 0) return null;
  let marker: TransactionMarker | null = null;
  walkRecords(bytes, at, 0, (_offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
    if (keyStart < 0 || keyEnd - keyStart < KEY_BYTES || valueStart < 0 || valueEnd - valueStart < VALUE_BYTES)
      return false;
    const type = bytes.readInt16BE(keyStart + 2);
    if (type === ABORT || type === COMMIT)
      marker = { isCommit: type === COMMIT, coordinatorEpoch: bytes.readInt32BE(valueStart + 2) };
    return false;
  });
  return marker;
};
