import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Reads or writes whole topics with Kafka's own client, all in one Java machine.
 *
 * <pre>
 * CodecContent read BOOTSTRAP RECORDS TOPIC...              prints TOPIC, records and SHA-256 of their content, a line each
 * CodecContent write BOOTSTRAP FILE CODEC=TOPIC...          writes the lines of a file: KEY, a tab, VALUE, or a value alone
 * </pre>
 *
 * The content of a record is its key's length (-1 for none), a blank, the key, a blank, the value's length, a blank, the value, a line
 * break: what kcat prints with -f '%K %k %S %s\n'.
 */
class CodecContent {
    private static final byte[] BLANK = {' '};
    private static final byte[] LINE_BREAK = {'\n'};

    public static void main(String[] args) throws Exception {
        for (int index = 3; index < args.length; index++) {
            if (args[0].equals("read")) read(args[1], Integer.parseInt(args[2]), args[index]);
            else write(args[1], Path.of(args[2]), args[index].split("=")[0], args[index].split("=")[1]);
        }
    }

    private static void read(String bootstrap, int records, String topic) throws Exception {
        Map<String, Object> config = Map.of(
            "bootstrap.servers", bootstrap,
            "auto.offset.reset", "earliest",
            "key.deserializer", ByteArrayDeserializer.class,
            "value.deserializer", ByteArrayDeserializer.class,
            "max.poll.records", 10000,
            "check.crcs", true);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        int count = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config)) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            long untilMs = System.currentTimeMillis() + 60000;
            while (count < records && System.currentTimeMillis() < untilMs) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    add(digest, record.key());
                    digest.update(BLANK);
                    add(digest, record.value());
                    digest.update(LINE_BREAK);
                    count++;
                }
            }
        }
        System.out.println(topic + " " + count + " " + HexFormat.of().formatHex(digest.digest()));
    }

    private static void add(MessageDigest digest, byte[] bytes) {
        int length = bytes == null ? -1 : bytes.length;
        digest.update(Integer.toString(length).getBytes(StandardCharsets.ISO_8859_1));
        digest.update(BLANK);
        if (bytes != null) digest.update(bytes);
    }

    private static void write(String bootstrap, Path file, String codec, String topic) throws Exception {
        Map<String, Object> config = Map.of(
            "bootstrap.servers", bootstrap,
            "compression.type", codec,
            "batch.size", 100000,
            "linger.ms", 20,
            "key.serializer", ByteArraySerializer.class,
            "value.serializer", ByteArraySerializer.class);
        byte[] bytes = Files.readAllBytes(file);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config)) {
            int start = 0;
            int tab = -1;
            for (int at = 0; at < bytes.length; at++) {
                if (bytes[at] == '\t') tab = at;
                if (bytes[at] != '\n') continue;
                byte[] key = tab < 0 ? null : Arrays.copyOfRange(bytes, start, tab);
                byte[] value = Arrays.copyOfRange(bytes, tab < 0 ? start : tab + 1, at);
                producer.send(new ProducerRecord<>(topic, 0, key, value), (metadata, error) -> {
                    if (error == null) return;
                    System.err.println(error);
                    System.exit(1);
                });
                start = at + 1;
                tab = -1;
            }
        }
    }
}
