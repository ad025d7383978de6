import { ByteReader } from '../../protocol/byte-reader.ts';
import { ByteWriter } from '../../protocol/byte-writer.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { PastAssignment, TopicPartitions } from './assignor.ts';

const NONE: PastAssignment = { partitions: [], generationId: -1 };

/** What a member with Kafka's `StickyAssignor` says of its past: its partitions by topic, then the generation (version 1). */
export const encodeStickyData = ({ partitions, generationId }: PastAssignment): Buffer => {
  const writer = new ByteWriter();
  writer.int32(partitions.length);
  for (const { topic, partitions: indexes } of partitions) {
    writer.string(topic);
    writer.int32(indexes.length);
    for (const index of indexes) writer.int32(index);
  }
  writer.int32(generationId);
  return writer.written();
};

/** Reads what encodeStickyData wrote, and version 0, which has no generation; a member that says nothing readable has no past. */
export const decodeStickyData = (bytes: Buffer | null): PastAssignment => {
  if (bytes === null || bytes.length === 0) return NONE;
  try {
    const reader = new ByteReader(bytes);
    const partitions: TopicPartitions[] = [];
    for (let topics = reader.int32(); topics > 0; topics--) {
      const topic = reader.string();
      const indexes: number[] = [];
      for (let count = reader.int32(); count > 0; count--) indexes.push(reader.int32());
      partitions.push({ topic, partitions: indexes });
    }
    return { partitions, generationId: reader.remaining >= 4 ? reader.int32() : -1 };
  } catch (error) {
    if (error instanceof ProtocolError) return NONE;
    throw error;
  }
};

/** What a member with Kafka's `CooperativeStickyAssignor` says: the generation of what it owns. */
export const encodeGeneration = (generationId: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(generationId);
  return bytes;
};

/** Reads what encodeGeneration wrote; -1 for anything else. */
export const decodeGeneration = (bytes: Buffer | null): number =>
  bytes !== null && bytes.length >= 4 ? bytes.readInt32BE(0) : -1;
