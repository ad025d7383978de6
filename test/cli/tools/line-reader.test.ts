import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFlags } from '../../../src/cli/flags.ts';
import { consoleProducerFlags, readConsoleProducerPlan } from '../../../src/cli/tools/console-producer-flags.ts';
import { linesOf, readLine, readLineFormat } from '../../../src/cli/tools/line-reader.ts';

const record = (line: string, ...properties: readonly string[]) => {
  const argv = properties.flatMap((property) => ['--property', property]);
  const format = readLineFormat(readFlags('console-producer', consoleProducerFlags, argv));
  const { key, value, headers } = readLine(format, Buffer.from(line), 7, 0);
  return [
    key?.toString() ?? null,
    value?.toString() ?? null,
    Object.fromEntries(headers.map(([name, text]) => [name, text === null ? null : Buffer.from(text).toString()])),
  ];
};
const ALL = ['parse.key=true', 'parse.headers=true'];

describe('a line as a record', () => {
  it.each([
    ['v', [], [null, 'v', {}]],
    ['k\tv\tw', ['parse.key=true'], ['k', 'v\tw', {}]],
    ['k:=v', ['parse.key=true', 'key.separator=:='], ['k', 'v', {}]],
    ['a:1,b:2\tv', ['parse.headers=true'], [null, 'v', { a: '1', b: '2' }]],
    ['é:日,b:\tk\tv', ALL, ['k', 'v', { é: '日', b: '' }]],
    ['\tk\tv', ALL, ['k', 'v', {}]],
    ['a:N\tN\tN', [...ALL, 'null.marker=N'], [null, null, { a: null }]],
    ['N\tk\tv', [...ALL, 'null.marker=N'], ['k', 'v', {}]],
    [
      'a=1;b=2|v',
      ['parse.headers=true', 'headers.delimiter=|', 'headers.separator=;', 'headers.key.separator=='],
      [null, 'v', { a: '1', b: '2' }],
    ],
    ['plain', [...ALL, 'ignore.error=true'], [null, 'plain', {}]],
  ])('%j with %j', (line, properties, expected) => {
    expect(record(line, ...properties)).toEqual(expected);
  });

  it('is refused with its number when a separator is missing', () => {
    expect(() => record('plain', 'parse.key=true')).toThrow(/^line 7 has no key\.separator "\\t": "plain"/);
    expect(() => record('a\tv', 'parse.headers=true')).toThrow(/line 7 has a header without headers\.key\.separator/);
    expect(() => record('N:1\tv', 'parse.headers=true', 'null.marker=N')).toThrow(/keys cannot be null/);
  });

  it('is cut out of bytes, whatever they are', () => {
    const format = readLineFormat(
      readFlags('console-producer', consoleProducerFlags, ['--property', 'parse.key=true']),
    );
    const line = Buffer.from([0xff, 0x00, 0x09, 0xfe, 0xc3]);
    expect(readLine(format, line, 1, 0)).toMatchObject({ key: line.subarray(0, 2), value: line.subarray(3) });
  });
});

describe('the lines of a stream', () => {
  it('are the same however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[a-cé]{0,5}$/)),
        fc.array(fc.nat({ max: 9 })),
        async (texts, cuts) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\r\n`).join(''));
          const chunks: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(bytes.subarray(at, at + cut));
            at += cut;
          }
          chunks.push(bytes.subarray(at));
          const lines: string[] = [];
          for await (const line of linesOf(Readable.from(chunks))) lines.push(line.toString());
          // A line end that is cut in two is put together again.
          expect(lines).toEqual(texts);
        },
      ),
    );
  });

  it('end with one that has no end', async () => {
    const lines: string[] = [];
    for await (const line of linesOf(Readable.from([Buffer.from('a\n\nb')]))) lines.push(line.toString());
    expect(lines).toEqual(['a', '', 'b']);
  });
});

describe('a console-producer command line', () => {
  const basic = ['--bootstrap-server', 'a:1', '--topic', 't'];

  it('stands for producer properties, with the defaults of the tool', () => {
    const { properties } = readConsoleProducerPlan(basic, () => undefined);
    expect(properties).toMatchObject({ 'linger.ms': '1000', retries: '3', 'request.timeout.ms': '1500' });
    const given = readConsoleProducerPlan(
      [
        ...basic,
        ...[
          '--timeout',
          '5',
          '--request-required-acks',
          '0',
          '--max-partition-memory-bytes',
          '10',
          '--batch-size',
          '9',
        ],
        ...['--producer-property', 'retries=7'],
      ],
      () => undefined,
    );
    expect(given.properties).toMatchObject({ 'linger.ms': '5', acks: '0', 'batch.size': '10', retries: '7' });
  });

  it.each([
    [[...basic, '--property', 'parse.kee=true'], /did you mean parse\.key\?/],
    [[...basic, '--property', 'parse.key=yes'], /parse\.key must be true or false; got "yes"/],
    [[...basic, '--property', 'headers.separator=:'], /must differ/],
    [[...basic, '--property', 'a=b', '--reader-property', 'c=d'], /--property is the older name of --reader-property/],
    [[...basic, '--timeout', 'soon'], /--timeout must be a whole number/],
    [[...basic, '--line-reader', 'x.Y'], /names a Java class/],
    [['--topic', 't'], /--bootstrap-server is missing/],
    [['--bootstrap-server', 'a:1'], /--topic is missing/],
  ])('%j is refused', (argv, message) => {
    expect(() => readConsoleProducerPlan(argv, () => undefined)).toThrow(message);
  });
});
