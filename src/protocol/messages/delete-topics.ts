import { api, array, between, ignorable, int16, int32, nullable, since, string, uuid, withDefault } from '../schema.ts';

/** DeleteTopics: by name in `topicNames` up to version 5, by name or id in `topics` from version 6 (KIP-516). */
export const deleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexibleFrom: 4,
  request: {
    topics: since(6, array({ name: withDefault(nullable(string), null), topicId: since(6, uuid) })),
    topicNames: ignorable(between(0, 5, array(string))),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    responses: array({
      name: nullable(string, 6),
      topicId: ignorable(since(6, uuid)),
      errorCode: int16,
      errorMessage: ignorable(since(5, nullable(string), null)),
    }),
  },
});
