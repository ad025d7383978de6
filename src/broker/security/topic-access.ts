import type { Access } from './access.ts';
import type { Operation } from './acl.ts';

/** Parts topics into those the client may do that with and the others. */
export const byAccess = <T extends { readonly name: string }>(
  access: Access | null,
  operation: Operation,
  topics: readonly T[],
): readonly [allowed: readonly T[], forbidden: readonly T[]] => {
  if (access === null) return [topics, []];
  const isAllowed = topics.map(({ name }) => access.allows(operation, 'TOPIC', name));
  return [topics.filter((_, index) => isAllowed[index]), topics.filter((_, index) => isAllowed[index] !== true)];
};

type Places = readonly {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number }[];
}[];

/** The same error for each partition of topics. */
export const refuse = (topics: Places, errorCode: number) =>
  topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }));
