/** Answers with an error for APIs whose requests fail as a whole. */
import type { Api } from '../../protocol/schema.ts';
import { defaultMessage, hasAlways, listIn, type Message, messagesIn } from './request-topics.ts';
import { topicShapeOf } from './topic-shapes.ts';

/** Makes the fields of a response that are not its defaults. */
type Answer = (request: Message, errorCode: number, version: number) => Message;

const FIRST_FIND_WITH_SEVERAL_KEYS = 4;
const FIRST_OFFSETS_WITH_AN_ERROR = 2;
const FIRST_OFFSETS_WITH_SEVERAL_GROUPS = 8;
const NO_NODE = { nodeId: -1, host: '', port: -1 };

/** APIs whose answer takes more than an error at its top. */
const answers: Readonly<Record<string, Answer>> = {
  FindCoordinator: ({ coordinatorKeys }, errorCode, version) =>
    version < FIRST_FIND_WITH_SEVERAL_KEYS
      ? { ...NO_NODE, errorCode }
      : { coordinators: listIn(coordinatorKeys).map((key) => ({ key, ...NO_NODE, errorCode, errorMessage: null })) },
  InitProducerId: (_request, errorCode) => ({ errorCode, producerEpoch: -1 }),
  JoinGroup: ({ memberId }, errorCode) => ({ errorCode, memberId }),
  OffsetFetch: ({ topics, groups }, errorCode, version) => {
    if (version >= FIRST_OFFSETS_WITH_SEVERAL_GROUPS)
      return { groups: (messagesIn(groups) ?? []).map(({ groupId }) => ({ groupId, topics: [], errorCode })) };
    if (version >= FIRST_OFFSETS_WITH_AN_ERROR) return { errorCode };
    return {
      topics: (messagesIn(topics) ?? []).map((topic) => ({
        name: topic.name,
        partitions: unknownOffsets(topic, errorCode),
      })),
    };
  },
};

const unknownOffsets = ({ partitionIndexes }: Message, errorCode: number): readonly Message[] =>
  listIn(partitionIndexes).map((partitionIndex) => ({ partitionIndex, committedOffset: -1, metadata: '', errorCode }));

/** True when requests of the API can be answered with an error. */
export const canFail = (api: Api): boolean =>
  topicShapeOf(api.name) !== null || Object.hasOwn(answers, api.name) || hasAlways(api, 'errorCode');

/** The response to a request that fails as a whole. */
export const errorAnswer = (api: Api, request: Message, errorCode: number, version: number): Message => ({
  ...defaultMessage(api.response),
  ...(answers[api.name]?.(request, errorCode, version) ?? { errorCode }),
});
