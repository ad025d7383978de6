/** What io-test found, in words: a table for each group, and sentences on what it shows. */
import type { IoGroup, IoMeasure, IoTestResult } from '../results/io-test-result.ts';
import { ioGroups } from '../results/io-test-result.ts';
import type { FigureRange } from '../results/workload-run.ts';
import { count, oneLine } from './text.ts';

const bytesPerMebibyte = 1024 * 1024;

const headings: Readonly<Record<IoGroup, string>> = {
  write: 'Writing to a file',
  read: 'Reading from a file',
  socket: 'To a socket of another process (loopback)',
  bytes: 'Bytes in memory, one thread',
  codec: 'Codecs, one thread, by the size before compression',
};

/** A rate with three digits that mean something. */
export const rateCell = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : count(value);

const timeCell = (us: number): string => (us < 10 ? us.toFixed(2) : us < 100 ? us.toFixed(1) : count(us));

const head = ['', 'MiB/s', 'lowest to highest', 'half within, us', '99 % within, us', ''];

const isNumeric = (column: number): boolean => column > 0 && column < head.length - 1;

const row = ({ name, title, mebibytesPerSecond, callUs, state, reason }: IoMeasure): readonly string[] => {
  if (mebibytesPerSecond === null || callUs === null) {
    const why = state === 'failed' ? `failed: ${reason ?? ''}` : (reason ?? '');
    return [name, '–', '', '', '', oneLine(`${title}: ${why}`)];
  }
  const { median, least, most } = mebibytesPerSecond;
  const range = `${rateCell(least)} to ${rateCell(most)}`;
  return [name, rateCell(median), range, timeCell(callUs.p50), timeCell(callUs.p99), title];
};

const table = (measures: readonly IoMeasure[], widths: readonly number[], heading: string): readonly string[] => {
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        isNumeric(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rows = measures.map(row);
  return ['', line([heading, ...head.slice(1)]).trimEnd(), ...rows.map(line)];
};

const tables = (measures: readonly IoMeasure[]): readonly string[] => {
  const rows = [head, ...measures.filter(({ state }) => state === 'measured').map(row)];
  const names = Math.max(...measures.map(({ name }) => name.length), ...ioGroups.map((each) => headings[each].length));
  const widths = head.map((_, column) =>
    column === 0
      ? names
      : column === head.length - 1
        ? 0
        : Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  return ioGroups.flatMap((group) => {
    const own = measures.filter((measure) => measure.group === group);
    return own.length === 0 ? [] : table(own, widths, headings[group]);
  });
};

type Rates = (name: string) => FigureRange | null;

const isApart = (one: FigureRange, other: FigureRange): boolean => one.least > other.most || other.least > one.most;

const factor = (value: number): string => (value < 10 ? value.toFixed(1) : count(value));

const alike = 'as much as';

/** How one rate stands to another one; equal when the ranges of their rounds have values in common. */
const comparedText = (one: FigureRange, other: FigureRange): string => {
  if (!isApart(one, other)) return alike;
  return one.median > other.median
    ? `${factor(one.median / other.median)} times as much as`
    : `1/${factor(other.median / one.median)} of`;
};

const writesText = (rates: Rates): readonly string[] => {
  const pairs = [
    ['append-synced', 'random-write-synced', 'when every write is synced'],
    ['append-grouped', 'random-write-grouped', 'when groups of writes are'],
    ['append', 'random-write', 'when the page cache takes them and nothing is'],
  ] as const;
  const parts = pairs.flatMap(([append, random, when]) => {
    const [one, other] = [rates(append), rates(random)];
    return one === null || other === null ? [] : [`${comparedText(one, other)} random writes ${when}`];
  });
  if (parts.length === 0) return [];
  if (parts.every((part) => part.startsWith(alike)))
    return ['Sequential append and random writes are alike here: the ranges of their rounds overlap.'];
  return [`Sequential append writes ${parts.join(', ')}.`];
};

const syncText = (rates: Rates): readonly string[] => {
  const [never, grouped, each] = [rates('append'), rates('append-grouped'), rates('append-synced')];
  if (never === null || each === null || !isApart(never, each)) return [];
  const saved =
    grouped === null || !isApart(grouped, each)
      ? ''
      : `, a sync for a group of writes ${factor(grouped.median / each.median)} times as much as that`;
  return [
    `A sync after every write leaves 1/${factor(never.median / each.median)} of what append does without${saved}: Kafka syncs when it is told to, and relies on replicas.`,
  ];
};

const readsText = (rates: Rates): readonly string[] => {
  const pairs = [
    ['read', 'read-cold', 'in sequence'],
    ['random-read', 'random-read-cold', 'at random'],
  ] as const;
  const parts = pairs.flatMap(([cached, cold, how]) => {
    const [one, other] = [rates(cached), rates(cold)];
    return one === null || other === null || !isApart(one, other)
      ? []
      : [`${factor(one.median / other.median)} times as fast ${how}`];
  });
  return parts.length === 0
    ? []
    : [`Reads that the page cache has are ${parts.join(' and ')} as those it does not have.`];
};

const socketNames: readonly (readonly [string, string])[] = [
  ['socket-read', 'a positioned read'],
  ['socket-stream', 'createReadStream'],
  ['socket-sendfile', 'sendfile'],
];

const socketText = (rates: Rates): readonly string[] => {
  const memory = rates('socket-memory');
  if (memory === null) return [];
  const parts = socketNames.flatMap(([name, words]) => {
    const rate = rates(name);
    return rate === null ? [] : [`${words} ${Math.round((rate.median / memory.median) * 100)} %`];
  });
  return parts.length === 0
    ? []
    : [
        `Of what goes to a socket from memory, these reach from a file: ${parts.join(', ')}; on a network card sendfile may do better than on loopback.`,
      ];
};

const checksumText = (rates: Rates): readonly string[] => {
  const [checksum, memory] = [rates('crc32c'), rates('socket-memory')];
  if (checksum === null || memory === null) return [];
  const share = Math.round((memory.median / checksum.median) * 100);
  return [`Checking the CRC of all that the socket brings would take ${share} % of a thread.`];
};

const codecText = (rates: Rates, measures: readonly IoMeasure[]): readonly string[] => {
  const found = measures
    .filter(({ name }) => name.endsWith('-compress'))
    .flatMap(({ name }) => {
      const rate = rates(name);
      return rate === null ? [] : [{ codec: name.replace(/-compress$/, ''), rate: rate.median }];
    })
    .toSorted((one, other) => other.rate - one.rate);
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined || last === undefined || found.length < 2) return [];
  return [
    `${first.codec} compresses quickest, ${factor(first.rate / last.rate)} times as fast as ${last.codec}; a producer that compresses sends no more than that.`,
  ];
};

/** What the figures show, a sentence each; none for what was not measured. */
export const ioTestSentences = ({ measures }: Pick<IoTestResult, 'measures'>): readonly string[] => {
  const rates: Rates = (wanted) => measures.find(({ name }) => name === wanted)?.mebibytesPerSecond ?? null;
  return [
    ...writesText(rates),
    ...syncText(rates),
    ...readsText(rates),
    ...socketText(rates),
    ...checksumText(rates),
    ...codecText(rates, measures),
  ];
};

/** From this share of the processors on, what others did is worth a line. */
const muchOfOthers = 0.1;

/** What one should know before believing the figures. */
const caveats = ({ measures, storage, environment, othersCpuShare }: IoTestResult): readonly string[] => {
  const usesFiles = measures.some(({ group }) => group === 'write' || group === 'read');
  const isCold = measures.some(({ name, state }) => name.endsWith('-cold') && state === 'measured');
  return [
    ...(othersCpuShare !== null && othersCpuShare >= muchOfOthers
      ? [
          `Other programs took ${Math.round(othersCpuShare * 100)} % of the processors meanwhile: the machine can do more than this shows; measure again when it is calm.`,
        ]
      : []),
    ...(usesFiles && storage.isMemory
      ? [
          `The files lay in memory (${storage.fileSystem ?? 'tmpfs'}): these are figures of memory, not of a disk; --data-dir names another place.`,
        ]
      : []),
    ...(isCold && environment.isVirtualMachine === true
      ? [
          "This is a virtual machine: what its page cache does not have may still be in its host's memory, not on a disk.",
        ]
      : []),
    ...measures.flatMap(({ name, note }) => (note === null ? [] : [`${name}: ${note}.`])),
  ];
};

const workText = (measures: readonly IoMeasure[]): readonly string[] => {
  const done = new Map<string, string[]>();
  for (const { name, by, state } of measures)
    if (by !== null && state === 'measured')
      done.set(by, [...(done.get(by) ?? []), name.replace(/-(de)?compress$/, '')]);
  const parts = [...done].map(([by, names]) => `${[...new Set(names)].join(', ')} by ${by}`);
  return parts.length === 0 ? [] : [`${parts.join('; ')}.`];
};

/** All of it, for a terminal. */
export const ioTestLines = (result: IoTestResult): readonly string[] => {
  const { environment, storage, plan, measures, startedAt } = result;
  const place = [storage.fileSystem, storage.device === null ? null : `on ${storage.device}`]
    .filter((part) => part !== null)
    .join(' ');
  const rounds = Math.max(0, ...measures.map((measure) => measure.rounds));
  const sentences = ioTestSentences(result);
  const notes = caveats(result);
  const list = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
  return [
    `Limits of this machine, ${startedAt.slice(0, 16).replace('T', ' ')} UTC: ${environment.availableParallelism} x ${environment.cpuModel}, kernel ${environment.kernel}, Node ${environment.nodeVersion}`,
    `Files of ${count(plan.sizeBytes / bytesPerMebibyte)} MiB in ${plan.dataDir}${place === '' ? '' : ` (${place})`}; blocks of 64 KiB, to sockets 1 MiB; medians of ${rounds} rounds that took turns`,
    ...tables(measures),
    ...list('What it shows:', sentences),
    ...list('To be known:', [...notes, ...workText(measures)]),
  ];
};
