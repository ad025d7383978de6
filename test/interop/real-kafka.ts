/** A real Kafka node for tests, and the tools that live beside its broker. */
import { rm } from 'node:fs/promises';
import { runningCluster, startRealKafka, stopRealKafka } from '../../scripts/kafka-cluster/cluster.mjs';
import { kafkaBrokerClassPath } from '../../scripts/kafka-jars.mjs';
import { QUICK_JAVA } from './kafka-java.ts';
import { type Finished, run, temporaryDirectory } from './support.ts';

/** Fewer partitions than Kafka's 50 for each of its own topics: a test's groups and transactions all lie in one. */
const CONFIG = ['offsets.topic.num.partitions=1', 'transaction.state.log.num.partitions=1'];

/** A real node with a directory of its own. */
export type RealKafka = {
  /** Starts it, or starts it again on the same data; resolves to HOST:PORT. */
  readonly start: () => Promise<string>;
  /** Stops it cleanly; its data stays. */
  readonly stop: () => Promise<void>;
  /** The folder of its logs. */
  readonly dataDir: string;
  /** Stops it when it runs and removes all it left. */
  readonly remove: () => Promise<void>;
};

/** A node in a temporary directory, not started yet. */
export async function realKafka(): Promise<RealKafka> {
  const { path: directory } = await temporaryDirectory();
  return {
    start: async () => (await startRealKafka({ directory, config: CONFIG })).bootstrap,
    stop: async () => {
      if (!(await stopRealKafka(directory))) throw new Error(`no real Kafka runs in ${directory}`);
    },
    dataDir: `${directory}/data`,
    remove: async () => {
      if (runningCluster(directory) !== null) await stopRealKafka(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Runs one of the tools in Kafka's core, by its class; what it prints is UTF-8 whatever the locale. */
export async function runCoreTool(className: string, args: readonly string[]): Promise<Finished> {
  const utf8 = ['-Dfile.encoding=UTF-8', '-Dsun.stdout.encoding=UTF-8', '-Dstdout.encoding=UTF-8'];
  return await run('java', [...QUICK_JAVA, ...utf8, '-cp', kafkaBrokerClassPath(), className, ...args]);
}
