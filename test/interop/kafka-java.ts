/** How Kafka's own tools are started: quickly, as most of them end soon. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { kafkaClassPath } from '../../scripts/kafka-jars.mjs';

/** Flags of a Java machine that ends soon: it starts in little more than half the time. */
export const QUICK_JAVA: readonly string[] = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/**
 * Where the classes of Kafka's tools are kept in the form that Java loads them in (`class-archive.ts`).
 * @throws when the jars of the tools are not there and cannot be fetched
 */
export const classArchive = (): string => path.join(path.dirname(kafkaClassPath()), 'tools.jsa');

/**
 * Flags before the class of one of Kafka's tools.
 * @throws when their jars are not there and cannot be fetched
 */
export const kafkaJava = (): readonly string[] => {
  const archive = classArchive();
  // An archive of another Java is left aside; to say so on stdout would be no part of what the tool says.
  const classes = [`-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'];
  return [...QUICK_JAVA, ...(existsSync(archive) ? classes : []), '-cp', kafkaClassPath()];
};
