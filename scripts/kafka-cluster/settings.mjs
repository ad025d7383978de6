/** `server.properties` of a node of the real Kafka. */
import path from 'node:path';

/**
 * Where a node listens on 127.0.0.1, by listener: PLAINTEXT always, CONTROLLER in KRaft mode, the secured ones when they are asked for.
 *
 * @typedef {Record<string, number>} Ports
 */

/**
 * A node's settings.
 *
 * @param {{
 *   id: number,
 *   ports: Ports,
 *   dataDir: string,
 *   nodeCount: number,
 *   voters: string | null,
 *   zookeeperPort: number | null,
 *   hasRacks: boolean,
 *   security: readonly string[],
 *   config: readonly string[],
 * }} node `voters`: the quorum of KRaft, `id@host:port,...`; `hasRacks`: node 2 stands in rack-2, and so on, and consumers are sent to
 *   the replica of their rack (KIP-392); `config`: further settings, key=value
 */
export function nodeSettings({ id, ports, dataDir, nodeCount, voters, zookeeperPort, hasRacks, security, config }) {
  const names = Object.keys(ports);
  const listeners = names.map((name) => `${name}://127.0.0.1:${ports[name]}`);
  const advertised = listeners.filter((listener) => !listener.startsWith('CONTROLLER:'));
  const protocols = names.map((name) => `${name}:${name === 'CONTROLLER' ? 'PLAINTEXT' : name}`);
  const replicas = Math.min(nodeCount, 3);
  const inSync = Math.max(1, replicas - 1);
  const lines = [
    ...(voters === null
      ? [`broker.id=${id}`, `zookeeper.connect=127.0.0.1:${zookeeperPort}`]
      : [
          'process.roles=broker,controller',
          `node.id=${id}`,
          'controller.listener.names=CONTROLLER',
          `controller.quorum.voters=${voters}`,
          'share.coordinator.state.topic.replication.factor=1',
          'share.coordinator.state.topic.min.isr=1',
        ]),
    `listeners=${listeners.join(',')}`,
    `advertised.listeners=${advertised.join(',')}`,
    `listener.security.protocol.map=${protocols.join(',')}`,
    `log.dirs=${path.resolve(dataDir)}`,
    // Kafka's defaults need three brokers, and wait three seconds for more members of a group.
    `offsets.topic.replication.factor=${replicas}`,
    `transaction.state.log.replication.factor=${replicas}`,
    `transaction.state.log.min.isr=${inSync}`,
    `default.replication.factor=${replicas}`,
    `min.insync.replicas=${inSync}`,
    'group.initial.rebalance.delay.ms=0',
    ...(hasRacks
      ? [`broker.rack=rack-${id}`, 'replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector']
      : []),
    ...security,
    ...config,
  ];
  return `${lines.join('\n')}\n`;
}
