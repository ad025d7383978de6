import type { Admin } from '../../client/admin.ts';
import { gatherProperties } from '../client-properties.ts';
import type { FlagTable, FlagValues } from '../flags.ts';
import { UsageError } from '../usage.ts';
import { asToolFailure } from './tool-failure.ts';

/** Heading of these flags in help texts. */
export const CONNECTION_GROUP = 'Cluster:';

/** --bootstrap-server, which every tool has. */
export const bootstrapFlag: FlagTable = {
  'bootstrap-server': {
    kind: 'value',
    group: CONNECTION_GROUP,
    metavar: 'HOST:PORT,...',
    description: 'Brokers to ask first (required)',
  },
};

/** Flags of the administrative tools' connection. */
export const adminFlags: FlagTable = {
  ...bootstrapFlag,
  'command-config': {
    kind: 'value',
    group: CONNECTION_GROUP,
    metavar: 'FILE',
    description: 'Properties file with properties of the connection, such as request.timeout.ms',
  },
  zookeeper: { kind: 'refused', description: 'was removed from Kafka; use --bootstrap-server' },
};

/** Splits bootstrap.servers from the other properties. Throws UsageError when no source names it. */
export function splitBootstrap({
  'bootstrap.servers': bootstrapServers,
  ...properties
}: Readonly<Record<string, string>>): {
  readonly bootstrapServers: string;
  readonly properties: Readonly<Record<string, string>>;
} {
  if (bootstrapServers === undefined)
    throw new UsageError('--bootstrap-server is missing; give one, such as --bootstrap-server 127.0.0.1:9092');
  return { bootstrapServers, properties };
}

/** Where an administrative tool connects to; `warn` is told what of a file is left out. Throws UsageError. */
export function readAdminTarget(flags: FlagValues, warn: (line: string) => void): ReturnType<typeof splitBootstrap> {
  const path = flags.value('command-config');
  const servers = flags.value('bootstrap-server');
  return splitBootstrap(
    gatherProperties({
      client: 'admin',
      warn,
      defaults: {},
      file: path === null ? null : { flag: 'command-config', path },
      assignments: { flag: 'command-property', texts: [] },
      flags: servers === null ? [] : [['bootstrap.servers', 'bootstrap-server', servers]],
    }),
  );
}

/** Opens an admin client for `work` and closes it afterwards. Throws ToolFailure for what the cluster refuses. */
export async function withAdmin<Value>(
  target: ReturnType<typeof splitBootstrap>,
  work: (admin: Admin) => Promise<Value>,
): Promise<Value> {
  const { openAdmin } = await import('../../client/admin.ts');
  const admin = openAdmin(target);
  try {
    return await work(admin);
  } catch (error) {
    throw asToolFailure(error);
  } finally {
    admin.close();
  }
}
