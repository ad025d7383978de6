import { api, array, bool, ignorable, int16, int32, int64, since, string, tagged } from '../schema.ts';

/**
 * ApiVersions: which APIs a broker speaks, and in which versions (KIP-35, KIP-511; features KIP-584).
 * Its response header is never flexible, and a broker answers a version it does not know in version 0.
 */
export const apiVersions = api({
  key: 18,
  name: 'ApiVersions',
  versions: [0, 4],
  flexibleFrom: 3,
  request: {
    clientSoftwareName: ignorable(since(3, string)),
    clientSoftwareVersion: ignorable(since(3, string)),
  },
  response: {
    errorCode: int16,
    apiKeys: array({ apiKey: int16, minVersion: int16, maxVersion: int16 }),
    throttleTimeMs: ignorable(since(1, int32)),
    supportedFeatures: ignorable(tagged(0, 3, array({ name: string, minVersion: int16, maxVersion: int16 }))),
    finalizedFeaturesEpoch: ignorable(tagged(1, 3, int64, -1)),
    finalizedFeatures: ignorable(tagged(2, 3, array({ name: string, maxVersionLevel: int16, minVersionLevel: int16 }))),
    zkMigrationReady: ignorable(tagged(3, 3, bool)),
  },
});
