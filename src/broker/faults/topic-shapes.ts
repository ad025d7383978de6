/** Where requests and responses name topics and partitions: what faults need to know of an API to tell partitions apart. */

/** Names of the fields that hold partitions. */
type PartitionShape = {
  /** The array in a topic of the request. */
  readonly asked: string;
  /** The partition's number in it; null where the array holds bare numbers. */
  readonly askedIndex: string | null;
  /** The array in a topic of the response, the number and the error in it. */
  readonly answered: string;
  readonly answeredIndex: string;
  readonly error: string;
};

/** Names of the fields that hold topics. */
export type TopicShape = {
  /** The array of topics in the request. */
  readonly asked: string;
  /** The array of topics in the response. */
  readonly answered: string;
  /** The topic's name in both; with ids beside it or in its place, it is the empty text or null. */
  readonly name: string;
  /** Null where a topic has an error of its own, `errorCode`, and no partitions. */
  readonly partitions: PartitionShape | null;
  /** What an entry with an error holds, where that is not the schema's default. */
  readonly failed: Readonly<Record<string, unknown>>;
  /** True when a response has more than the topics, so that it is made even when every topic fails. */
  readonly isAlwaysServed: boolean;
};

const byPartition = {
  asked: 'partitions',
  askedIndex: 'partitionIndex',
  answered: 'partitions',
  answeredIndex: 'partitionIndex',
  error: 'errorCode',
};
const byTopic = {
  asked: 'topics',
  answered: 'topics',
  name: 'name',
  partitions: null,
  failed: {},
  isAlwaysServed: false,
};
const MESSAGE = 'The broker was told to fail this by a fault.';

const shapes: Readonly<Record<string, TopicShape>> = {
  Produce: {
    ...byTopic,
    asked: 'topicData',
    answered: 'responses',
    partitions: {
      asked: 'partitionData',
      askedIndex: 'index',
      answered: 'partitionResponses',
      answeredIndex: 'index',
      error: 'errorCode',
    },
    failed: { baseOffset: -1 },
  },
  Fetch: {
    ...byTopic,
    answered: 'responses',
    name: 'topic',
    partitions: { ...byPartition, askedIndex: 'partition' },
    failed: { highWatermark: -1, records: Buffer.alloc(0) },
  },
  ListOffsets: { ...byTopic, partitions: byPartition },
  Metadata: { ...byTopic, isAlwaysServed: true },
  CreateTopics: { ...byTopic, failed: { errorMessage: MESSAGE } },
  CreatePartitions: { ...byTopic, answered: 'results', failed: { errorMessage: MESSAGE } },
  OffsetCommit: { ...byTopic, partitions: byPartition },
  TxnOffsetCommit: { ...byTopic, partitions: byPartition },
  AddPartitionsToTxn: {
    ...byTopic,
    asked: 'v3AndBelowTopics',
    answered: 'resultsByTopicV3AndBelow',
    partitions: {
      asked: 'partitions',
      askedIndex: null,
      answered: 'resultsByPartition',
      answeredIndex: 'partitionIndex',
      error: 'partitionErrorCode',
    },
  },
  DeleteRecords: { ...byTopic, partitions: byPartition, failed: { lowWatermark: -1 } },
  OffsetForLeaderEpoch: {
    ...byTopic,
    name: 'topic',
    partitions: { ...byPartition, askedIndex: 'partition', answeredIndex: 'partition' },
  },
};

/** The shape of an API, or null when its requests name no topics, or not in a way that is known here. */
export const topicShapeOf = (apiName: string): TopicShape | null => shapes[apiName] ?? null;

/** True when faults of an API can be for one topic, or for one partition. */
export const namesTopics = (apiName: string, byPartitionToo: boolean): boolean => {
  const shape = topicShapeOf(apiName);
  return shape !== null && (!byPartitionToo || shape.partitions !== null);
};
