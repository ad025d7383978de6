import { ErrorCode } from '../../protocol/errors.ts';
import { apiVersions } from '../../protocol/messages/api-versions.ts';
import type { ResponseInput } from '../../protocol/schema.ts';
import type { Exchange } from '../exchange.ts';
import { handler, settleWith } from '../handler.ts';

/** What client names and versions may look like (KIP-511). */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
const FIRST_WITH_SOFTWARE = 3;

/** ApiVersions: what is registered, and nothing else. */
export const handleApiVersions = handler(apiVersions, ({ request, version, broker }) => {
  const isNamed = SOFTWARE.test(request.clientSoftwareName) && SOFTWARE.test(request.clientSoftwareVersion);
  if (version >= FIRST_WITH_SOFTWARE && !isNamed) return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] };
  const apiKeys = Array.from(broker.handlers.values(), ({ api, advertised: [minVersion, maxVersion] }) => ({
    apiKey: api.key,
    minVersion,
    maxVersion,
  }));
  return { errorCode: ErrorCode.NONE, apiKeys: apiKeys.sort((left, right) => left.apiKey - right.apiKey) };
});

/** The answer to an ApiVersions version from the future: version 0, with the versions of this API alone (KIP-511). */
export const answerUnknownVersion = (exchange: Exchange): void => {
  const [minVersion, maxVersion] = apiVersions.versions;
  const response: ResponseInput<typeof apiVersions> = {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: apiVersions.key, minVersion, maxVersion }],
  };
  settleWith(apiVersions, exchange, response);
};
