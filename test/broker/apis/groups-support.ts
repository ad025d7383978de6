import { ErrorCode } from '../../../src/protocol/errors.ts';
import { joinGroup } from '../../../src/protocol/messages/join-group.ts';
import { syncGroup } from '../../../src/protocol/messages/sync-group.ts';
import { consumerProtocolSubscription } from '../../../src/protocol/records/consumer-protocol.ts';
import { encodeRecord } from '../../../src/protocol/records/record-schema.ts';
import type { RequestInput, ResponseOf } from '../../../src/protocol/schema.ts';
import type { Wire } from '../wire.ts';

/** What a consumer of these topics says as it joins. */
export const subscriptionTo = (...topics: string[]): Buffer =>
  encodeRecord(consumerProtocolSubscription, 1, { topics, ownedPartitions: [] });

/** A JoinGroup of a new consumer that reads topic t. */
export const joinCall = (groupId: string) => ({
  groupId,
  sessionTimeoutMs: 10_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: subscriptionTo('t') }],
});

/** Joins as a client does: once more with the member id that was handed out. */
export const joinWith = async (
  wire: Wire,
  version: number,
  call: RequestInput<typeof joinGroup>,
): Promise<ResponseOf<typeof joinGroup>> => {
  const request = version >= 1 ? { rebalanceTimeoutMs: 10_000, ...call } : call;
  const first = await wire.ask(joinGroup, version, request);
  if (first.errorCode !== ErrorCode.MEMBER_ID_REQUIRED) return first;
  return await wire.ask(joinGroup, version, { ...request, memberId: first.memberId });
};

/** The only member of a stable group, which is assigned the text "all". */
export const soloMember = async (
  wire: Wire,
  groupId: string,
  change: Partial<RequestInput<typeof joinGroup>> = {},
): Promise<{ groupId: string; memberId: string; generationId: number }> => {
  const { memberId, generationId, errorCode } = await joinWith(wire, 5, { ...joinCall(groupId), ...change });
  if (errorCode !== ErrorCode.NONE) throw new Error(`joining ${groupId} failed with ${errorCode}`);
  const who = { groupId, memberId, generationId };
  await wire.ask(syncGroup, 3, { ...who, assignments: [{ memberId, assignment: Buffer.from('all') }] });
  return who;
};
