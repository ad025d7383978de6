import { RecordBatchError } from '../../../protocol/record-batch.ts';
import {
  decodeRecord,
  type RecordSchema,
  recordSchema,
  recordVersion,
} from '../../../protocol/records/record-schema.ts';
import { array, int16, int32, int64, since, string, uint16, uuid } from '../../../protocol/schema.ts';
import { jsonText, recordJson } from './record-json.ts';
import type { StoredRecord } from './records.ts';

const voter = { voterId: int32, voterDirectoryId: since(1, uuid) };

/** What a KRaft quorum writes into its own log and snapshots (KIP-595, KIP-630, KIP-853), by type of control record. */
const kraftRecords: Readonly<Record<number, { readonly label: string; readonly schema: RecordSchema }>> = {
  2: {
    label: 'LeaderChange:',
    schema: recordSchema({
      name: 'LeaderChangeMessage',
      versions: [0, 1],
      flexibleFrom: 0,
      fields: { leaderId: int32, voters: array(voter), grantingVoters: array(voter) },
    }),
  },
  3: {
    label: 'SnapshotHeader',
    schema: recordSchema({
      name: 'SnapshotHeaderRecord',
      versions: [0, 0],
      flexibleFrom: 0,
      fields: { lastContainedLogTimestamp: int64 },
    }),
  },
  4: {
    label: 'SnapshotFooter',
    schema: recordSchema({ name: 'SnapshotFooterRecord', versions: [0, 0], flexibleFrom: 0, fields: {} }),
  },
  5: {
    label: 'KRaftVersion',
    schema: recordSchema({
      name: 'KRaftVersionRecord',
      versions: [0, 0],
      flexibleFrom: 0,
      fields: { kRaftVersion: int16 },
    }),
  },
  6: {
    label: 'KRaftVoters',
    schema: recordSchema({
      name: 'VotersRecord',
      versions: [0, 0],
      flexibleFrom: 0,
      fields: {
        voters: array({
          voterId: int32,
          voterDirectoryId: uuid,
          endpoints: array({ name: string, host: string, port: uint16 }),
          kRaftVersionFeature: { minSupportedVersion: int16, maxSupportedVersion: int16 },
        }),
      },
    }),
  },
};

/** Key: version int16, type int16. A transaction marker's value: version int16, coordinator epoch int32. */
const KEY_BYTES = 4;
const MARKER_VALUE_BYTES = 6;
const ABORT = 0;
const COMMIT = 1;

/**
 * What a control record says, as Kafka's tool words it.
 * @throws RecordBatchError when it is too short; ProtocolError when a KRaft record cannot be read.
 */
export const describeControlRecord = ({ key, value }: StoredRecord): string => {
  if (key === null || key.length < KEY_BYTES) throw new RecordBatchError('a control record has no type in its key');
  const type = key.readInt16BE(2);
  if (type === ABORT || type === COMMIT) {
    if (value === null || value.length < MARKER_VALUE_BYTES)
      throw new RecordBatchError('a transaction marker has no value');
    return `endTxnMarker: ${type === COMMIT ? 'COMMIT' : 'ABORT'} coordinatorEpoch: ${value.readInt32BE(2)}`;
  }
  const kraft = kraftRecords[type];
  if (kraft === undefined || value === null) return `controlType: UNKNOWN(${type})`;
  const version = recordVersion(value);
  const json = { version, ...recordJson(kraft.schema, version, decodeRecord(kraft.schema, value)) };
  return `${kraft.label} ${jsonText(json)}`;
};
