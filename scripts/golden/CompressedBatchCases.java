import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;

/** Writes record batches (magic 2) that Kafka compressed with each of its codecs, beside the same batch uncompressed. */
public final class CompressedBatchCases {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long NOW = 1_700_000_000_000L;

    private static final List<String> cases = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        add("oneShortRecord", batch -> batch.append(NOW, bytes("key"), bytes("value")));
        add("nullsAndHeaders", batch -> {
            batch.append(NOW, bytes("tombstone"), null);
            batch.append(NOW + 1, null, bytes("with a header"), new Header[] {new RecordHeader("trace-id", bytes("abc"))});
        });
        add("overSeveralBlocks", batch -> {
            for (int index = 0; index < 600; index++)
                batch.append(NOW + index / 3, bytes("k" + index % 17), bytes(("{\"record\":" + index + "},").repeat(7)));
        });
        add("notCompressible", batch -> {
            Random random = new Random(5);
            for (int index = 0; index < 20; index++) {
                byte[] value = new byte[400];
                random.nextBytes(value);
                batch.append(NOW + index, null, value);
            }
        });
        MessageCases.write(Path.of(arguments[0]).resolve("compressed-batches.json"), "\"magic\":2", cases);
    }

    private static void add(String name, Consumer<MemoryRecordsBuilder> fill) throws Exception {
        ObjectNode node = JSON.createObjectNode();
        node.put("name", name);
        node.put("none", hex(Compression.NONE, fill));
        node.put("gzip", hex(Compression.gzip().build(), fill));
        node.put("snappy", hex(Compression.snappy().build(), fill));
        node.put("lz4", hex(Compression.lz4().build(), fill));
        node.put("lz4HighCompression", hex(Compression.lz4().level(17).build(), fill));
        node.put("zstd", hex(Compression.zstd().build(), fill));
        node.put("zstdLevel19", hex(Compression.zstd().level(19).build(), fill));
        cases.add(JSON.writeValueAsString(node));
    }

    private static String hex(Compression compression, Consumer<MemoryRecordsBuilder> fill) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(
            ByteBuffer.allocate(1024), RecordBatch.MAGIC_VALUE_V2, compression, TimestampType.CREATE_TIME, 40L,
            RecordBatch.NO_TIMESTAMP, RecordBatch.NO_PRODUCER_ID, (short) -1, -1, false, 3);
        fill.accept(builder);
        ByteBuffer buffer = builder.build().buffer().duplicate();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return MessageCases.hex(bytes);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
