import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes golden cases of the records that begin with a 2-byte version: those of Kafka's own topics, the consumer protocol
 * and producer snapshots.
 */
public final class RecordCases {
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
        Prefixed.keyOfCoordinator("group", "ConsumerGroupMetadataKey", 3),
        Prefixed.ofCoordinator("group", "ConsumerGroupMetadataValue", 0, 0),
        Prefixed.keyOfCoordinator("group", "ConsumerGroupPartitionMetadataKey", 4),
        Prefixed.ofCoordinator("group", "ConsumerGroupPartitionMetadataValue", 0, 0),
        Prefixed.keyOfCoordinator("group", "ConsumerGroupMemberMetadataKey", 5),
        Prefixed.ofCoordinator("group", "ConsumerGroupMemberMetadataValue", 0, 0),
        Prefixed.keyOfCoordinator("group", "ConsumerGroupTargetAssignmentMetadataKey", 6),
        Prefixed.ofCoordinator("group", "ConsumerGroupTargetAssignmentMetadataValue", 0, 0),
        Prefixed.keyOfCoordinator("group", "ConsumerGroupTargetAssignmentMemberKey", 7),
        Prefixed.ofCoordinator("group", "ConsumerGroupTargetAssignmentMemberValue", 0, 0),
        Prefixed.keyOfCoordinator("group", "ConsumerGroupCurrentMemberAssignmentKey", 8),
        Prefixed.ofCoordinator("group", "ConsumerGroupCurrentMemberAssignmentValue", 0, 0),
        Prefixed.keyOfCoordinator("transaction", "TransactionLogKey", 0),
        Prefixed.ofCoordinator("transaction", "TransactionLogValue", 0, 1),
        Prefixed.ofClients("ConsumerProtocolSubscription", 0, 3),
        Prefixed.ofClients("ConsumerProtocolAssignment", 0, 3),
        new Prefixed("ProducerSnapshot", "message", "org.apache.kafka.server.log.remote.metadata.storage.generated", 1, 1, null));

    public static void main(String[] arguments) throws Exception {
        List<String> cases = new ArrayList<>();
        for (Prefixed record : RECORDS) {
            MessageType type = new MessageType(record.name(), record.folder(), record.classes());
            for (int version = record.lowest(); version <= record.highest(); version++) {
                short own = (short) (record.keyVersion() == null ? version : record.keyVersion());
                List<String> bodies = new ArrayList<>();
                MessageCases.addBodyCases(bodies, type, own, (shape, json, bytes) -> {
                    byte[] prefixed = ByteBuffer.allocate(2 + bytes.length).putShort(versionOf(record, own)).put(bytes).array();
                    return MessageCases.line("record", versionOf(record, own), shape.label, null, json, prefixed);
                });
                for (String body : bodies) cases.add("{\"record\":\"" + record.name() + "\"," + body.substring(1));
            }
        }
        MessageCases.write(Path.of(arguments[0]).resolve("records.json"), "\"about\":\"records that begin with their version\"", cases);
    }

    /** What stands in the first two bytes. */
    private static short versionOf(Prefixed record, short own) {
        return record.keyVersion() == null ? own : (short) record.lowest();
    }
}
