/**
 * What members of a classic group whose protocol type is `consumer` say to each other through JoinGroup's metadata and
 * SyncGroup's assignment (Kafka's `ConsumerProtocol`). Versions only ever add fields at the end, so newer ones can be read.
 */
import { array, bytes, ignorable, int32, nullable, since, string, withDefault } from '../schema.ts';
import { recordSchema } from './record-schema.ts';

/** What a member wants to read, what it owns (KIP-429, generation KIP-792) and where it is (KIP-881). */
export const consumerProtocolSubscription = recordSchema({
  name: 'ConsumerProtocolSubscription',
  versions: [0, 3],
  flexibleFrom: null,
  readsNewer: true,
  fields: {
    topics: array(string),
    userData: withDefault(nullable(bytes), null),
    ownedPartitions: ignorable(since(1, array({ topic: string, partitions: array(int32) }))),
    generationId: ignorable(since(2, int32, -1)),
    rackId: ignorable(since(3, nullable(string), null)),
  },
});

/** What a member is to read. */
export const consumerProtocolAssignment = recordSchema({
  name: 'ConsumerProtocolAssignment',
  versions: [0, 3],
  flexibleFrom: null,
  readsNewer: true,
  fields: {
    assignedPartitions: array({ topic: string, partitions: array(int32) }),
    userData: withDefault(nullable(bytes), null),
  },
});
