import { alterConfigs } from '../../protocol/messages/alter-configs.ts';
import { replacedConfig } from '../config/alter.ts';
import { alterResources } from '../config-resources.ts';
import { laterHandler } from '../handler.ts';

/** AlterConfigs: replaces all that was given for topics, or what clients gave the broker; each resource has its own error. */
export const handleAlterConfigs = laterHandler(alterConfigs, async ({ request, broker, access }) => ({
  responses: await alterResources(
    request.resources,
    ({ configs }) => ({ names: configs.map(({ name }) => name), edit: () => replacedConfig(configs) }),
    request.validateOnly,
    broker,
    access,
  ),
}));
