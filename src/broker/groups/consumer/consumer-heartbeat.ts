import { ErrorCode } from '../../../protocol/errors.ts';
import type { GroupCoordinator } from '../coordinator.ts';
import type { GroupReconciler } from './group-reconciler.ts';
import { GroupRefusal } from './group-refusal.ts';
import { checkHeartbeat, failedHeartbeat, type HeartbeatAnswer, type HeartbeatCall } from './heartbeat-call.ts';
import { consumerOf } from './protocol-change.ts';

/** ConsumerGroupHeartbeat: answered when what it changes is written to `__consumer_offsets`. */
export const consumerHeartbeat = async (groups: GroupCoordinator, call: HeartbeatCall): Promise<HeartbeatAnswer> => {
  try {
    checkHeartbeat(call, groups.settings);
    const { answer, isWritten } = call.memberEpoch < 0 ? knownGroup(groups, call).leave(call) : beat(groups, call);
    if (await isWritten) return answer;
    return failedHeartbeat(ErrorCode.COORDINATOR_NOT_AVAILABLE, 'The group could not be written; the log says why.');
  } catch (error) {
    if (error instanceof GroupRefusal) return failedHeartbeat(error.code, error.message);
    throw error;
  }
};

const beat = (groups: GroupCoordinator, call: HeartbeatCall) => {
  if (call.memberEpoch > 0) return knownGroup(groups, call).heartbeat(call);
  const { groupId } = call;
  const isNew = groups.table.get(groupId) === undefined;
  const entry = groups.entryFor(groupId);
  if (entry === null) throw new GroupRefusal('POLICY_VIOLATION', 'The broker keeps as many groups as it can.');
  try {
    const consumer = consumerOf(groups, entry);
    if (consumer === null) throw notConsumer(groupId);
    return consumer.heartbeat(call);
  } catch (error) {
    // Nothing stays of a group that nobody could join.
    if (isNew) groups.table.remove(groupId);
    throw error;
  }
};

/** @throws GroupRefusal GROUP_ID_NOT_FOUND */
const knownGroup = ({ table }: GroupCoordinator, { groupId }: HeartbeatCall): GroupReconciler => {
  const entry = table.get(groupId);
  if (entry === undefined) throw new GroupRefusal('GROUP_ID_NOT_FOUND', `Group ${groupId} not found.`);
  if (entry.consumer === null) throw notConsumer(groupId);
  return entry.consumer;
};

const notConsumer = (groupId: string) =>
  new GroupRefusal('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`);
