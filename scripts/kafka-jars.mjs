/**
 * Fetches Apache Kafka's own Java tools once, with Maven, and prints their class path.
 *
 *     java -cp "$(node scripts/kafka-jars.mjs)" org.apache.kafka.tools.ProducerPerformance ...
 *     java -cp "$(node scripts/kafka-jars.mjs broker [VERSION])" kafka.tools.DumpLogSegments ...
 *
 * The jars lie in `.cache/kafka-<version>/` and `.cache/kafka-broker-<version>/`, which git ignores. Interop tests,
 * `scripts/golden/make` and `scripts/real-kafka` use them; nothing that Spillway ships does.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The Kafka release whose tools and generated messages are the reference. */
export const KAFKA_VERSION = '4.1.0';

const cacheDirectory = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '.cache');

/** Lets the broker write its log; its own artifact leaves the choice of a log writer open. */
const LOG_WRITER = ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.24.3'];

/**
 * The class path of Kafka's tools, fetching them first when they are not there yet.
 *
 * @returns {string} a class path for `java -cp`: the cache directory's wildcard
 * @throws {Error} when Maven is missing or cannot fetch the jars
 */
export function kafkaClassPath() {
  return classPath(`kafka-${KAFKA_VERSION}`, KAFKA_VERSION, [['org.apache.kafka', 'kafka-tools', KAFKA_VERSION]]);
}

/**
 * The class path of Kafka's broker and of the tools that live with it (`kafka.Kafka`, `kafka.tools.StorageTool`,
 * `kafka.tools.DumpLogSegments`), fetching them first when they are not there yet.
 *
 * @param {string} version a release of Kafka, 3.9 or later
 * @returns {string} a class path for `java -cp`: the cache directory's wildcard
 * @throws {Error} when Maven is missing or cannot fetch the jars
 */
export function kafkaBrokerClassPath(version = KAFKA_VERSION) {
  return classPath(`kafka-broker-${version}`, version, [['org.apache.kafka', 'kafka_2.13', version], LOG_WRITER]);
}

/**
 * @param {string} name of the directory in the cache
 * @param {string} version for messages
 * @param {readonly (readonly string[])[]} artifacts group, artifact and version of each
 */
function classPath(name, version, artifacts) {
  const jarDirectory = path.resolve(cacheDirectory, name);
  if (!existsSync(jarDirectory)) fetchJars(jarDirectory, version, artifacts);
  return path.join(jarDirectory, '*');
}

/**
 * A project that needs only these artifacts; Maven adds what they need themselves.
 *
 * @param {readonly (readonly string[])[]} artifacts group, artifact and version of each
 */
function pom(artifacts) {
  const dependencies = artifacts.map(
    ([group, artifact, version]) => `    <dependency>
      <groupId>${group}</groupId>
      <artifactId>${artifact}</artifactId>
      <version>${version}</version>
    </dependency>`,
  );
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>spillway</groupId>
  <artifactId>kafka-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`;
}

/**
 * @param {string} jarDirectory appears whole or not at all: a fetch that is interrupted leaves nothing under this name
 * @param {string} version for messages
 * @param {readonly (readonly string[])[]} artifacts group, artifact and version of each
 */
function fetchJars(jarDirectory, version, artifacts) {
  mkdirSync(cacheDirectory, { recursive: true });
  const unfinished = mkdtempSync(path.join(cacheDirectory, 'kafka-jars-'));
  try {
    writeFileSync(path.join(unfinished, 'pom.xml'), pom(artifacts));
    execFileSync(
      'mvn',
      ['--batch-mode', '--quiet', 'dependency:copy-dependencies', '-DoutputDirectory=jars', '-DincludeScope=runtime'],
      { cwd: unfinished, stdio: ['ignore', 2, 2] },
    );
    if (!existsSync(jarDirectory)) renameSync(path.join(unfinished, 'jars'), jarDirectory);
  } catch (error) {
    throw new Error(
      `could not fetch the jars of Kafka ${version} with mvn; install maven and check that it reaches its repository`,
      { cause: error },
    );
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(process.argv[2] === 'broker' ? kafkaBrokerClassPath(process.argv[3]) : kafkaClassPath());
