import type { Target } from '../harness/plan.ts';
import { UsageError } from './usage.ts';

/** The protocol of a client's connections, in upper case as Kafka reads it. */
const protocolOf = (properties: Readonly<Record<string, string>>): string =>
  (properties['security.protocol'] ?? 'PLAINTEXT').trim().toUpperCase();

/** Whether the connections of a client are to be encrypted or authenticated. */
export const isSecured = (properties: Readonly<Record<string, string>>): boolean =>
  protocolOf(properties) !== 'PLAINTEXT';

/**
 * Refuses secured clients where a broker of our own would be started for them that speaks plaintext. A workload can give its broker
 * listeners of its own, and knows which.
 * @throws UsageError before anything has started
 */
export function checkTargetSecurity(target: Target, properties: Readonly<Record<string, string>>): void {
  if (target.kind === 'cluster' || Object.hasOwn(target.brokerConfig, 'listeners') || !isSecured(properties)) return;
  throw new UsageError(
    `security.protocol=${protocolOf(properties)} is set, but the broker of our own that a test starts speaks plaintext; give --bootstrap-server, or leave security.protocol out`,
  );
}
