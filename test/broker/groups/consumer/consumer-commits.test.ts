import { expect, it } from 'vitest';
import { consumerCommitError, consumerFetchError } from '../../../../src/broker/groups/consumer/consumer-commits.ts';
import { ErrorCode } from '../../../../src/protocol/errors.ts';
import { ConsumerGroupOnBench } from './support.ts';

const { NONE, ILLEGAL_GENERATION, STALE_MEMBER_EPOCH, UNKNOWN_MEMBER_ID } = ErrorCode;

const benchWithMember = () => {
  const bench = new ConsumerGroupOnBench({ t: 1 });
  bench.join('m1', { topics: ['t'] });
  return bench;
};

const who = (memberId: string, generationId: number) => ({ memberId, generationId, instanceId: null });

it('Members commit with their epoch, and nobody else while they are there', () => {
  const { group } = benchWithMember();
  const errors = [who('m1', 1), who('m1', 0), who('m2', 1), who('', -1)].map((each) =>
    consumerCommitError(group, each, false),
  );
  expect(errors).toEqual([NONE, STALE_MEMBER_EPOCH, UNKNOWN_MEMBER_ID, UNKNOWN_MEMBER_ID]);
});

it('A transaction may leave out who commits, and is told of a generation', () => {
  const { group } = benchWithMember();
  const errors = [who('', -1), who('m1', 1), who('m1', 2), who('m2', 1)].map((each) =>
    consumerCommitError(group, each, true),
  );
  expect(errors).toEqual([NONE, NONE, ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID]);
});

it('Anybody commits in a group that is empty, without an epoch', () => {
  const bench = benchWithMember();
  bench.beat('m1', -1);
  expect(consumerCommitError(bench.group, who('', -1), false)).toBe(NONE);
  expect(consumerCommitError(bench.group, who('m1', 1), false)).toBe(UNKNOWN_MEMBER_ID);
});

it('Offsets are told to members with their epoch, and to who says nothing of himself', () => {
  const { group } = benchWithMember();
  expect(consumerFetchError(group, { memberId: null, memberEpoch: -1 })).toBe(NONE);
  expect(consumerFetchError(group, { memberId: 'm1', memberEpoch: 1 })).toBe(NONE);
  expect(consumerFetchError(group, { memberId: 'm1', memberEpoch: 2 })).toBe(STALE_MEMBER_EPOCH);
  expect(consumerFetchError(group, { memberId: 'm2', memberEpoch: 1 })).toBe(UNKNOWN_MEMBER_ID);
});
