/** From the meters of two roles to what producer, broker and consumer each took: pure functions. */
import { type CpuTime, cpuSecondsBetween, type ProcessIo } from '../../measure/resources.ts';
import type { CodecMeasurement, CodecRole, RoleAccount } from '../../results/codec-result.ts';
import type { ConsumerResult, ProducerResult } from '../../results/result.ts';
import type { RoleDone, RoleReading } from './role-messages.ts';

/** Bytes that went through a client's sockets. */
export type SocketBytes = { readonly sentBytes: number; readonly receivedBytes: number };

/** The header of a record batch in version 2 of the format (KIP-98). */
const batchHeaderBytes = 61;
const bytesPerMebibyte = 1024 * 1024;

/** What went through the sockets of a test's clients, from their metrics; null when they do not tell. */
export const socketBytesOf = ({ metrics }: Pick<ProducerResult, 'metrics'>): SocketBytes | null => {
  const sumOf = (name: string): number | null => {
    const values = Object.entries(metrics ?? {}).filter(([key]) => key.includes(`:${name}:`));
    return values.length === 0 ? null : values.reduce((sum, [, value]) => sum + value, 0);
  };
  const [sentBytes, receivedBytes] = [sumOf('outgoing-byte-total'), sumOf('incoming-byte-total')];
  return sentBytes === null || receivedBytes === null ? null : { sentBytes, receivedBytes };
};

const cpuBetween = (from: CpuTime | null, to: CpuTime | null): number | null =>
  from === null || to === null ? null : cpuSecondsBetween(from, to);

const diskBetween = (from: ProcessIo | null, to: ProcessIo | null): number | null =>
  from === null || to === null ? null : to.diskWriteBytes - from.diskWriteBytes;

/** The account of a role with a process of its own. */
export const clientAccount = ({ pid, from, to, result }: RoleDone): RoleAccount => {
  const sockets = socketBytesOf(result);
  return {
    pid,
    stretches: [[from.atSeconds, to.atSeconds]],
    cpuSeconds: cpuBetween(from.cpu, to.cpu),
    sentBytes: sockets?.sentBytes ?? null,
    receivedBytes: sockets?.receivedBytes ?? null,
    diskBytesWritten: diskBetween(from.io, to.io),
  };
};

/** Two readings of a stretch. */
export type Stretch = { readonly from: RoleReading; readonly to: RoleReading };

/** Stretches that overlap as one: a broker that serves both at the same time is counted once. */
export const joined = (one: Stretch, other: Stretch): readonly Stretch[] => {
  const [first, second] = one.from.atSeconds <= other.from.atSeconds ? [one, other] : [other, one];
  if (second.from.atSeconds >= first.to.atSeconds) return [first, second];
  return [{ from: first.from, to: second.to.atSeconds > first.to.atSeconds ? second.to : first.to }];
};

const sum = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((total, value) => (total === null || value === null ? null : total + value), 0);

/** The broker's account: its process over the stretches of both roles, and what they sent it and received from it. */
export const brokerAccount = (pid: number | null, producer: RoleDone, consumer: RoleDone): RoleAccount => {
  const stretches = joined(producer, consumer);
  const sockets = [producer, consumer].map(({ result }) => socketBytesOf(result));
  return {
    pid,
    stretches: stretches.map(({ from, to }) => [from.atSeconds, to.atSeconds]),
    cpuSeconds: sum(stretches.map(({ from, to }) => cpuBetween(from.brokerCpu, to.brokerCpu))),
    sentBytes: sum(sockets.map((bytes) => bytes?.receivedBytes ?? null)),
    receivedBytes: sum(sockets.map((bytes) => bytes?.sentBytes ?? null)),
    diskBytesWritten: sum(stretches.map(({ from, to }) => diskBetween(from.brokerIo, to.brokerIo))),
  };
};

/** What a trial measured. */
export const measurementOf = (
  producer: RoleDone & { readonly result: ProducerResult },
  consumer: RoleDone & { readonly result: ConsumerResult },
  brokerPid: number | null,
  logBytes: number | null,
): CodecMeasurement => {
  const sent = producer.result;
  const read = consumer.result;
  const steady = sent.steadyState ?? sent;
  const fetchSeconds = read.fetchTimeMs / 1e3;
  const perSecond = (amount: number): number => (fetchSeconds > 0 ? amount / fetchSeconds : 0);
  const batches = sent.requestTimeMs?.count ?? 0;
  const withoutHeaders = (bytes: number): number => Math.max(0, bytes - batches * batchHeaderBytes);
  const roles: Readonly<Record<CodecRole, RoleAccount>> = {
    producer: clientAccount(producer),
    broker: brokerAccount(brokerPid, producer, consumer),
    consumer: clientAccount(consumer),
  };
  return {
    records: sent.recordsSent,
    payloadBytes: Math.round(sent.mebibytesPerSecond * bytesPerMebibyte * sent.elapsedSeconds),
    batches,
    bytesBeforeCompression: withoutHeaders(sent.compression?.bytesBefore ?? 0),
    bytesAfterCompression: withoutHeaders(sent.compression?.bytesAfter ?? 0),
    wireBytes: roles.producer.sentBytes ?? 0,
    logBytes,
    produced: { recordsPerSecond: steady.recordsPerSecond, mebibytesPerSecond: steady.mebibytesPerSecond },
    consumed: {
      recordsPerSecond: perSecond(read.recordsConsumed),
      mebibytesPerSecond: perSecond(read.bytesConsumed / bytesPerMebibyte),
    },
    responseTimeMs: steady.responseTimeMs,
    serviceTimeMs: steady.serviceTimeMs,
    limit: sent.verdict.kind,
    implementation: sent.compression?.implementation ?? null,
    roles,
  };
};
