/**
 * One node of the real Apache Kafka on this machine, to hold Spillway against.
 *
 *     scripts/real-kafka start [--version 4.1.0] [--dir DIR] [--port N] [--config key=value ...]
 *     scripts/real-kafka status [--dir DIR]
 *     scripts/real-kafka stop [--dir DIR] [--remove]
 *
 * `start` gets the jars from Maven Central, formats a node that is broker and controller in one, starts it on loopback,
 * waits until it serves clients, and prints its address, which is all of stdout. A stopped node keeps its data: started
 * again on the same directory it has its topics, and its port when that is free. It needs a JDK 17 or later, and Maven for
 * the first time. Exit status: 0 done or running, 1 failed or not running, 2 wrong usage.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { KAFKA_VERSION } from './kafka-jars.mjs';
import { defaultDirectory, runningNode, startRealKafka, stopRealKafka } from './real-kafka-node.mjs';

/** @param {readonly string[]} argv */
async function main(argv) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      version: { type: 'string', default: KAFKA_VERSION },
      dir: { type: 'string', default: defaultDirectory() },
      port: { type: 'string', default: '0' },
      config: { type: 'string', multiple: true, default: [] },
      remove: { type: 'boolean', default: false },
    },
  });
  const directory = path.resolve(values.dir);
  const port = Number(values.port);
  const isUsable = positionals.length === 1 && Number.isInteger(port) && port >= 0 && port <= 65_535;
  switch (isUsable ? positionals[0] : undefined) {
    case 'start': {
      const stopping = new AbortController();
      for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stopping.abort());
      const { version, config } = values;
      const node = await startRealKafka({ directory, version, port, config, signal: stopping.signal });
      console.log(node.bootstrap);
      return 0;
    }
    case 'stop': {
      const wasRunning = await stopRealKafka(directory);
      if (values.remove) rmSync(directory, { recursive: true, force: true });
      console.error(
        wasRunning ? `stopped; its data is ${values.remove ? 'removed' : `in ${directory}`}` : 'no node was running',
      );
      return 0;
    }
    case 'status': {
      const node = runningNode(directory);
      console.log(
        node === null
          ? `not running in ${directory}`
          : `Kafka ${node.version} on ${node.bootstrap}, process ${node.pid}, data in ${node.dataDir}`,
      );
      return node === null ? 1 : 0;
    }
    default:
      console.error(
        'usage: real-kafka start|stop|status [--version 4.1.0] [--dir DIR] [--port N] [--config key=value ...] [--remove]',
      );
      return 2;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`real-kafka: ${error instanceof Error ? error.message : String(error)}`);
  const isUsage = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  process.exitCode = isUsage ? 2 : 1;
}
