import { type BrokerOptions, startBroker } from '../broker.ts';
import { controlOf } from './control.ts';
import type { Started } from './start-broker.ts';

/** Starts a broker in this process. @throws BrokerStartError (rejects) */
export const startInProcess = async (options: BrokerOptions, log: (line: string) => void): Promise<Started> => {
  const broker = await startBroker({ ...options, log });
  const { host, port, advertised, clusterId } = broker;
  const close = (): Promise<void> => broker.close();
  return { host, port, advertised, clusterId, pid: process.pid, control: controlOf(broker), close };
};
