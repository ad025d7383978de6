import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/** A generated message class of Kafka's, its JSON converter and its specification. */
final class MessageType {
    private static final ObjectMapper JSON = new ObjectMapper().configure(JsonParser.Feature.ALLOW_COMMENTS, true);

    final String name;
    final JsonNode specification;
    private final Class<?> data;
    private final Method fromJson;
    private final Method toJson;

    /** The body of a request or response. */
    MessageType(String name) throws Exception {
        this(name, "common/message", "org.apache.kafka.common.message", "Data");
    }

    /** What stands in a record. */
    MessageType(String name, String folder, String classes) throws Exception {
        this(name, folder, classes, "");
    }

    private MessageType(String name, String folder, String classes, String suffix) throws Exception {
        this.name = name;
        data = Class.forName(classes + "." + name + suffix);
        try (InputStream stream = data.getResourceAsStream("/" + folder + "/" + name + ".json")) {
            specification = JSON.readTree(stream);
        }
        Class<?> converter = Class.forName(data.getName() + "JsonConverter");
        fromJson = converter.getMethod("read", JsonNode.class, short.class);
        toJson = converter.getMethod("write", data, short.class, boolean.class);
    }

    Message empty() throws Exception {
        return (Message) data.getConstructor().newInstance();
    }

    Message fromJson(JsonNode value, short version) throws Exception {
        return (Message) fromJson.invoke(null, value, version);
    }

    JsonNode toJson(Message message, short version) throws Exception {
        return (JsonNode) toJson.invoke(null, message, version, true);
    }

    Message fromBytes(byte[] bytes, short version) throws Exception {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        Message message = empty();
        message.read(new ByteBufferAccessor(buffer), version);
        require(!buffer.hasRemaining(), name + " v" + version + " left bytes unread");
        return message;
    }

    boolean isFlexible(short version) {
        return contains(specification.get("flexibleVersions"), version);
    }

    static byte[] bytesOf(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        require(!buffer.hasRemaining(), message.getClass() + " wrote fewer bytes than its size");
        return buffer.array();
    }

    /** Whether a version range of a specification (`3`, `0-5`, `12+`, `none`) contains a version. */
    static boolean contains(JsonNode range, short version) {
        if (range == null || range.asText().equals("none")) return false;
        String text = range.asText();
        if (text.endsWith("+")) return version >= Integer.parseInt(text.substring(0, text.length() - 1));
        String[] ends = text.split("-");
        return version >= Integer.parseInt(ends[0]) && version <= Integer.parseInt(ends[ends.length - 1]);
    }

    static void require(boolean condition, String sentence) {
        if (!condition) throw new IllegalStateException(sentence);
    }
}
