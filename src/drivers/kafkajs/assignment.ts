import type { PartitionAssigner } from 'kafkajs';
import type { TopicPartitions } from '../driver.ts';
import type { KafkajsModule } from './client.ts';

/** Version of the metadata that members of the classic protocol send. */
const version = 1;
const userData = Buffer.alloc(0);

/** Gives the one member of a group the partitions that it is to have, since kafkajs reads only as a member of a group. */
export const assignerOf =
  ({ AssignerProtocol }: KafkajsModule, { topic, partitions }: TopicPartitions): PartitionAssigner =>
  () => ({
    name: 'spillway-direct',
    version,
    assign: async ({ members }) =>
      members.map(({ memberId }) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version,
          assignment: { [topic]: [...partitions] },
          userData,
        }),
      })),
    protocol: ({ topics }) => ({
      name: 'spillway-direct',
      metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData }),
    }),
  });
