import { type Assignor, byMember, byTopic, type Subscriber } from './assignor.ts';

/** All partitions of all topics in their order, one to each member in turn that reads the topic: Kafka's `RoundRobinAssignor`. */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  assign(members, partitionCounts) {
    const ring = members.toSorted(byMember);
    const assigned = new Map<string, { topic: string; partition: number }[]>();
    let turn = 0;
    for (const topic of [...partitionCounts.keys()].toSorted()) {
      if (!ring.some(({ topics }) => topics.includes(topic))) continue;
      for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition++) {
        let member: Subscriber | undefined;
        do member = ring[turn++ % ring.length];
        while (member?.topics.includes(topic) !== true);
        const others = assigned.get(member.memberId);
        if (others === undefined) assigned.set(member.memberId, [{ topic, partition }]);
        else others.push({ topic, partition });
      }
    }
    return new Map([...assigned].map(([memberId, partitions]) => [memberId, byTopic(partitions)]));
  },
};
