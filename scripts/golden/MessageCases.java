import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.RequestHeaderDataJsonConverter;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.message.ResponseHeaderDataJsonConverter;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.SimpleRecord;

/**
 * Writes one file of golden cases per API: values as Kafka's generated JSON converters print them, and the bytes
 * Kafka's generated classes write for them. The values are made from the message specifications inside the
 * kafka-clients jar, so a field that Kafka has cannot be forgotten here.
 */
public final class MessageCases {
    private record Api(String name, int lowest, int highest) {}

    private static final List<Api> APIS = List.of(
        new Api("Produce", 3, 11),
        new Api("Fetch", 4, 16),
        new Api("ListOffsets", 1, 8),
        new Api("Metadata", 0, 12),
        new Api("ApiVersions", 0, 4),
        new Api("CreateTopics", 2, 7),
        new Api("DeleteTopics", 1, 6),
        new Api("InitProducerId", 0, 4),
        new Api("CreatePartitions", 0, 3),
        new Api("OffsetCommit", 2, 9),
        new Api("OffsetFetch", 1, 9),
        new Api("FindCoordinator", 0, 4),
        new Api("JoinGroup", 0, 9),
        new Api("Heartbeat", 0, 4),
        new Api("LeaveGroup", 0, 5),
        new Api("SyncGroup", 0, 5),
        new Api("DescribeGroups", 0, 5),
        new Api("ListGroups", 0, 5),
        new Api("DeleteGroups", 0, 2),
        new Api("OffsetDelete", 0, 0),
        new Api("AddPartitionsToTxn", 0, 3),
        new Api("AddOffsetsToTxn", 0, 3),
        new Api("EndTxn", 0, 3),
        new Api("WriteTxnMarkers", 1, 1),
        new Api("TxnOffsetCommit", 0, 3),
        new Api("DescribeProducers", 0, 0),
        new Api("DescribeTransactions", 0, 0),
        new Api("ListTransactions", 0, 2),
        new Api("DescribeConfigs", 1, 4),
        new Api("AlterConfigs", 0, 2),
        new Api("IncrementalAlterConfigs", 0, 1),
        new Api("DeleteRecords", 0, 2),
        new Api("OffsetForLeaderEpoch", 2, 4),
        new Api("DescribeLogDirs", 1, 4),
        new Api("DescribeCluster", 0, 2),
        new Api("DescribeTopicPartitions", 0, 0),
        new Api("ElectLeaders", 0, 2),
        new Api("AlterPartitionReassignments", 0, 1),
        new Api("ListPartitionReassignments", 0, 0),
        new Api("SaslHandshake", 0, 1),
        new Api("SaslAuthenticate", 0, 2),
        new Api("DescribeAcls", 1, 3),
        new Api("CreateAcls", 1, 3),
        new Api("DeleteAcls", 1, 3),
        new Api("DescribeClientQuotas", 0, 1),
        new Api("AlterClientQuotas", 0, 1),
        new Api("DescribeUserScramCredentials", 0, 0),
        new Api("AlterUserScramCredentials", 0, 0),
        new Api("ConsumerGroupHeartbeat", 0, 1),
        new Api("ConsumerGroupDescribe", 0, 1));

    /**
     * A record that begins with its version, the folder its specification lies in and the package of its class.
     * A record's key carries the type of the record there: its own version is another one.
     */
    private record Prefixed(String name, String folder, String classes, int lowest, int highest, Integer keyVersion) {
        static Prefixed ofClients(String name, int lowest, int highest) {
            return new Prefixed(name, "common/message", "org.apache.kafka.common.message", lowest, highest, null);
        }

        static Prefixed ofCoordinator(String coordinator, String name, int lowest, int highest) {
            return new Prefixed(name, "common/message", generatedBy(coordinator), lowest, highest, null);
        }

        static Prefixed keyOfCoordinator(String coordinator, String name, int type) {
            return new Prefixed(name, "common/message", generatedBy(coordinator), type, type, 0);
        }

        private static String generatedBy(String coordinator) {
            return "org.apache.kafka.coordinator." + coordinator + ".generated";
        }
    }

    private static final List<Prefixed> RECORDS = List.of(
        Prefixed.keyOfCoordinator("group", "LegacyOffsetCommitKey", 0),
        Prefixed.keyOfCoordinator("group", "OffsetCommitKey", 1),
        Prefixed.ofCoordinator("group", "OffsetCommitValue", 0, 4),
        Prefixed.keyOfCoordinator("group", "GroupMetadataKey", 2),
        Prefixed.ofCoordinator("group", "GroupMetadataValue", 0, 4),
        Prefixed.keyOfCoordinator("transaction", "TransactionLogKey", 0),
        Prefixed.ofCoordinator("transaction", "TransactionLogValue", 0, 1),
        Prefixed.ofClients("ConsumerProtocolSubscription", 0, 3),
        Prefixed.ofClients("ConsumerProtocolAssignment", 0, 3),
        new Prefixed("ProducerSnapshot", "message", "org.apache.kafka.server.log.remote.metadata.storage.generated", 1, 1, null));

    /** How a case chooses its values. A shape that gives the same bytes as an earlier one of its version is left out. */
    private enum Shape {
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

    private static final ObjectMapper JSON = new ObjectMapper().configure(JsonParser.Feature.ALLOW_COMMENTS, true);
    private static final long LARGEST_SAFE_INTEGER = (1L << 53) - 1;

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        Files.createDirectories(directory);
        List<String> unknownTagCases = new ArrayList<>();
        for (Api api : APIS) {
            ApiKeys key = keyOf(api.name());
            List<String> cases = new ArrayList<>();
            addHeaderCases(cases, key, api);
            for (String kind : List.of("request", "response")) {
                MessageType type = new MessageType(api.name() + (kind.equals("request") ? "Request" : "Response"));
                for (int version = api.lowest(); version <= api.highest(); version++) {
                    short bodyVersion = (short) version;
                    addBodyCases(cases, type, bodyVersion, (shape, json, bytes) ->
                        line(kind, bodyVersion, shape.label, null, json, bytes));
                    if (version == api.highest() && type.isFlexible((short) version)) {
                        unknownTagCases.add(unknownTagCase(key, api.name(), kind, type, (short) version));
                    }
                }
            }
            write(directory.resolve(api.name() + ".json"), "\"apiKey\":" + key.id + ",\"apiName\":\"" + api.name() + "\"", cases);
        }
        write(
            directory.resolve("unknown-tagged-fields.json"),
            "\"about\":\"bodies with a tagged field nobody knows: they decode to json; encoding json again gives other bytes\"",
            unknownTagCases);
        writeRecordCases(directory.resolve("records.json"));
    }

    private static void writeRecordCases(Path file) throws Exception {
        List<String> cases = new ArrayList<>();
        for (Prefixed record : RECORDS) {
            MessageType type = new MessageType(record.name(), record.folder(), record.classes());
            for (int version = record.lowest(); version <= record.highest(); version++) {
                short own = (short) (record.keyVersion() == null ? version : record.keyVersion());
                List<String> bodies = new ArrayList<>();
                addBodyCases(bodies, type, own, (shape, json, bytes) -> {
                    byte[] prefixed = ByteBuffer.allocate(2 + bytes.length).putShort(versionOf(record, own)).put(bytes).array();
                    return line("record", versionOf(record, own), shape.label, null, json, prefixed);
                });
                for (String body : bodies) cases.add("{\"record\":\"" + record.name() + "\"," + body.substring(1));
            }
        }
        write(file, "\"about\":\"records that begin with their version\"", cases);
    }

    /** What stands in the first two bytes. */
    private static short versionOf(Prefixed record, short own) {
        return record.keyVersion() == null ? own : (short) record.lowest();
    }

    private static ApiKeys keyOf(String apiName) {
        for (ApiKeys key : ApiKeys.values()) {
            if (key.name.equals(apiName)) return key;
        }
        throw new IllegalArgumentException("Kafka has no API named " + apiName);
    }

    private static void addHeaderCases(List<String> cases, ApiKeys key, Api api) throws Exception {
        Set<Short> seenRequest = new HashSet<>();
        Set<Short> seenResponse = new HashSet<>();
        for (int version = api.lowest(); version <= api.highest(); version++) {
            short requestVersion = key.requestHeaderVersion((short) version);
            boolean isFirst = seenRequest.add(requestVersion);
            RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(key.id)
                .setRequestApiVersion((short) version)
                .setCorrelationId(70_000 + version)
                .setClientId("client-é-日本-𝄞");
            addRequestHeader(cases, "full", header, requestVersion);
            if (isFirst) {
                addRequestHeader(cases, "minimal", header.duplicate().setCorrelationId(0).setClientId(""), requestVersion);
                addRequestHeader(cases, "nulls", header.duplicate().setCorrelationId(-1).setClientId(null), requestVersion);
            }
            short responseVersion = key.responseHeaderVersion((short) version);
            if (seenResponse.add(responseVersion)) {
                addResponseHeader(cases, "full", version, 70_000 + version, responseVersion);
                addResponseHeader(cases, "minimal", version, 0, responseVersion);
            }
        }
    }

    private static void addRequestHeader(List<String> cases, String name, RequestHeaderData header, short version)
        throws Exception {
        JsonNode json = RequestHeaderDataJsonConverter.write(header, version, true);
        cases.add(line("requestHeader", version, name, header.requestApiVersion(), json, bytesOf(header, version)));
    }

    private static void addResponseHeader(List<String> cases, String name, int apiVersion, int correlationId, short version)
        throws Exception {
        ResponseHeaderData header = new ResponseHeaderData().setCorrelationId(correlationId);
        JsonNode json = ResponseHeaderDataJsonConverter.write(header, version, true);
        cases.add(line("responseHeader", version, name, (short) apiVersion, json, bytesOf(header, version)));
    }

    /** Prints one case. */
    private interface CaseLine {
        String of(Shape shape, JsonNode json, byte[] bytes) throws Exception;
    }

    private static void addBodyCases(List<String> cases, MessageType type, short version, CaseLine line) throws Exception {
        Set<String> seen = new HashSet<>();
        for (Shape shape : Shape.values()) {
            ObjectNode value = shape == Shape.MINIMAL ? null : new Values(type, version, shape).message();
            Message message = value == null ? type.empty() : type.fromJson(value, version);
            byte[] bytes = bytesOf(message, version);
            Message again = type.fromBytes(bytes, version);
            require(again.equals(message), type.name + " v" + version + " " + shape.label + " does not read back equal");
            if (!seen.add(hex(bytes))) continue;
            JsonNode json = type.toJson(message, version);
            if (value != null) restoreRecords(value, json);
            cases.add(line.of(shape, json, bytes));
        }
    }

    private static String unknownTagCase(ApiKeys key, String apiName, String kind, MessageType type, short version)
        throws Exception {
        ObjectNode value = new Values(type, version, Shape.FULL).message();
        Message message = type.fromJson(value, version);
        message.unknownTaggedFields().add(new RawTaggedField(1_000, "unknown".getBytes(StandardCharsets.UTF_8)));
        message.unknownTaggedFields().add(new RawTaggedField(100_000, new byte[0]));
        JsonNode json = type.toJson(message, version);
        restoreRecords(value, json);
        String rest = line(kind, version, "unknownTags", null, json, bytesOf(message, version)).substring(1);
        return "{\"apiKey\":" + key.id + ",\"apiName\":\"" + apiName + "\"," + rest;
    }

    private static void require(boolean condition, String sentence) {
        if (!condition) throw new IllegalStateException(sentence);
    }

    private static byte[] bytesOf(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        require(!buffer.hasRemaining(), message.getClass() + " wrote fewer bytes than its size");
        return buffer.array();
    }

    /** Kafka's converters print `records` as an empty string; put back, in base64, what was serialised. */
    private static void restoreRecords(JsonNode from, JsonNode to) {
        if (from.isArray()) {
            for (int index = 0; index < from.size(); index++) restoreRecords(from.get(index), to.get(index));
        } else if (from.isObject()) {
            from.fieldNames().forEachRemaining(name -> {
                JsonNode target = to.get(name);
                if (name.equals("records") && target != null && !target.isNull()) {
                    ((ObjectNode) to).set(name, from.get(name));
                } else if (target != null) {
                    restoreRecords(from.get(name), target);
                }
            });
        }
    }

    private static String line(String kind, short version, String name, Short apiVersion, JsonNode json, byte[] bytes)
        throws Exception {
        return "{\"kind\":\"" + kind + "\",\"version\":" + version + ",\"name\":\"" + name + "\""
            + (apiVersion == null ? "" : ",\"apiVersion\":" + apiVersion)
            + ",\"json\":" + JSON.writeValueAsString(json) + ",\"hex\":\"" + hex(bytes) + "\"}";
    }

    static String hex(byte[] bytes) {
        return java.util.HexFormat.of().formatHex(bytes);
    }

    /** One case a line, so that a difference after a change of Kafka's version can be read. */
    static void write(Path file, String head, List<String> cases) throws Exception {
        Files.writeString(file, "{" + head + ",\"cases\":[\n" + String.join(",\n", cases) + "\n]}\n");
    }

    /** A generated message class of Kafka's, its JSON converter and its specification. */
    private static final class MessageType {
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
    }

    /** Makes the value of one case from a specification; every number and string differs from every other. */
    private static final class Values {
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
            ObjectNode node = JSON.createObjectNode();
            for (JsonNode field : fields) {
                // A tagged field's versions may stand in taggedVersions alone.
                if (!contains(field.get(field.has("versions") ? "versions" : "taggedVersions"), version)) continue;
                if (contains(field.get("taggedVersions"), version) && shape != Shape.FULL) continue;
                String name = field.get("name").asText();
                node.set(Character.toLowerCase(name.charAt(0)) + name.substring(1), value(field));
            }
            return node;
        }

        private JsonNode value(JsonNode field) {
            String fieldType = field.get("type").asText();
            boolean isNullable = contains(field.get("nullableVersions"), version);
            boolean isArray = fieldType.startsWith("[]");
            boolean wantsNull = shape == Shape.NULLS || (shape == Shape.NULL_ELEMENTS && !isArray);
            if (isNullable && wantsNull) return JSON.nullNode();
            if (!isArray) return single(field, fieldType);
            ArrayNode array = JSON.createArrayNode();
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
                case "bool" -> JSON.getNodeFactory().booleanNode(true);
                case "int8" -> JSON.getNodeFactory().numberNode(sign * (1 + n % 127));
                case "int16" -> JSON.getNodeFactory().numberNode(sign * (257 + n * 11));
                case "uint16" -> JSON.getNodeFactory().numberNode(65_535 - n);
                case "int32" -> JSON.getNodeFactory().numberNode(sign * (16_909_060 + n * 65_537));
                case "uint32" -> JSON.getNodeFactory().numberNode(4_294_967_295L - n);
                case "int64" -> JSON.getNodeFactory().numberNode(sign * (LARGEST_SAFE_INTEGER - n));
                case "float64" -> JSON.getNodeFactory().numberNode(1.5 + n);
                case "uuid" -> JSON.getNodeFactory().textNode(new Uuid(0x0123456789abcdefL, 0xfedcba9876543210L + n).toString());
                // The first string of a message is longer than 127 bytes, so that its length needs two varint bytes.
                case "string" -> JSON.getNodeFactory().textNode((n == 0 ? "long".repeat(33) : "") + "s" + n + "-é-日本-𝄞");
                case "bytes" -> JSON.getNodeFactory().binaryNode(new byte[] {(byte) n, 0, -1, 127, -128});
                case "records" -> JSON.getNodeFactory().binaryNode(records(n));
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
                case "bool" -> JSON.getNodeFactory().booleanNode(text.equals("true"));
                case "int8", "int16", "int32", "uint16", "uint32", "int64" ->
                    JSON.getNodeFactory().numberNode(text.isEmpty() ? 0L : Long.decode(text));
                case "float64" -> JSON.getNodeFactory().numberNode(text.isEmpty() ? 0.0 : Double.parseDouble(text));
                case "uuid" -> JSON.getNodeFactory().textNode(Uuid.ZERO_UUID.toString());
                case "string" -> JSON.getNodeFactory().textNode(text);
                case "bytes", "records" -> JSON.getNodeFactory().binaryNode(new byte[0]);
                default -> throw new IllegalArgumentException("no default for a field of type " + fieldType);
            };
        }
    }

    /** Whether a version range of a specification (`3`, `0-5`, `12+`, `none`) contains a version. */
    private static boolean contains(JsonNode range, short version) {
        if (range == null || range.asText().equals("none")) return false;
        String text = range.asText();
        if (text.endsWith("+")) return version >= Integer.parseInt(text.substring(0, text.length() - 1));
        String[] ends = text.split("-");
        return version >= Integer.parseInt(ends[0]) && version <= Integer.parseInt(ends[ends.length - 1]);
    }
}
