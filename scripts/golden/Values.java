import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.SimpleRecord;

/** Makes the value of one case from a specification; every number and string differs from every other. */
final class Values {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final long LARGEST_SAFE_INTEGER = (1L << 53) - 1;

    /** How a case chooses its values. A shape that gives the same bytes as an earlier one of its version is left out. */
    enum Shape {
        /** The empty message: no array has an element, every field its default. */
        MINIMAL("minimal"),
        /** Every field of the version set to something that is not its default, two or three elements an array. */
        FULL("full"),
        /** One element an array, every field its default, tagged fields absent. */
        DEFAULTS("defaults"),
        /** Everything that may be null is. */
        NULLS("nulls"),
        /** Like NULLS, but arrays that may be null have an element, so that what is inside can be null. */
        NULL_ELEMENTS("nullElements");

        final String label;

        Shape(String label) {
            this.label = label;
        }
    }

    private final MessageType type;
    private final short version;
    private final Shape shape;
    private final Map<String, JsonNode> structs = new HashMap<>();
    private int serial = 0;

    Values(MessageType type, short version, Shape shape) {
        this.type = type;
        this.version = version;
        this.shape = shape;
        JsonNode common = type.specification.get("commonStructs");
        if (common != null) common.forEach(struct -> structs.put(struct.get("name").asText(), struct.get("fields")));
    }

    ObjectNode message() {
        return struct(type.specification.get("fields"));
    }

    private ObjectNode struct(JsonNode fields) {
        ObjectNode node = JSON.objectNode();
        for (JsonNode field : fields) {
            // A tagged field's versions may stand in taggedVersions alone.
            if (!MessageType.contains(field.get(field.has("versions") ? "versions" : "taggedVersions"), version)) continue;
            if (MessageType.contains(field.get("taggedVersions"), version) && shape != Shape.FULL) continue;
            String name = field.get("name").asText();
            node.set(Character.toLowerCase(name.charAt(0)) + name.substring(1), value(field));
        }
        return node;
    }

    private JsonNode value(JsonNode field) {
        String fieldType = field.get("type").asText();
        boolean isNullable = MessageType.contains(field.get("nullableVersions"), version);
        boolean isArray = fieldType.startsWith("[]");
        boolean wantsNull = shape == Shape.NULLS || (shape == Shape.NULL_ELEMENTS && !isArray);
        if (isNullable && wantsNull) return JSON.nullNode();
        if (!isArray) return single(field, fieldType);
        ArrayNode array = JSON.arrayNode();
        String elementType = fieldType.substring(2);
        boolean isStruct = Character.isUpperCase(elementType.charAt(0));
        int count = shape != Shape.FULL ? 1 : isStruct ? 2 : 3;
        for (int index = 0; index < count; index++) array.add(single(field, elementType));
        return array;
    }

    private JsonNode single(JsonNode field, String fieldType) {
        if (Character.isUpperCase(fieldType.charAt(0))) {
            return struct(field.has("fields") ? field.get("fields") : structs.get(fieldType));
        }
        return shape == Shape.FULL ? distinct(fieldType) : standard(field, fieldType);
    }

    private JsonNode distinct(String fieldType) {
        int n = serial++;
        int sign = n % 3 == 1 ? -1 : 1;
        return switch (fieldType) {
            case "bool" -> JSON.booleanNode(true);
            case "int8" -> JSON.numberNode(sign * (1 + n % 127));
            case "int16" -> JSON.numberNode(sign * (257 + n * 11));
            case "uint16" -> JSON.numberNode(65_535 - n);
            case "int32" -> JSON.numberNode(sign * (16_909_060 + n * 65_537));
            case "uint32" -> JSON.numberNode(4_294_967_295L - n);
            case "int64" -> JSON.numberNode(sign * (LARGEST_SAFE_INTEGER - n));
            case "float64" -> JSON.numberNode(1.5 + n);
            case "uuid" -> JSON.textNode(new Uuid(0x0123456789abcdefL, 0xfedcba9876543210L + n).toString());
            // The first string of a message is longer than 127 bytes, so that its length needs two varint bytes.
            case "string" -> JSON.textNode((n == 0 ? "long".repeat(33) : "") + "s" + n + "-é-日本-𝄞");
            case "bytes" -> JSON.binaryNode(new byte[] {(byte) n, 0, -1, 127, -128});
            case "records" -> JSON.binaryNode(records(n));
            default -> throw new IllegalArgumentException("no value for a field of type " + fieldType);
        };
    }

    private static byte[] records(int n) {
        byte[] text = ("value " + n).getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = MemoryRecords.withRecords(
            Compression.NONE, new SimpleRecord(1_700_000_000_000L + n, text)).buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private JsonNode standard(JsonNode field, String fieldType) {
        boolean isElement = field.get("type").asText().startsWith("[]");
        String text = field.has("default") && !isElement ? field.get("default").asText() : "";
        if (text.equals("null")) return JSON.nullNode();
        return switch (fieldType) {
            case "bool" -> JSON.booleanNode(text.equals("true"));
            case "int8", "int16", "int32", "uint16", "uint32", "int64" ->
                JSON.numberNode(text.isEmpty() ? 0L : Long.decode(text));
            case "float64" -> JSON.numberNode(text.isEmpty() ? 0.0 : Double.parseDouble(text));
            case "uuid" -> JSON.textNode(Uuid.ZERO_UUID.toString());
            case "string" -> JSON.textNode(text);
            case "bytes", "records" -> JSON.binaryNode(new byte[0]);
            default -> throw new IllegalArgumentException("no default for a field of type " + fieldType);
        };
    }
}
