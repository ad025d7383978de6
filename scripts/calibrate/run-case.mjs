// Runs one case: a broker with its faults, a load on a schedule, start-at-send measuring beside it, and the truth about all of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './child.mjs';
import { fromDist } from './dist.mjs';
import { watchMachine } from './machine.mjs';
import { readTimestamps, readTrace } from './recordings.mjs';
import {
  appendTimes,
  complaintsOf,
  differences,
  figuresOf,
  lindleyDepartures,
  releaseAfterWindows,
  releaseOfRecords,
  STAMP_US,
} from './truth.mjs';

/** @typedef {import('./truth.mjs').Figures} Figures */
/** @typedef {import('./cases.mjs').Case} Case */
/** @typedef {{ seconds: number, warmupSeconds: number, closedSeconds: number }} Lengths */
/**
 * @typedef {{
 *   testCase: Case,
 *   responseTruth: Figures, response: Figures,
 *   serviceTruth: Figures, service: Figures,
 *   lindley: Figures | null,
 *   startAtSend: Figures,
 *   complaints: readonly string[],
 *   machine: string,
 * }} Outcome milliseconds
 */

const TOPIC = 'calibration';
const CLOSED_TOPIC = 'closed-loop';
const SEED = 7;

/**
 * @param {Case} testCase
 * @param {Lengths} lengths
 * @returns {Promise<Outcome>}
 */
export const runCase = async (testCase, lengths) => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-calibrate-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await inFolder(testCase, lengths, folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
};

/** @param {Case} testCase @param {Lengths} lengths @param {string} folder @returns {Promise<Outcome>} */
const inFolder = async (testCase, lengths, folder) => {
  const { startBroker } = await fromDist('broker/embedded/start-broker.js');
  const proxy = testCase.proxyStall === null ? null : startChild('proxy.mjs');
  const proxyPort = proxy === null ? null : (await proxy.next('listening')).port;
  const dataDir = join(folder, 'data');
  const broker = await startBroker({
    process: 'child',
    dataDir,
    topics: [TOPIC, CLOSED_TOPIC],
    ...(proxyPort === null ? {} : { advertised: { host: '127.0.0.1', port: proxyPort } }),
  });
  try {
    proxy?.tell({ target: { host: broker.host, port: broker.port }, stall: testCase.proxyStall });
    const trace = join(folder, 'trace.bin');
    const tracing = await broker.faults.trace({ api: 'Produce' }, { file: trace });
    for (const fault of testCase.faults) await broker.faults.add(fault);
    const endWatch = watchMachine();
    const load = await runLoad(testCase, lengths, broker);
    const machine = endWatch();
    await tracing.remove();
    const proxyReleases = proxy === null ? null : await releasesOf(proxy);
    const startAtSend = await runClosedLoop(testCase, lengths, broker);
    await broker.close();
    const recorded = { trace, partition: join(dataDir, `${TOPIC}-0`), proxyReleases };
    return { testCase, startAtSend, machine, ...(await holdAgainstTruth(testCase, load, recorded)) };
  } finally {
    await broker.close();
    await proxy?.end();
  }
};

/** @param {Case} testCase @param {Lengths} lengths @param {any} broker */
const runLoad = async ({ recordsPerSecond, pace, properties, flags, stop }, { seconds, warmupSeconds }, broker) => {
  const given = Object.entries({ acks: '1', 'linger.ms': '0', ...properties }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const child = startChild('load.mjs', [
    ...['--bootstrap-server', broker.bootstrapServers, '--topic', TOPIC, '--no-record', '--record-size', '100'],
    ...['--num-records', String(Math.round(recordsPerSecond * (seconds + warmupSeconds)))],
    ...['--warmup-records', String(Math.round(recordsPerSecond * warmupSeconds))],
    ...['--throughput', String(recordsPerSecond)],
    ...(pace === 'constant' ? [] : ['--pace', pace, '--seed', String(SEED)]),
    ...flags,
    ...['--command-property', ...given],
  ]);
  const ended = child.next('end');
  ended.catch(() => {});
  const start = await child.next('start');
  const originNs = BigInt(start.monotonicNs);
  const windows = stop === null ? [] : await stopAndContinue(broker.pid, stop, ended, originNs);
  const { result, plan } = await ended;
  await child.end();
  if (result.failure !== null || result.recordsFailed > 0)
    throw new Error(`the load failed: ${result.failure ?? `${result.recordsFailed} records`}`);
  return { result, plan, windows, originNs, wallMs: start.wallMs, startUs: start.startUs };
};

/**
 * Stops a process from outside every so often until the load has ended. @returns when it stood still for certain: from before each
 * stop to before each continuation
 * @param {number} pid
 * @param {{ ms: number, everyMs: number }} stop
 * @param {Promise<unknown>} ended
 * @param {bigint} originNs
 */
const stopAndContinue = async (pid, { ms, everyMs }, ended, originNs) => {
  const windows = [];
  let isOver = false;
  const over = ended.then(() => {
    isOver = true;
  });
  for (;;) {
    await Promise.race([sleep(everyMs - ms), over]);
    if (isOver) return windows;
    // Whatever ends this process meanwhile: the broker goes on, and then ends by itself.
    const goOn = () => process.kill(pid, 'SIGCONT');
    process.once('exit', goOn);
    process.kill(pid, 'SIGSTOP');
    const fromUs = Number(process.hrtime.bigint() - originNs) / 1e3;
    await sleep(ms);
    const toUs = Number(process.hrtime.bigint() - originNs) / 1e3;
    goOn();
    process.off('exit', goOn);
    windows.push({ fromUs, toUs });
  }
};

/** @param {Case} testCase @param {Lengths} lengths @param {any} broker @returns {Promise<Figures>} */
const runClosedLoop = async ({ recordsPerSecond, stop }, { closedSeconds }, broker) => {
  const child = startChild('closed-loop.mjs', [
    broker.bootstrapServers,
    CLOSED_TOPIC,
    String(recordsPerSecond),
    String(closedSeconds),
  ]);
  const ended = child.next('end');
  if (stop !== null) await stopAndContinue(broker.pid, stop, ended, 0n);
  const { figures } = await ended;
  await child.end();
  return figures;
};

/** @param {ReturnType<typeof startChild>} proxy @returns {Promise<[number, string][]>} */
const releasesOf = async (proxy) => {
  const report = proxy.next('report');
  proxy.tell({ kind: 'report' });
  return (await report).releases;
};

/**
 * @param {Case} testCase
 * @param {Awaited<ReturnType<typeof runLoad>>} load
 * @param {{ trace: string, partition: string, proxyReleases: [number, string][] | null }} recorded
 */
const holdAgainstTruth = async (testCase, load, { trace, partition, proxyReleases }) => {
  const { createPace } = await fromDist('load/pace.js');
  const { plan, result, originNs, startUs, wallMs, windows } = load;
  const { recordCount, warmupRecords } = plan;
  const spec = plan.shape.pace;
  if (spec.kind !== testCase.pace) throw new Error(`the plan's schedule is ${spec.kind}, not ${testCase.pace}`);
  const pace = createPace(spec, 0, 1);
  const dueUs = Float64Array.from({ length: recordCount }, (_, index) => startUs + pace(index));
  const stampsUs = Float64Array.from(readTimestamps(partition), (stampMs) => (stampMs - wallMs) * 1e3);
  if (stampsUs.length !== recordCount) throw new Error(`the log has ${stampsUs.length} records, not ${recordCount}`);
  const appendUs = appendTimes(stampsUs, dueUs);
  const requests = readTrace(trace, originNs);
  const releases = releaseOfRecords(
    proxyReleases === null ? requests : throughProxy(requests, proxyReleases, originNs),
    recordCount,
  );
  // A process that is stopped from outside is not asked when it let go.
  const isStopped = testCase.stop !== null;
  const responseReleases = isStopped ? releaseAfterWindows(dueUs, windows) : releases;
  const serviceReleases = isStopped ? releaseAfterWindows(appendUs, windows) : releases;
  const responseTruth = figuresOf(differences(responseReleases, dueUs, warmupRecords));
  const serviceTruth = figuresOf(differences(serviceReleases, appendUs, warmupRecords));
  const lindley =
    testCase.queuePerSecond === null
      ? null
      : figuresOf(
          differences(
            lindleyDepartures(arrivalsOf(dueUs, requests, warmupRecords), 1e6 / testCase.queuePerSecond),
            dueUs,
            warmupRecords,
          ),
        );
  const { responseTimeMs: response, serviceTimeMs: service } = result.steadyState;
  const complaints = [
    ...countComplaints({ response, service }, recordCount - warmupRecords),
    ...complaintsOf('response time', response, responseTruth),
    ...complaintsOf('service time', service, serviceTruth, STAMP_US / 1e3),
    ...(lindley === null ? [] : complaintsOf("response time by Lindley's recursion", response, lindley)),
  ];
  return { responseTruth, response, serviceTruth, service, lindley, complaints };
};

/**
 * Every record must be in the reported latencies.
 * @param {Readonly<Record<string, { count: number }>>} reported
 * @param {number} recordCount
 */
const countComplaints = (reported, recordCount) =>
  Object.entries(reported)
    .filter(([, { count }]) => count !== recordCount)
    .map(([name, { count }]) => `${name} time: ${count} records were measured, not ${recordCount}`);

/**
 * When records that are requests of their own come to a server: by the schedule; in the warm-up, in which code is not compiled yet, as
 * the injector recorded, so that the queue begins as it was found.
 * @param {Float64Array} dueUs
 * @param {readonly import('./truth.mjs').Request[]} requests
 * @param {number} warmupRecords
 */
const arrivalsOf = (dueUs, requests, warmupRecords) => {
  const arrivals = Float64Array.from(dueUs);
  for (const { offset, count, arrivalUs } of requests) {
    if (count !== 1) throw new Error(`a request has ${count} records, not one`);
    if (offset < warmupRecords) arrivals[offset] = arrivalUs;
  }
  return arrivals;
};

/**
 * Requests with the times at which the proxy let their answers go.
 * @param {readonly import('./truth.mjs').Request[]} requests
 * @param {readonly [number, string][]} proxyReleases
 * @param {bigint} originNs
 */
const throughProxy = (requests, proxyReleases, originNs) => {
  const byId = new Map(proxyReleases);
  return requests.map((request) => {
    const releaseNs = byId.get(request.correlationId);
    if (releaseNs === undefined)
      throw new Error(`the proxy did not see the answer to request ${request.correlationId}`);
    return { ...request, releaseUs: Number(BigInt(releaseNs) - originNs) / 1e3 };
  });
};
