/** The version of a cluster's brokers, as far as it can be told. */
import { readBrokerVersion as askBrokers } from '../../client/admin/broker-version.ts';
import { openAdmin } from '../../client/admin.ts';
import { messageOf, TestFailure } from '../failure.ts';

/** Rejects with a TestFailure when no broker answers. */
export const readBrokerVersion = async (
  bootstrapServers: string,
  properties: Readonly<Record<string, string>>,
): Promise<string> => {
  const admin = openAdmin({ bootstrapServers, properties });
  try {
    return await askBrokers(admin.access);
  } catch (error) {
    throw new TestFailure(`the brokers cannot be asked for their version: ${messageOf(error)}`, { cause: error });
  } finally {
    admin.close();
  }
};
