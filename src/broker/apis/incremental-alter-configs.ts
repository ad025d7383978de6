import { incrementalAlterConfigs } from '../../protocol/messages/incremental-alter-configs.ts';
import { changedConfig } from '../config/alter.ts';
import { alterResources } from '../config-resources.ts';
import { laterHandler } from '../handler.ts';

/** IncrementalAlterConfigs: sets, deletes, adds to and takes from single settings; each resource has its own error. */
export const handleIncrementalAlterConfigs = laterHandler(
  incrementalAlterConfigs,
  async ({ request, broker, access }) => ({
    responses: await alterResources(
      request.resources,
      ({ configs }) => ({
        names: configs.map(({ name }) => name),
        edit: (present, effective) => changedConfig(present, configs, effective),
      }),
      request.validateOnly,
      broker,
      access,
    ),
  }),
);
