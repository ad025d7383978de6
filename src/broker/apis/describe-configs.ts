import { ErrorCode } from '../../protocol/errors.ts';
import { describeConfigs } from '../../protocol/messages/describe-configs.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema.ts';
import { checkAccess, describeResource } from '../config-resources.ts';
import { handler } from '../handler.ts';
import type { Access } from '../security/access.ts';
import type { BrokerState } from '../state.ts';
import { TopicError } from '../topic-name.ts';

type Request = RequestOf<typeof describeConfigs>;
type Answered = ResponseInput<typeof describeConfigs>['results'][number];

/** DescribeConfigs: settings of topics and of this broker, with where they come from. */
export const handleDescribeConfigs = handler(describeConfigs, ({ request, broker, access }) => ({
  results: request.resources.map((resource) => describe(resource, request.includeSynonyms, broker, access)),
}));

const describe = (
  asked: Request['resources'][number],
  withSynonyms: boolean,
  broker: BrokerState,
  access: Access | null,
): Answered => {
  const { resourceType, resourceName, configurationKeys } = asked;
  const keys = configurationKeys === null || configurationKeys.length === 0 ? null : new Set(configurationKeys);
  try {
    checkAccess(asked, 'DESCRIBE_CONFIGS', access);
    const entries = describeResource(asked, broker).filter(({ name }) => keys === null || keys.has(name));
    const configs = entries.map(({ name, value, readOnly, source, type, synonyms }) => ({
      name,
      value,
      readOnly,
      configSource: source,
      isSensitive: false,
      synonyms: withSynonyms ? synonyms : [],
      configType: type,
      documentation: null,
    }));
    return { errorCode: ErrorCode.NONE, errorMessage: null, resourceType, resourceName, configs };
  } catch (error) {
    if (!(error instanceof TopicError)) throw error;
    return { errorCode: error.code, errorMessage: error.message, resourceType, resourceName, configs: [] };
  }
};
