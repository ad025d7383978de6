import { api, array, bool, ignorable, int8, int16, int32, nullable, since, string, withDefault } from '../schema.ts';

/**
 * DescribeConfigs: the configuration of topics, brokers and other resources. `configurationKeys` null means all keys;
 * synonyms say where a value comes from (KIP-226), and types and documentation come from version 3 on (KIP-569).
 */
export const describeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexibleFrom: 4,
  request: {
    resources: array({ resourceType: int8, resourceName: string, configurationKeys: nullable(array(string)) }),
    includeSynonyms: withDefault(bool, false),
    includeDocumentation: since(3, bool),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    results: array({
      errorCode: int16,
      errorMessage: nullable(string),
      resourceType: int8,
      resourceName: string,
      configs: array({
        name: string,
        value: nullable(string),
        readOnly: bool,
        configSource: withDefault(int8, -1),
        isSensitive: bool,
        synonyms: array({ name: string, value: nullable(string), source: int8 }),
        configType: ignorable(since(3, int8)),
        documentation: ignorable(since(3, nullable(string))),
      }),
    }),
  },
});
