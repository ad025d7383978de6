// Checks what `spillway compare-codecs` reports against accounts that are not its own:
//
//   node scripts/codecs-check.mjs [--payload-file FILE] [--records N] [--seconds S] [--main dist/cli/main.js]
//
// CPU time of each role against /proc/PID/stat, bytes through sockets against /proc/PID/io and the loopback device, bytes written against
// /proc/PID/io and the files of the log, all read from outside while it runs (within 5 %); ratios against gzip, zstd and lz4 -B4 -BI on the
// very batches that lie in the log, each compressed by itself (within 2 %). Linux only. As root it runs in a network namespace of its own, so
// that nobody else's bytes go through the loopback device. The status is 1 when something is out of bounds, 2 when a tool is missing.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(import.meta.url);
const { values } = parseArgs({
  options: {
    'payload-file': { type: 'string' },
    records: { type: 'string', default: '400000' },
    seconds: { type: 'string', default: '4' },
    main: { type: 'string', default: join(here, '../../dist/cli/main.js') },
    inside: { type: 'boolean', default: false },
  },
});

const mostDifference = 0.05;
const mostRatioDifference = 0.02;
const pollMs = 5;
const tmpfsType = 0x01021994;
const batchHeaderBytes = 61;
const nameWidth = 68;

for (const tool of ['gzip', 'zstd', 'lz4']) {
  if (spawnSync(tool, ['--version']).error === undefined) continue;
  console.error(`${tool} is not installed: apt-get install ${tool}`);
  process.exit(2);
}

if (!values.inside && process.getuid?.() === 0 && spawnSync('unshare', ['-n', 'true']).status === 0) {
  const command = 'ip link set lo up && exec "$@"';
  const own = [process.execPath, here, ...process.argv.slice(2), '--inside'];
  const { status } = spawnSync('unshare', ['-n', 'sh', '-c', command, 'sh', ...own], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

const folder = mkdtempSync(join(process.env.TMPDIR ?? '/var/tmp', 'codecs-check-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
if (statfsSync(folder).type === tmpfsType) {
  console.error(`${folder} lies on tmpfs, where nothing is written to a disk: set TMPDIR to a folder on one`);
  process.exit(2);
}

/** @typedef {{ at: number, cpuSeconds: number, callBytes: number, diskBytes: number }} Sample What the kernel says of a process. */
/** @typedef {{ at: number, bytes: number }} DeviceSample */
/** @typedef {{ result: any, samples: Map<number, Sample[]>, loopback: DeviceSample[] }} Outcome */

/** Events of a shop as JSON lines, with what compresses and what does not. @param {string} path */
const writeOrders = (path) => {
  let state = 7;
  /** @param {number} below */
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  /** @param {string[]} words */
  const of = (words) => words[random(words.length)];
  const items = ['keyboard', 'monitor', 'usb-c cable', 'desk lamp', 'notebook', 'headphones', 'webcam', 'charger'];
  const lines = Array.from({ length: 20_000 }, () =>
    JSON.stringify({
      orderId: `${random(2 ** 31).toString(16)}-${random(65536).toString(16)}`,
      createdAt: new Date(1_772_000_000_000 + random(2_000_000_000)).toISOString(),
      customer: { id: random(200_000), city: of(['Berlin', 'Lisbon', 'Kyoto', 'Toronto', 'Nairobi', 'Oslo']) },
      items: Array.from({ length: 1 + random(4) }, () => ({
        sku: `SKU-${random(10_000)}`,
        name: of(items),
        quantity: 1 + random(5),
        unitPrice: random(40_000) / 100,
      })),
      currency: of(['EUR', 'USD', 'JPY']),
      paid: random(5) > 0,
    }),
  );
  writeFileSync(path, `${lines.join('\n')}\n`);
};

/** @param {string} path */
const readProc = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null; // The process is gone.
  }
};

const nowSeconds = () => Number(process.hrtime.bigint()) / 1e9;

/** What the kernel says of a process now. @param {string | number} pid @returns {Sample | null} */
const readProcess = (pid) => {
  const stat = readProc(`/proc/${pid}/stat`);
  const io = readProc(`/proc/${pid}/io`);
  if (stat === null || io === null || io === '') return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  /** @param {string} name */
  const field = (name) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(io)?.[1]);
  return {
    at: nowSeconds(),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    callBytes: field('rchar') + field('wchar'),
    diskBytes: field('write_bytes'),
  };
};

/** Bytes that went through the loopback device. @returns {DeviceSample} */
const readLoopback = () => {
  const fields = /^\s*lo:(.*)$/m.exec(readFileSync('/proc/self/net/dev', 'latin1'))?.[1]?.trim().split(/\s+/) ?? [];
  return { at: nowSeconds(), bytes: Number(fields[8]) };
};

/** @param {string | number} pid @returns {string | null} */
const roleOf = (pid) => {
  const command = readProc(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ') ?? '';
  if (command.includes('broker/child.js')) return 'broker';
  return (
    /spillway (producer|consumer)|role-child\.js (producer|consumer)/.exec(command)?.slice(1).find(Boolean) ?? null
  );
};

/** @param {string} payloadFile @param {string} dataDir @returns {Promise<Outcome>} */
const run = async (payloadFile, dataDir) => {
  const args = [
    ...[values.main, 'compare-codecs', '--payload-file', payloadFile, '--data-dir', dataDir, '--keep-topics'],
    ...['--topic-prefix', 'check', '--codecs', 'none,gzip,snappy,lz4,zstd:1,zstd:3', '--rounds', '1'],
    ...['--seconds', values.seconds, '--num-records', values.records, '--json', '--no-record'],
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  const pids = new Map();
  /** @type {Map<number, Sample[]>} */
  const samples = new Map();
  /** @type {DeviceSample[]} */
  const loopback = [];
  const timer = setInterval(() => {
    const children = readProc(`/proc/${child.pid}/task/${child.pid}/children`)?.split(' ').filter(Boolean) ?? [];
    for (const pid of children) if (!pids.has(pid) && roleOf(pid) !== null) pids.set(pid, roleOf(pid));
    for (const pid of pids.keys()) {
      const sample = readProcess(pid);
      if (sample === null) continue;
      const own = samples.get(Number(pid)) ?? [];
      own.push(sample);
      samples.set(Number(pid), own);
    }
    loopback.push(readLoopback());
  }, pollMs);
  const status = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  if (status !== 0) throw new Error(`compare-codecs ended with status ${status}`);
  return { result: JSON.parse(text), samples, loopback };
};

/**
 * What a counter was at a time, between two readings by their distance.
 * @param {readonly Record<string, number>[]} samples @param {number} at @param {string} name
 */
const valueAt = (samples, at, name) => {
  const next = samples.findIndex((sample) => (sample.at ?? 0) >= at);
  const after = samples[next < 0 ? samples.length - 1 : next] ?? {};
  const before = samples[Math.max(0, (next < 0 ? samples.length : next) - 1)] ?? {};
  const [from = Number.NaN, to = Number.NaN] = [before[name], after[name]];
  const [fromAt = Number.NaN, toAt = Number.NaN] = [before.at, after.at];
  return toAt === fromAt ? to : from + ((to - from) * (at - fromAt)) / (toAt - fromAt);
};

/** @param {readonly Record<string, number>[]} samples @param {readonly [number, number][]} stretches @param {string} name */
const grown = (samples, stretches, name) =>
  stretches.reduce((sum, [from, to]) => sum + valueAt(samples, to, name) - valueAt(samples, from, name), 0);

/** @type {string[]} */
const faults = [];
/**
 * @param {string} what @param {number} reported @param {number} outside @param {number} bound
 * @param {{ digits?: number }} options
 */
const compare = (what, reported, outside, bound, { digits = 2 } = {}) => {
  const difference = outside === 0 && reported === 0 ? 0 : reported / outside - 1;
  const isFine = Math.abs(difference) <= bound;
  if (!isFine) faults.push(what);
  /** @param {number} value */
  const shown = (value) => value.toFixed(digits).padStart(14);
  const percent = `${difference < 0 ? '-' : '+'}${Math.abs(difference * 100).toFixed(2)} %`;
  console.log(
    `${what.padEnd(nameWidth)}${shown(reported)}${shown(outside)}  ${percent.padStart(9)}  ${isFine ? '' : 'OUT OF BOUNDS'}`,
  );
};

/** @param {Outcome} outcome */
const checkAccounts = ({ result, samples, loopback }) => {
  /** @param {number} bytes */
  const mebibytes = (bytes) => bytes / 1024 ** 2;
  /** @type {any[]} */
  const trials = result.trials.map((/** @type {any} */ { measured }) => measured);
  /** @param {(trial: any) => number} of */
  const sumOf = (of) => trials.reduce((sum, trial) => sum + of(trial), 0);
  console.log(
    `${'sums over all trials'.padEnd(nameWidth)}${'reported'.padStart(14)}${'outside'.padStart(14)}  difference`,
  );
  for (const role of ['producer', 'broker', 'consumer']) {
    /** @param {string} name */
    const outside = (name) =>
      sumOf(({ roles }) => grown(samples.get(roles[role].pid) ?? [], roles[role].stretches, name));
    compare(
      `${role}: CPU seconds, /proc/PID/stat`,
      sumOf(({ roles }) => roles[role].cpuSeconds),
      outside('cpuSeconds'),
      mostDifference,
    );
    const network = sumOf(({ roles }) => roles[role].sentBytes + roles[role].receivedBytes);
    if (role === 'broker') {
      const device = sumOf(({ roles }) => grown(loopback, roles.broker.stretches, 'bytes'));
      compare('broker: MiB through sockets, loopback device', mebibytes(network), mebibytes(device), mostDifference);
      const disk = sumOf(({ roles }) => roles.broker.diskBytesWritten);
      compare(
        'broker: MiB to disk, write_bytes of /proc/PID/io',
        mebibytes(disk),
        mebibytes(outside('diskBytes')),
        mostDifference,
      );
      compare(
        'broker: MiB to disk, size of the logs',
        mebibytes(disk),
        mebibytes(sumOf(({ logBytes }) => logBytes)),
        mostDifference,
      );
    } else
      compare(
        `${role}: MiB through sockets, rchar and wchar of /proc/PID/io`,
        mebibytes(network),
        mebibytes(outside('callBytes')),
        mostDifference,
      );
  }
};

/** The batches of a log, by their headers. @param {string} topicFolder */
const batchesOf = (topicFolder) =>
  readdirSync(topicFolder)
    .filter((name) => name.endsWith('.log'))
    .toSorted()
    .flatMap((name) => {
      const bytes = readFileSync(join(topicFolder, name));
      const batches = [];
      for (let at = 0; at + batchHeaderBytes < bytes.length; ) {
        const end = at + 12 + bytes.readInt32BE(at + 8);
        batches.push({ codec: bytes.readInt16BE(at + 21) & 7, records: bytes.subarray(at + batchHeaderBytes, end) });
        at = end;
      }
      return batches;
    });

/** Each works through many files in one process, and puts one in the place of another. @type {Record<string, { number: number, ending: string, open: string, pack: string }>} */
const tools = {
  gzip: { number: 1, ending: 'gz', open: 'gzip -dqn', pack: 'gzip -6qn' },
  lz4: { number: 3, ending: 'lz4', open: 'lz4 -dqm --rm', pack: 'lz4 -1 -B4 -BI -qm --rm' },
  'zstd:1': { number: 4, ending: 'zst', open: 'zstd -dq --rm', pack: 'zstd -1q --rm' },
  'zstd:3': { number: 4, ending: 'zst', open: 'zstd -dq --rm', pack: 'zstd -3q --rm' },
};

/** Lets a tool loose on all files of a folder; returns how many bytes are there then. @param {string} command @param {string} cwd */
const workThrough = (command, cwd) => {
  const { status, stderr } = spawnSync('sh', ['-c', `find . -type f -print0 | xargs -0 ${command}`], { cwd });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return readdirSync(cwd).reduce((sum, name) => sum + statSync(join(cwd, name)).size, 0);
};

/** @param {Outcome} outcome @param {string} dataDir */
const checkRatios = ({ result }, dataDir) => {
  console.log(
    `\n${'ratios: records before by after compression'.padEnd(nameWidth)}${'ours'.padStart(14)}${'tool'.padStart(14)}  difference`,
  );
  for (const { codec, pace, topic, measured } of result.trials) {
    const tool = tools[codec];
    if (tool === undefined) continue;
    const batches = batchesOf(join(dataDir, `${topic}-0`)).filter((batch) => batch.codec === tool.number);
    const batchFolder = mkdtempSync(join(folder, 'batches-'));
    let ours = 0;
    for (const [index, { records }] of batches.entries()) {
      ours += records.length;
      writeFileSync(join(batchFolder, `${index}.${tool.ending}`), records);
    }
    const before = workThrough(tool.open, batchFolder);
    const theirs = workThrough(tool.pack, batchFolder);
    rmSync(batchFolder, { recursive: true });
    const reported = measured.bytesBeforeCompression / measured.bytesAfterCompression;
    const bounds = { digits: 3 };
    const name = `${codec}, ${pace}, ${batches.length} batches`;
    compare(`${name} of the log, ${tool.pack}`, before / ours, before / theirs, mostRatioDifference, bounds);
    compare(`${name} as reported`, reported, before / theirs, mostRatioDifference, bounds);
  }
};

const payloadFile = values['payload-file'] ?? join(folder, 'orders.jsonl');
if (values['payload-file'] === undefined) writeOrders(payloadFile);
const dataDir = join(folder, 'data');
const outcome = await run(payloadFile, dataDir);
checkAccounts(outcome);
checkRatios(outcome, dataDir);
if (faults.length > 0) console.error(`\n${faults.length} out of bounds: ${faults.join('; ')}`);
process.exitCode = faults.length > 0 ? 1 : 0;
