import { ErrorCode } from '../../protocol/errors.ts';
import {
  findCoordinator,
  GROUP_COORDINATOR,
  TRANSACTION_COORDINATOR,
} from '../../protocol/messages/find-coordinator.ts';
import { laterHandler } from '../handler.ts';
import { may } from '../security/access.ts';
import type { Address } from '../security/listeners.ts';
import type { BrokerState } from '../state.ts';

const FIRST_WITH_SEVERAL_KEYS = 4;

/** FindCoordinator: this broker coordinates every group and every transaction. */
export const handleFindCoordinator = laterHandler(
  findCoordinator,
  async ({ request, version, broker, advertised, access }) => {
    const found = await coordinatorFor(request.keyType, broker, advertised);
    const forKey = (key: string) => {
      if (request.keyType === GROUP_COORDINATOR && !may(access, 'DESCRIBE', 'GROUP', key))
        return failed(ErrorCode.GROUP_AUTHORIZATION_FAILED, 'Not allowed to describe the group.');
      if (request.keyType === TRANSACTION_COORDINATOR && !may(access, 'DESCRIBE', 'TRANSACTIONAL_ID', key))
        return failed(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'Not allowed to describe the transactional id.');
      return found;
    };
    if (version < FIRST_WITH_SEVERAL_KEYS) return forKey(request.key);
    return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...forKey(key) })) };
  },
);

const failed = (errorCode: number, errorMessage: string) => ({
  errorCode,
  errorMessage,
  nodeId: -1,
  host: '',
  port: -1,
});

const coordinatorFor = async (keyType: number, broker: BrokerState, advertised: Address) => {
  if (keyType !== GROUP_COORDINATOR && keyType !== TRANSACTION_COORDINATOR)
    return failed(ErrorCode.INVALID_REQUEST, `Key type ${keyType} is neither a group nor a transaction.`);
  const errorCode = keyType === GROUP_COORDINATOR ? await broker.groups.readiness() : ErrorCode.NONE;
  if (errorCode !== ErrorCode.NONE) return failed(errorCode, 'The topic of consumer groups cannot be made.');
  // Kafka's clients have been given null by some versions and an empty text by others.
  return { errorCode, errorMessage: null, nodeId: broker.settings.nodeId, ...advertised };
};
