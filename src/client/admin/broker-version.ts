import { createHash } from 'node:crypto';
import { apiVersions } from '../../protocol/messages/api-versions.ts';
import type { AdminAccess } from './access.ts';

/** Kafka's feature for the format of its metadata, which is raised from one version to the next. */
const metadataFeature = 'metadata.version';
const hashLength = 8;

/**
 * What tells brokers from those of another version. Kafka does not tell its own; the ranges of its APIs and the level of `metadata.version`
 * (KIP-584, KIP-778) differ from one version to the next, and stand for it. Rejects with a ClientError.
 */
export const readBrokerVersion = async ({ cluster }: Pick<AdminAccess, 'cluster'>): Promise<string> => {
  const connection = await cluster.anyConnection();
  const client = { clientSoftwareName: 'spillway', clientSoftwareVersion: '0.1' };
  const { apiKeys, finalizedFeatures } = await connection.request(apiVersions, client);
  const ranges = apiKeys.map(({ apiKey, minVersion, maxVersion }) => `${apiKey}:${minVersion}-${maxVersion}`);
  const hash = createHash('sha256').update(ranges.toSorted().join(' ')).digest('hex').slice(0, hashLength);
  const level = finalizedFeatures.find(({ name }) => name === metadataFeature)?.maxVersionLevel;
  return `APIs ${hash}${level === undefined ? '' : `, ${metadataFeature} ${level}`}`;
};
