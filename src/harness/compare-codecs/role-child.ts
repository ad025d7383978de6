/** The process of a producer or consumer role: runs one test after the other for the process that compares codecs, and ends with it. */
import type { ClockOrigin } from '../../measure/clock.ts';
import type { BrokerUsage, EmbeddedBroker } from '../embedded-broker.ts';
import { messageOf, TestFailure } from '../failure.ts';
import type { TestObserver } from '../observer.ts';
import type { UsageReading } from '../usage.ts';
import type { FromRole, RoleReading, ToRole } from './role-messages.ts';

const say = (message: FromRole): void => {
  // Nobody hears it when the other process is gone; this one ends then.
  process.send?.(message, () => {});
};

/** What the test that runs is told. */
type Hearing = {
  onBrokerUsage: (usage: BrokerUsage | null) => void;
  onBrokerBroken: (reason: string) => void;
  readonly stop: AbortController;
};

let hearing: Hearing | null = null;

/** Our own broker, which another process of ours has started: its meters are asked for there. */
const brokerOf = (
  { bootstrapServers, pid }: { readonly bootstrapServers: string; readonly pid: number },
  heard: Hearing,
): EmbeddedBroker => ({
  bootstrapServers,
  pid,
  broken: new Promise((resolve) => {
    heard.onBrokerBroken = resolve;
  }),
  usage: () =>
    new Promise((resolve) => {
      heard.onBrokerUsage = resolve;
      say({ kind: 'broker-usage' });
    }),
  close: () => Promise.resolve(),
});

const readingOf = (origin: ClockOrigin, reading: UsageReading): RoleReading => ({
  atSeconds: Number(origin.monotonicNs) / 1e9 + reading.atUs / 1e6,
  cpu: reading.cpu,
  io: reading.io,
  brokerCpu: reading.brokerCpu,
  brokerIo: reading.brokerIo,
});

/** What a test's observer was told. */
type Seen = {
  origin: ClockOrigin | null;
  readings: { readonly from: RoleReading; readonly to: RoleReading } | null;
};

const run = async ({ plan, broker }: Extract<ToRole, { kind: 'run' }>): Promise<void> => {
  const heard: Hearing = { onBrokerUsage: () => {}, onBrokerBroken: () => {}, stop: new AbortController() };
  hearing = heard;
  const seen: Seen = { origin: null, readings: null };
  const observer: TestObserver = {
    onStart(clock) {
      seen.origin = clock;
      say({ kind: 'started' });
    },
    onUsage(from, to) {
      const { origin } = seen;
      if (origin !== null) seen.readings = { from: readingOf(origin, from), to: readingOf(origin, to) };
    },
    onProgress: ({ recordsPerSecond }) => say({ kind: 'progress', recordsPerSecond }),
    onNotice: () => {},
    onWarning: (line) => say({ kind: 'warning', line }),
    stop: heard.stop.signal,
  };
  try {
    const running = broker === null ? null : brokerOf(broker, heard);
    const result =
      plan.command === 'producer-perf-test'
        ? await (await import('../producer-test.ts')).runProducerTest(plan, observer, running)
        : await (await import('../consumer-test.ts')).runConsumerTest(plan, observer, running);
    if (seen.readings === null) throw new TestFailure('the meters were not read');
    say({ kind: 'done', result, pid: process.pid, ...seen.readings });
  } catch (error) {
    const isUsage = error instanceof TestFailure && error.isUsage;
    say({ kind: 'failed', message: messageOf(error), isUsage });
  } finally {
    hearing = null;
  }
};

process.on('message', (message: ToRole) => {
  switch (message.kind) {
    case 'run':
      return void run(message);
    case 'broker-usage':
      return hearing?.onBrokerUsage(message.usage);
    case 'broker-broken':
      return hearing?.onBrokerBroken(message.reason);
    case 'stop':
      return hearing?.stop.abort();
  }
});
process.once('disconnect', () => process.exit(0));
process.title = `spillway ${process.argv[2] ?? 'role'}`;
say({ kind: 'ready' });
