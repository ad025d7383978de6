/** The Java on this machine. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** The oldest Java that Kafka 4 runs on. */
const OLDEST_JAVA = 17;

/** A program of the JDK: that of JAVA_HOME, or the one on the path. */
export const jdkProgram = (/** @type {string} */ name) =>
  process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', name) : name;

/** @throws {Error} when there is no Java, or an old one */
export function checkJava() {
  const java = jdkProgram('java');
  const { error, stdout } = spawnSync(java, ['--version'], { encoding: 'utf8' });
  const found = /\b(\d+)(?:\.\d+)*/.exec(stdout ?? '')?.[1];
  if (error === undefined && Number(found) >= OLDEST_JAVA) return;
  const what = error === undefined ? `${java} is ${found ?? 'older than 9'}` : `${java} is not there`;
  throw new Error(
    `Apache Kafka needs a JDK, version ${OLDEST_JAVA} or later; ${what}: apt-get install default-jdk-headless`,
  );
}

/**
 * Runs a Java tool to its end.
 *
 * @param {string} classPath
 * @param {readonly string[]} args class name and its arguments
 * @param {string} task what it does, for the error
 * @throws {Error} with what it said when it fails
 */
export function runJava(classPath, args, task) {
  const flags = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const result = spawnSync(jdkProgram('java'), [...flags, '-cp', classPath, ...args], { encoding: 'utf8' });
  if (result.status === 0) return;
  throw new Error(`${task} failed:\n${`${result.stdout ?? ''}${result.stderr ?? ''}`.trim()}`);
}
