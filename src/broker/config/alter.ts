import {
  APPEND_CONFIG,
  DELETE_CONFIG,
  SET_CONFIG,
  SUBTRACT_CONFIG,
} from '../../protocol/messages/incremental-alter-configs.ts';
import type { ConfigTexts } from '../config.ts';
import { TopicError } from '../topic-name.ts';

/** One change that IncrementalAlterConfigs asks for. */
export type ConfigChange = { readonly name: string; readonly configOperation: number; readonly value: string | null };

/** Settings that are lists, which can be added to and taken from. */
const LISTS: ReadonlySet<string> = new Set([
  'cleanup.policy',
  'log.cleanup.policy',
  'follower.replication.throttled.replicas',
  'leader.replication.throttled.replicas',
]);

/**
 * The configuration that AlterConfigs puts in place of another.
 * @throws TopicError INVALID_REQUEST for a name that comes twice or a value that is null.
 */
export const replacedConfig = (
  configs: readonly { readonly name: string; readonly value: string | null }[],
): Record<string, string> => {
  refuseDuplicates(configs);
  return Object.fromEntries(configs.map(({ name, value }) => [name, expectValue(name, value)]));
};

/**
 * A configuration with changes.
 * @param effective the value of a list that was not given, to add to and to take from.
 * @throws TopicError INVALID_REQUEST or INVALID_CONFIG for changes that cannot be.
 */
export const changedConfig = (
  config: ConfigTexts,
  changes: readonly ConfigChange[],
  effective: (name: string) => string | null,
): Record<string, string> => {
  refuseDuplicates(changes);
  const texts = new Map(Object.entries(config));
  for (const { name, configOperation, value } of changes) {
    if (configOperation === DELETE_CONFIG) texts.delete(name);
    else if (configOperation === SET_CONFIG) texts.set(name, expectValue(name, value));
    else if (configOperation === APPEND_CONFIG || configOperation === SUBTRACT_CONFIG) {
      if (!LISTS.has(name))
        throw new TopicError('INVALID_CONFIG', `${name} is no list: it can be set and deleted only.`);
      const present = wordsOf(texts.get(name) ?? effective(name) ?? '');
      const words = wordsOf(expectValue(name, value));
      const changed =
        configOperation === APPEND_CONFIG
          ? [...present, ...words.filter((word) => !present.includes(word))]
          : present.filter((word) => !words.includes(word));
      texts.set(name, changed.join(','));
    } else throw new TopicError('INVALID_REQUEST', `There is no configuration operation ${configOperation}.`);
  }
  return Object.fromEntries(texts);
};

const wordsOf = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

const expectValue = (name: string, value: string | null): string => {
  if (value === null) throw new TopicError('INVALID_REQUEST', `${name} must have a value; got null.`);
  return value;
};

const refuseDuplicates = (configs: readonly { readonly name: string }[]): void => {
  const names = new Set<string>();
  for (const { name } of configs) {
    if (names.has(name)) throw new TopicError('INVALID_REQUEST', `${name} comes twice.`);
    names.add(name);
  }
};
