/**
 * Fetches Apache Kafka's own Java tools once, with Maven, and prints their class path.
 *
 *     java -cp "$(node scripts/kafka-jars.mjs)" org.apache.kafka.tools.ProducerPerformance ...
 *
 * The jars lie in `.cache/kafka-<version>/`, which git ignores. Interop tests and `scripts/golden/make` use them;
 * nothing that Spillway ships does.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The Kafka release whose tools and generated messages are the reference. */
export const KAFKA_VERSION = '4.1.0';

const cacheDirectory = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '.cache');

/** A project that needs only Kafka's command line tools; Maven adds what they need: the clients, Jackson, logging. */
const pom = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>spillway</groupId>
  <artifactId>kafka-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

/**
 * The class path of Kafka's tools, fetching them first when they are not there yet.
 *
 * @returns {string} a class path for `java -cp`: the cache directory's wildcard
 * @throws {Error} when Maven is missing or cannot fetch the jars
 */
export function kafkaClassPath() {
  const jarDirectory = path.resolve(cacheDirectory, `kafka-${KAFKA_VERSION}`);
  if (!existsSync(jarDirectory)) fetchJars(jarDirectory);
  return path.join(jarDirectory, '*');
}

/** @param {string} jarDirectory appears whole or not at all: a fetch that is interrupted leaves nothing under this name */
function fetchJars(jarDirectory) {
  mkdirSync(cacheDirectory, { recursive: true });
  const unfinished = mkdtempSync(path.join(cacheDirectory, 'kafka-jars-'));
  try {
    writeFileSync(path.join(unfinished, 'pom.xml'), pom);
    execFileSync(
      'mvn',
      ['--batch-mode', '--quiet', 'dependency:copy-dependencies', '-DoutputDirectory=jars', '-DincludeScope=runtime'],
      { cwd: unfinished, stdio: ['ignore', 2, 2] },
    );
    if (!existsSync(jarDirectory)) renameSync(path.join(unfinished, 'jars'), jarDirectory);
  } catch (error) {
    throw new Error(
      `could not fetch the jars of Kafka ${KAFKA_VERSION} with mvn; install maven and check that it reaches its repository`,
      { cause: error },
    );
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(kafkaClassPath());
