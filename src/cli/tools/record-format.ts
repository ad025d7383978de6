import type { ConsumedRecord } from '../../client/consumed-record.ts';
import type { FlagValues } from '../flags.ts';
import { readToolProperties } from './tool-properties.ts';

/** How records are printed: what Kafka's DefaultMessageFormatter takes. */
export type RecordFormat = {
  readonly printsTimestamp: boolean;
  readonly printsPartition: boolean;
  readonly printsOffset: boolean;
  readonly printsEpoch: boolean;
  readonly printsHeaders: boolean;
  readonly printsKey: boolean;
  readonly printsValue: boolean;
  /** Between all the fields of a record. */
  readonly keySeparator: Buffer;
  readonly lineSeparator: Buffer;
  readonly headersSeparator: Buffer;
  /** What stands for a null key, value or header value. */
  readonly nullLiteral: Buffer;
};

const SOURCE = {
  flag: 'formatter-property',
  olderFlag: 'property',
  fileFlag: 'formatter-config',
  known: [
    'print.timestamp',
    'print.key',
    'print.offset',
    'print.epoch',
    'print.partition',
    'print.headers',
    'print.value',
    'key.separator',
    'line.separator',
    'headers.separator',
    'null.literal',
  ],
  javaOnly: ['key.deserializer', 'value.deserializer', 'headers.deserializer', 'header.deserializer'],
} as const;

/** Reads --formatter-property (or --property). Throws UsageError. */
export function readRecordFormat(flags: FlagValues): RecordFormat {
  const properties = readToolProperties(flags, SOURCE);
  const bytes = (name: string, fallback: string): Buffer => Buffer.from(properties.text(name) ?? fallback, 'utf8');
  return {
    printsTimestamp: properties.isOn('print.timestamp', false),
    printsPartition: properties.isOn('print.partition', false),
    printsOffset: properties.isOn('print.offset', false),
    printsEpoch: properties.isOn('print.epoch', false),
    printsHeaders: properties.isOn('print.headers', false),
    printsKey: properties.isOn('print.key', false),
    printsValue: properties.isOn('print.value', true),
    keySeparator: bytes('key.separator', '\t'),
    lineSeparator: bytes('line.separator', '\n'),
    headersSeparator: bytes('headers.separator', ','),
    nullLiteral: bytes('null.literal', 'null'),
  };
}

const COLON = Buffer.from(':');
const NO_HEADERS = Buffer.from('NO_HEADERS');

/** A record as it is printed, its bytes as they are, with the line's end. */
export function formatRecord(format: RecordFormat, record: ConsumedRecord): Buffer {
  const orNull = (bytes: Buffer | null): Buffer => bytes ?? format.nullLiteral;
  const fields: Buffer[] = [];
  if (format.printsTimestamp) fields.push(Buffer.from(timeText(record)));
  if (format.printsPartition) fields.push(Buffer.from(`Partition:${record.partition}`));
  if (format.printsOffset) fields.push(Buffer.from(`Offset:${record.offset}`));
  if (format.printsEpoch)
    fields.push(Buffer.from(`Epoch:${record.leaderEpoch < 0 ? 'NOT_PRESENT' : record.leaderEpoch}`));
  if (format.printsHeaders) fields.push(headersText(format, record));
  if (format.printsKey) fields.push(orNull(record.key));
  if (format.printsValue) fields.push(orNull(record.value));
  return Buffer.concat([...joined(fields, format.keySeparator), format.lineSeparator]);
}

const timeText = ({ timestampType, timestampMs }: ConsumedRecord): string =>
  timestampType === 'NoTimestampType' ? 'NO_TIMESTAMP' : `${timestampType}:${timestampMs}`;

const headersText = ({ headersSeparator, nullLiteral }: RecordFormat, { headers }: ConsumedRecord): Buffer => {
  if (headers.length === 0) return NO_HEADERS;
  const texts = headers.map(({ key, value }) => Buffer.concat([key, COLON, value ?? nullLiteral]));
  return Buffer.concat(joined(texts, headersSeparator));
};

const joined = (fields: readonly Buffer[], separator: Buffer): Buffer[] =>
  fields.flatMap((field, index) => (index === 0 ? [field] : [separator, field]));
