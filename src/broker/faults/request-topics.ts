/** Requests and responses taken apart by topic and partition, for any API that `topic-shapes.ts` knows. */
import {
  type Api,
  defaultOf,
  type Element,
  type Field,
  fieldsOf,
  isPresent,
  isWireType,
  type Struct,
} from '../../protocol/schema.ts';
import type { FaultMatch } from './fault.ts';
import type { TopicShape } from './topic-shapes.ts';

/** A message of the schema whose fields are known by name only. */
export type Message = Record<string, unknown>;

/** Finds the name of a topic that a request gives by its id; undefined when there is none. */
export type NameOfTopic = (topicId: string) => string | undefined;

/** True when the request names what the match asks for. */
export const namesMatch = (request: Message, shape: TopicShape, match: FaultMatch, nameOf: NameOfTopic): boolean => {
  const topics = messagesIn(request[shape.asked]) ?? [];
  return topics.some((topic) => {
    if (match.topic !== undefined && topicName(topic, shape, nameOf) !== match.topic) return false;
    return match.partition === undefined || partitionsOf(topic, shape).includes(match.partition);
  });
};

/** What of a request fails, and what is left of it. */
export type Split = {
  /** Entries of the response with the error. */
  readonly failed: readonly Message[];
  /** The request without them; null when nothing is left to be done. */
  readonly rest: Message | null;
};

/** Takes out of a request what the match asks for, and makes the answers with the error. */
export const splitRequest = (
  api: Api,
  shape: TopicShape,
  request: Message,
  match: FaultMatch,
  errorCode: number,
  nameOf: NameOfTopic,
): Split => {
  const failed: Message[] = [];
  const kept: Message[] = [];
  for (const topic of messagesIn(request[shape.asked]) ?? []) {
    const isNamed = match.topic === undefined || topicName(topic, shape, nameOf) === match.topic;
    const isHit = (partition: number): boolean => isNamed && (match.partition ?? partition) === partition;
    const hit = partitionsOf(topic, shape).filter(isHit);
    if (shape.partitions === null ? isNamed : hit.length > 0)
      failed.push(failedTopic(api, shape, topic, hit, errorCode));
    const left = shape.partitions === null ? topic : withoutPartitions(topic, shape.partitions, isHit);
    if (shape.partitions === null ? !isNamed : left !== null) kept.push(left ?? topic);
  }
  const isLeft = kept.length > 0 || shape.isAlwaysServed;
  return { failed, rest: isLeft ? { ...request, [shape.asked]: kept } : null };
};

/** A response with the failed entries beside those that were served. */
export const joinResponse = (
  api: Api,
  shape: TopicShape,
  served: Message | null,
  failed: readonly Message[],
): Message => {
  const response = served ?? defaultMessage(api.response);
  const topics = [...(messagesIn(response[shape.answered]) ?? [])];
  for (const entry of failed) {
    const at = topics.findIndex((topic) => keyOf(topic, shape) === keyOf(entry, shape));
    const same = topics[at];
    if (same === undefined || shape.partitions === null) topics.push(entry);
    else topics[at] = joinPartitions(same, entry, shape.partitions.answered);
  }
  return { ...response, [shape.answered]: topics };
};

/** A response to a request for all topics, with the error in those that the match asks for. */
export const failTopics = (
  api: Api,
  shape: TopicShape,
  response: Message,
  match: FaultMatch,
  errorCode: number,
): Message => {
  const topics = (messagesIn(response[shape.answered]) ?? []).map((topic) =>
    match.topic === undefined || topic[shape.name] === match.topic
      ? failedTopic(api, shape, topic, [], errorCode)
      : topic,
  );
  return { ...response, [shape.answered]: topics };
};

const failedTopic = (
  api: Api,
  shape: TopicShape,
  topic: Message,
  partitions: readonly number[],
  errorCode: number,
): Message => {
  const struct = structIn(api.response, shape.answered);
  const { name, topicId } = { name: topic[shape.name], topicId: topic.topicId };
  const entry = {
    ...defaultMessage(struct),
    ...(Object.hasOwn(struct, shape.name) ? { [shape.name]: name } : {}),
    ...(Object.hasOwn(struct, 'topicId') && topicId !== undefined ? { topicId } : {}),
  };
  if (shape.partitions === null) return { ...entry, ...shape.failed, errorCode };
  const { answered, answeredIndex, error } = shape.partitions;
  const empty = defaultMessage(structIn(struct, answered));
  const failed = partitions.map((index) => ({ ...empty, ...shape.failed, [answeredIndex]: index, [error]: errorCode }));
  return { ...entry, [answered]: failed };
};

const withoutPartitions = (
  topic: Message,
  { asked, askedIndex }: NonNullable<TopicShape['partitions']>,
  isHit: (partition: number) => boolean,
): Message | null => {
  const entries = listIn(topic[asked]);
  const left = entries.filter((entry) => !isHit(indexOf(entry, askedIndex)));
  return left.length === 0 && entries.length > 0 ? null : { ...topic, [asked]: left };
};

const joinPartitions = (served: Message, failed: Message, name: string): Message => ({
  ...served,
  [name]: [...listIn(served[name]), ...listIn(failed[name])],
});

const partitionsOf = (topic: Message, { partitions }: TopicShape): number[] =>
  partitions === null ? [] : listIn(topic[partitions.asked]).map((entry) => indexOf(entry, partitions.askedIndex));

const indexOf = (entry: unknown, name: string | null): number =>
  Number(name === null ? entry : isMessage(entry) ? entry[name] : undefined);

const topicName = (topic: Message, shape: TopicShape, nameOf: NameOfTopic): string | undefined => {
  const name = topic[shape.name];
  if (typeof name === 'string' && name !== '') return name;
  return typeof topic.topicId === 'string' ? nameOf(topic.topicId) : undefined;
};

/** Tells the topics of one response apart. */
const keyOf = (topic: Message, shape: TopicShape): string => `${String(topic[shape.name])} ${String(topic.topicId)}`;

/** The struct that an array field of a struct holds. */
const structIn = (struct: Struct, name: string): Struct => {
  const entry = struct[name];
  if (entry === undefined) throw new Error(`there is no field ${name}`);
  let element: Element = isField(entry) ? entry.fieldOf : entry;
  while (isWireType(element)) {
    if (element.kind === 'array') element = element.element;
    else if (element.kind === 'nullable') element = element.inner;
    else throw new Error(`${name} holds no structs`);
  }
  return element;
};

const isField = (entry: Element | Field): entry is Field => 'isIgnorable' in entry && 'fieldOf' in entry;

/** A message with every field at its default. */
export const defaultMessage = (struct: Struct): Message => {
  const value = defaultOf(struct);
  return isMessage(value) ? value : {};
};

/** True when the response of every version has such a field at its top. */
export const hasAlways = ({ versions: [first, last], response }: Api, name: string): boolean =>
  fieldsOf(response).some((field) => field.name === name && isPresent(field, first) && isPresent(field, last));

const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An array field; no elements when it is null. */
export const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The structs of an array field; null when the field is. */
export const messagesIn = (value: unknown): readonly Message[] | null =>
  value === null ? null : listIn(value).filter(isMessage);
