import { type CodecName, codecNames } from '../../protocol/compression/codec.ts';
import { compressRecords, decompress, prepareCodecs } from '../../protocol/compression/compression.ts';
import type { KafkajsModule } from './client.ts';

/** Most bytes that a batch of a fetch may hold; Kafka's own client has no bound, kafkajs neither. */
const mostBatchBytes = 0x7fff_ffff;

/** What kafkajs hands to a codec when it compresses: its encoder. */
type Encoded = { readonly buffer: Buffer };

/** Told what each batch became, bytes of its records. */
export type CompressedListener = (bytesBefore: number, bytesAfter: number) => void;

/**
 * Gives kafkajs our codecs for all four of Kafka's: it has only gzip itself, without levels. They are one table for all clients of a
 * thread, so a thread has one level.
 * @param level of that codec; null for its default
 */
export const giveCodecs = async (
  kafkajs: KafkajsModule,
  codec: CodecName,
  level: number | null,
  onCompressed: CompressedListener,
): Promise<void> => {
  await prepareCodecs();
  const table: Record<number, unknown> = kafkajs.CompressionCodecs;
  for (const [number, name] of codecNames.entries()) {
    if (name === 'none') continue;
    const ownLevel = name === codec ? (level ?? undefined) : undefined;
    const made = {
      compress: async ({ buffer }: Encoded): Promise<Buffer> => {
        const packed = compressRecords(name, buffer, ownLevel);
        onCompressed(buffer.length, packed.length);
        return packed;
      },
      decompress: async (bytes: Buffer): Promise<Buffer> => decompress(name, bytes, mostBatchBytes),
    };
    table[number] = () => made;
  }
};
