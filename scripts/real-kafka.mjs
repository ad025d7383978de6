/**
 * The real Apache Kafka on this machine, to hold Spillway against and to try things out with.
 *
 *     scripts/real-kafka start [--nodes 3] [--racks] [--secure] [--zookeeper] [--version 4.1.0] [--dir DIR] [--port N] [--config key=value ...]
 *     scripts/real-kafka status [--dir DIR]
 *     scripts/real-kafka stop [--node ID] [--dir DIR] [--remove]
 *
 * `start` gets the jars from Maven Central, formats nodes that are broker and controller in one (KRaft), starts them on
 * loopback, waits until all serve clients, and prints their addresses, which is all of stdout. `--secure` adds SSL,
 * SASL_PLAINTEXT and SASL_SSL listeners, and says on stderr where they are and which properties file a client needs.
 * `--racks` puts node 1 into rack-1, and so on, and has consumers with `client.rack` read from the replica of their rack.
 * `--zookeeper` runs the older mode, with `--version 3.9.1`. A stopped cluster keeps its data: started again on the same
 * directory it has its topics, and its ports when they are free. It needs a JDK 17 or later, and Maven for the first time.
 * KAFKA_JVM_PERFORMANCE_OPTS has further flags for the nodes' Java, as with Kafka's scripts.
 * Exit status: 0 done or running, 1 failed or not running, 2 wrong usage.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDirectory, runningCluster, startRealKafka, stopNode, stopRealKafka } from './kafka-cluster/cluster.mjs';
import { runs } from './kafka-cluster/state.mjs';
import { flags, usageFault, usageText } from './kafka-cluster/usage.mjs';
import { KAFKA_VERSION } from './kafka-jars.mjs';

const ZOOKEEPER_VERSION = '3.9.1';

/** @param {readonly string[]} argv */
async function main(argv) {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(usageText(defaultDirectory()));
    return 0;
  }
  const fault = usageFault(argv);
  if (fault !== null) {
    console.error(`real-kafka: ${fault}`);
    return 2;
  }
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: flags });
  const directory = path.resolve(values.dir ?? defaultDirectory());
  switch (positionals[0]) {
    case 'start': {
      const stopping = new AbortController();
      for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stopping.abort());
      const cluster = await startRealKafka({
        directory,
        version: values.version ?? (values.zookeeper ? ZOOKEEPER_VERSION : KAFKA_VERSION),
        port: Number(values.port),
        nodeCount: Number(values.nodes),
        hasRacks: values.racks,
        isSecured: values.secure,
        hasZookeeper: values.zookeeper,
        config: values.config ?? [],
        signal: stopping.signal,
      });
      for (const [protocol, addresses] of Object.entries(cluster.secured))
        console.error(
          `${protocol} on ${addresses}, for clients with --command-config ${cluster.clientSettings[protocol]}`,
        );
      console.log(cluster.bootstrap);
      return 0;
    }
    case 'stop': {
      if (values.node !== undefined) {
        await stopNode(directory, Number(values.node));
        return 0;
      }
      const wasRunning = await stopRealKafka(directory);
      if (values.remove) rmSync(directory, { recursive: true, force: true });
      console.error(
        wasRunning ? `stopped; its data is ${values.remove ? 'removed' : `in ${directory}`}` : 'no node was running',
      );
      return 0;
    }
    default: {
      const cluster = runningCluster(directory);
      if (cluster === null) console.log(`not running in ${directory}`);
      else
        for (const node of cluster.nodes)
          console.log(
            runs(node)
              ? `Kafka ${cluster.version} on 127.0.0.1:${node.ports.PLAINTEXT}, process ${node.pid}, data in ${node.dataDir}`
              : `node ${node.id} is stopped, data in ${node.dataDir}`,
          );
      return cluster === null ? 1 : 0;
    }
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`real-kafka: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
