/**
 * Compares load generators on this machine against the real Apache Kafka, which it starts and stops:
 *
 *     npm run side-by-side -- [--write] [--build] [--rounds N] [--seconds S] [--only CASE ...] [flags of spillway side-by-side]
 *
 * Kafka's own tools come from Maven Central with the broker. rdkafka_performance and a franz-go program take part when they are on the PATH or were
 * built (`scripts/rdkafka-performance` from Debian's librdkafka-dev, `scripts/franz-go-bench` with Go); --build builds them first. --write puts the
 * tables into docs/performance.md. Commands of the caller's own (--producer-command, --consumer-command) take part beside those of the checkout, and
 * instead of one with the same name.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownGenerators } from './bench/own-generators.mjs';
import { startRealKafka, stopRealKafka } from './kafka-cluster/cluster.mjs';
import { KAFKA_VERSION, kafkaClassPath } from './kafka-jars.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const main = process.env.SPILLWAY_MAIN ?? path.join(root, 'dist/cli/main.js');
const page = path.join(root, 'docs/performance.md');
const [begin, end] = ['<!-- side-by-side: begin -->', '<!-- side-by-side: end -->'];

/** @param {string} text */
const writePage = (text) => {
  const before = readFileSync(page, 'utf8');
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} lacks the lines ${begin} and ${end}`);
  writeFileSync(page, `${before.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${before.slice(to)}`);
};

/** Scripts that build what no package has, and where it comes to lie. */
const builders = [
  ['rdkafka-performance', '.cache/rdkafka'],
  ['franz-go-bench', '.cache/franz-go'],
].map(([script = '', folder = '']) => ({
  script: path.join(root, 'scripts', script),
  folder: path.join(root, folder),
}));

/** Builds what is not there yet; what cannot be built is left out of the comparison, which says so. */
const build = () => {
  for (const { script, folder } of builders) {
    if (existsSync(folder) && readdirSync(folder).length > 0) continue;
    const { status } = spawnSync(script, { stdio: ['ignore', 2, 2] });
    if (status !== 0) console.error(`side-by-side: ${script} failed; going on without what it builds`);
  }
};

/** @param {readonly string[]} argv @param {AbortSignal} signal */
const compare = async (argv, signal) => {
  if (!existsSync(main)) throw new Error(`there is no ${main}; run npm run build first`);
  const flags = argv.filter((flag) => flag !== '--write' && flag !== '--build');
  if (argv.includes('--build')) build();
  const searched = [...builders.map(({ folder }) => folder), process.env.PATH].join(path.delimiter);
  const directory = mkdtempSync(path.join(tmpdir(), 'spillway-side-by-side-'));
  try {
    const { bootstrap, nodes } = await startRealKafka({ directory, signal });
    const child = spawn(
      process.execPath,
      [
        ...[main, 'side-by-side', '--bootstrap-server', bootstrap],
        ...['--kafka-home', path.dirname(kafkaClassPath()), '--broker-pid', ...nodes.map(({ pid }) => String(pid))],
        ...ownGenerators(flags),
        ...flags,
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, PATH: searched },
      },
    );
    const onAbort = () => child.kill('SIGINT');
    signal.addEventListener('abort', onAbort, { once: true });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      process.stdout.write(chunk);
    });
    const [status] = await once(child, 'close');
    if (argv.includes('--write') && status === 0)
      writePage(
        text.replace(`Against ${bootstrap}`, `Against one node of Apache Kafka ${KAFKA_VERSION} on the same machine`),
      );
    return status ?? 1;
  } finally {
    await stopRealKafka(directory);
    rmSync(directory, { recursive: true, force: true });
  }
};

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stopping.abort());
try {
  process.exitCode = await compare(process.argv.slice(2), stopping.signal);
} catch (error) {
  console.error(`side-by-side: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
