import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.DefaultRecordBatch;
import org.apache.kafka.common.record.EndTransactionMarker;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.MutableRecordBatch;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;

/** Writes record batches (magic 2, uncompressed) built by Kafka, and what Kafka reads back from them. */
public final class RecordBatchCases {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long NOW = 1_700_000_000_000L;
    private static final long NO_PRODUCER = RecordBatch.NO_PRODUCER_ID;

    private static final List<String> cases = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        MemoryRecordsBuilder one = batch(0);
        one.append(NOW, null, bytes("value"));
        add("oneValueWithoutKey", one);

        MemoryRecordsBuilder keyed = batch(42);
        for (int index = 0; index < 5; index++) keyed.append(NOW + index, bytes("key-" + index), bytes("value-" + index));
        add("keysAndValues", keyed);

        MemoryRecordsBuilder nulls = batch(7);
        nulls.append(NOW, bytes("tombstone"), null);
        nulls.append(NOW, (byte[]) null, null);
        nulls.append(NOW, new byte[0], new byte[0]);
        nulls.append(NOW, bytes("empty value"), new byte[0]);
        nulls.append(NOW, new byte[0], null);
        add("nullAndEmptyKeysAndValues", nulls);

        MemoryRecordsBuilder headers = batch(100);
        headers.append(NOW, bytes("k"), bytes("v"), new Header[] {
            new RecordHeader("trace-id", bytes("abc")),
            new RecordHeader("null", null),
            new RecordHeader("empty", new byte[0]),
            new RecordHeader("é-日本-𝄞", bytes("é-日本-𝄞")),
            new RecordHeader("", bytes("no name")),
        });
        headers.append(NOW, null, bytes("without headers"));
        headers.append(NOW, (byte[]) null, null, new Header[] {new RecordHeader("twice", bytes("1")), new RecordHeader("twice", bytes("2"))});
        add("headers", headers);

        MemoryRecordsBuilder times = batch(0);
        for (long delta : new long[] {0, 1, 63, 64, 8_191, 8_192, 86_400_000, 31_536_000_000L}) times.append(NOW + delta, null, bytes("+" + delta));
        add("growingTimestamps", times);

        MemoryRecordsBuilder backwards = batch(0);
        for (long delta : new long[] {0, -1, -64, -65, 5, -86_400_000, -31_536_000_000L}) backwards.append(NOW + delta, null, bytes("" + delta));
        add("negativeTimestampDeltas", backwards);

        MemoryRecordsBuilder ancient = batch(0);
        ancient.append(0, null, bytes("1970"));
        add("timestampZero", ancient);

        MemoryRecordsBuilder none = batch(0);
        none.append(RecordBatch.NO_TIMESTAMP, null, bytes("no timestamp"));
        add("noTimestamp", none);

        MemoryRecordsBuilder appended = builder(9, TimestampType.LOG_APPEND_TIME, NOW + 5_000, NO_PRODUCER, (short) -1, -1, false, 3);
        appended.append(NOW, bytes("a"), bytes("1"));
        appended.append(NOW + 1, bytes("b"), bytes("2"));
        add("logAppendTime", appended);

        MemoryRecordsBuilder idempotent = builder(0, TimestampType.CREATE_TIME, -1, 4_000_000_001L, (short) 7, 1_234, false, 5);
        for (int index = 0; index < 3; index++) idempotent.append(NOW + index, null, bytes("idempotent-" + index));
        add("idempotentProducer", idempotent);

        MemoryRecordsBuilder wrapping = builder(0, TimestampType.CREATE_TIME, -1, 1, (short) 32_767, Integer.MAX_VALUE - 1, false, 0);
        for (int index = 0; index < 4; index++) wrapping.append(NOW, null, bytes("wrap-" + index));
        add("sequenceWrapsAround", wrapping);

        MemoryRecordsBuilder transactional = builder(1L << 40, TimestampType.CREATE_TIME, -1, 9_007_199_254_740_991L, (short) 2, 0, true, 11);
        for (int index = 0; index < 3; index++) transactional.append(NOW + index, bytes("k" + index), bytes("transactional-" + index));
        add("transactional", transactional);

        for (ControlRecordType type : List.of(ControlRecordType.COMMIT, ControlRecordType.ABORT)) {
            add(type.name().toLowerCase() + "Marker", MemoryRecords.withEndTransactionMarker(
                77, NOW, 11, 9_007_199_254_740_991L, (short) 2, new EndTransactionMarker(type, 4)));
        }

        MemoryRecordsBuilder gaps = batch(1_000);
        for (long offset : new long[] {1_000, 1_003, 1_064, 9_999}) gaps.appendWithOffset(offset, NOW, bytes("k" + offset), bytes("kept"));
        add("offsetGapsAfterCompaction", gaps);

        ByteBuffer empty = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        DefaultRecordBatch.writeEmptyHeader(empty, RecordBatch.MAGIC_VALUE_V2, 55, (short) 1, 10, 500, 509, 2, TimestampType.CREATE_TIME, NOW, false, false);
        empty.flip();
        add("emptyBatchAfterCompaction", MemoryRecords.readableRecords(empty));

        MemoryRecordsBuilder large = batch(0);
        large.append(NOW, bytes("sizes"), bytes("x".repeat(300)));
        large.append(NOW, bytes("y".repeat(64)), bytes("z".repeat(63)));
        large.append(NOW, null, bytes("w".repeat(9_000)));
        add("valuesOfManyVarintSizes", large);

        MemoryRecordsBuilder many = batch(123_456_789);
        for (int index = 0; index < 300; index++) {
            many.append(NOW + index / 3, index % 4 == 0 ? null : bytes("k" + index % 17), bytes("record-" + index));
        }
        add("threeHundredRecords", many);

        MessageCases.write(Path.of(arguments[0]).resolve("record-batches.json"), "\"magic\":2", cases);
    }

    private static MemoryRecordsBuilder batch(long baseOffset) {
        return builder(baseOffset, TimestampType.CREATE_TIME, RecordBatch.NO_TIMESTAMP, NO_PRODUCER, (short) -1, -1, false, 0);
    }

    private static MemoryRecordsBuilder builder(
        long baseOffset, TimestampType timestampType, long logAppendTime, long producerId, short producerEpoch,
        int baseSequence, boolean isTransactional, int partitionLeaderEpoch) {
        return MemoryRecords.builder(
            ByteBuffer.allocate(65_536), RecordBatch.MAGIC_VALUE_V2, Compression.NONE, timestampType, baseOffset,
            logAppendTime, producerId, producerEpoch, baseSequence, isTransactional, partitionLeaderEpoch);
    }

    private static void add(String name, MemoryRecordsBuilder builder) throws Exception {
        add(name, builder.build());
    }

    private static void add(String name, MemoryRecords records) throws Exception {
        ByteBuffer buffer = records.buffer().duplicate();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        List<MutableRecordBatch> batches = new ArrayList<>();
        records.batches().forEach(batches::add);
        if (batches.size() != 1) throw new IllegalStateException(name + " must be one batch, is " + batches.size());
        RecordBatch batch = batches.get(0);
        batch.ensureValid();
        ObjectNode node = JSON.createObjectNode();
        node.put("name", name);
        node.put("baseOffset", batch.baseOffset());
        node.put("lastOffset", batch.lastOffset());
        node.put("sizeInBytes", batch.sizeInBytes());
        node.put("partitionLeaderEpoch", batch.partitionLeaderEpoch());
        node.put("crc", batch.checksum());
        node.put("attributes", ByteBuffer.wrap(bytes).getShort(21));
        node.put("timestampType", batch.timestampType().name);
        node.put("isTransactional", batch.isTransactional());
        node.put("isControlBatch", batch.isControlBatch());
        node.put("baseTimestamp", ((DefaultRecordBatch) batch).baseTimestamp());
        node.put("maxTimestamp", batch.maxTimestamp());
        node.put("producerId", batch.producerId());
        node.put("producerEpoch", batch.producerEpoch());
        node.put("baseSequence", batch.baseSequence());
        node.put("lastSequence", batch.lastSequence());
        node.put("recordCount", batch.countOrNull());
        ArrayNode list = node.putArray("records");
        for (Record record : batch) {
            ObjectNode item = list.addObject();
            item.put("offset", record.offset());
            item.put("timestamp", record.timestamp());
            item.put("key", base64(record.key()));
            item.put("value", base64(record.value()));
            ArrayNode headers = item.putArray("headers");
            for (Header header : record.headers()) {
                ArrayNode pair = headers.addArray().add(header.key());
                pair.add(header.value() == null ? null : Base64.getEncoder().encodeToString(header.value()));
            }
        }
        node.put("hex", MessageCases.hex(bytes));
        cases.add(JSON.writeValueAsString(node));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String base64(ByteBuffer buffer) {
        if (buffer == null) return null;
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
