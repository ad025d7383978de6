import { offsetDelete } from '../../protocol/messages/offset-delete.ts';
import { deleteOffsets } from '../groups/group-admin.ts';
import { laterHandler } from '../handler.ts';

/** OffsetDelete: forgets offsets of topics that the group does not read; answered when that is written. */
export const handleOffsetDelete = laterHandler(offsetDelete, ({ request, broker }) =>
  deleteOffsets(broker.groups, request.groupId, request.topics),
);
