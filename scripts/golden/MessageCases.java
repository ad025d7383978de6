import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.RequestHeaderDataJsonConverter;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.message.ResponseHeaderDataJsonConverter;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.RawTaggedField;

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

    private static final ObjectMapper JSON = new ObjectMapper();

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
        cases.add(line("requestHeader", version, name, header.requestApiVersion(), json, MessageType.bytesOf(header, version)));
    }

    private static void addResponseHeader(List<String> cases, String name, int apiVersion, int correlationId, short version)
        throws Exception {
        ResponseHeaderData header = new ResponseHeaderData().setCorrelationId(correlationId);
        JsonNode json = ResponseHeaderDataJsonConverter.write(header, version, true);
        cases.add(line("responseHeader", version, name, (short) apiVersion, json, MessageType.bytesOf(header, version)));
    }

    /** Prints one case. */
    interface CaseLine {
        String of(Values.Shape shape, JsonNode json, byte[] bytes) throws Exception;
    }

    static void addBodyCases(List<String> cases, MessageType type, short version, CaseLine line) throws Exception {
        Set<String> seen = new HashSet<>();
        for (Values.Shape shape : Values.Shape.values()) {
            ObjectNode value = shape == Values.Shape.MINIMAL ? null : new Values(type, version, shape).message();
            Message message = value == null ? type.empty() : type.fromJson(value, version);
            byte[] bytes = MessageType.bytesOf(message, version);
            Message again = type.fromBytes(bytes, version);
            MessageType.require(again.equals(message), type.name + " v" + version + " " + shape.label + " does not read back equal");
            if (!seen.add(hex(bytes))) continue;
            JsonNode json = type.toJson(message, version);
            if (value != null) restoreRecords(value, json);
            cases.add(line.of(shape, json, bytes));
        }
    }

    private static String unknownTagCase(ApiKeys key, String apiName, String kind, MessageType type, short version)
        throws Exception {
        ObjectNode value = new Values(type, version, Values.Shape.FULL).message();
        Message message = type.fromJson(value, version);
        message.unknownTaggedFields().add(new RawTaggedField(1_000, "unknown".getBytes(StandardCharsets.UTF_8)));
        message.unknownTaggedFields().add(new RawTaggedField(100_000, new byte[0]));
        JsonNode json = type.toJson(message, version);
        restoreRecords(value, json);
        String rest = line(kind, version, "unknownTags", null, json, MessageType.bytesOf(message, version)).substring(1);
        return "{\"apiKey\":" + key.id + ",\"apiName\":\"" + apiName + "\"," + rest;
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

    static String line(String kind, short version, String name, Short apiVersion, JsonNode json, byte[] bytes)
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
}
