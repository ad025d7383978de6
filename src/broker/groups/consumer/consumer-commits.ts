import { ErrorCode } from '../../../protocol/errors.ts';
import { NO_GENERATION } from '../member.ts';
import type { MemberIdentity } from '../membership.ts';
import type { ConsumerGroup } from './consumer-group.ts';

/**
 * Whether offsets may be committed in a consumer group: members with their epoch, or anybody without one while nobody is in
 * it. A commit of a transaction may leave out who it comes from (KIP-447 came later than transactions), and is told of
 * epochs in the words of generations.
 */
export const consumerCommitError = (
  group: ConsumerGroup,
  who: MemberIdentity & { readonly generationId: number },
  isTransactional: boolean,
): number => {
  if (who.generationId < 0 && group.memberCount === 0) return ErrorCode.NONE;
  const isNobody = who.generationId === NO_GENERATION && who.memberId === '' && who.instanceId === null;
  if (isTransactional && isNobody) return ErrorCode.NONE;
  const member = group.member(who.memberId);
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
  if (who.generationId === member.memberEpoch) return ErrorCode.NONE;
  return isTransactional ? ErrorCode.ILLEGAL_GENERATION : ErrorCode.STALE_MEMBER_EPOCH;
};

/** Whether a member may be told offsets of a consumer group; somebody who says nothing of himself always may. */
export const consumerFetchError = (
  group: ConsumerGroup,
  { memberId, memberEpoch }: { readonly memberId: string | null; readonly memberEpoch: number },
): number => {
  if (memberId === null && memberEpoch < 0) return ErrorCode.NONE;
  const member = group.member(memberId ?? '');
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
  return member.memberEpoch === memberEpoch ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
};
