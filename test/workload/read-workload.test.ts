import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commandOf } from '../../src/workload/command-line.ts';
import { readWorkload } from '../../src/workload/read-workload.ts';
import { workloadJsonSchema } from '../../src/workload/schema.ts';
import { stepsOf } from '../../src/workload/sweep.ts';

const folder = fileURLToPath(new URL('../../workloads/', import.meta.url));
const read = (text: string, ...assignments: readonly string[]) => readWorkload(text, 'w.yaml', assignments);

describe('a wrong workload is refused with its line', () => {
  test.each([
    ['a misspelled key', 'records: 1\nprodusers: 2', 'unknown key "produsers"; did you mean producers? (w.yaml:2)'],
    [
      'one further in',
      'records: 1\ntopic:\n  partitons: 2',
      'unknown key "partitons" in topic; did you mean partitions? (w.yaml:3)',
    ],
    [
      'a wrong unit',
      'duration: 5 parsecs',
      'duration must be a time above 0 with its unit, such as 500ms, 30s, 5m or 1h',
    ],
    ['a wrong size', 'records: 1\npayload: { size: 3 furlongs }', 'payload.size must be a number of bytes'],
    ['an axis without values', 'sweep:\n  cross:\n    rate: []', 'sweep.cross.rate needs at least one value'],
    [
      'an axis that is no setting',
      'sweep:\n  cross:\n    rte: [1]',
      'unknown axis "rte"; did you mean rate? (w.yaml:3)',
    ],
    [
      'an axis with a wrong value',
      'sweep:\n  cross:\n    producers: [1, two]',
      'producers must be a number; got "two" (w.yaml:3)',
    ],
    [
      'an axis that is of the whole run',
      'sweep:\n  cross:\n    trials: [1, 2]',
      'trials cannot be an axis: it is of the whole run, and not of a step; axes are settings such as rate',
    ],
    [
      'an axis without what stands before it',
      'sweep:\n  cross:\n    partitions: [1]',
      'unknown axis "partitions"; did you mean topic.partitions? (w.yaml:3)',
    ],
    [
      'two documents',
      'records: 1\n---\nrecords: 2',
      'a workload file is one document, and another one begins: put each in a file of its own (w.yaml:2)',
    ],
    ['bytes that are no text', 'records\u0000\u001b[31m\ufffd: 1', 'text in UTF-8; this file is not (w.yaml)'],
    ['a long text', 'word '.repeat(1000), `got "${'word '.repeat(24).slice(0, 119)}... (w.yaml)`],
    ['a key that comes twice', 'records: 1\nrecords: 2', '(w.yaml:2)'],
    ['broken YAML', 'records: [1', 'mend the YAML (w.yaml:'],
    ['a list', '- 1', 'a workload is a map of keys and values'],
    ['nothing', '', 'a workload is a map of keys and values; got nothing (w.yaml)'],
  ])('%s', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('--set', () => {
  test('wins over the file, also for dotted properties', () => {
    const { workload } = read('records: 1\nclient: { linger.ms: 5 }', 'records=7', 'client.linger.ms=0');
    expect(workload).toMatchObject({ records: 7, client: { 'linger.ms': 0 } });
  });

  test('gives an axis its values', () => {
    const text = 'records: 1\nsweep: { cross: { rate: [1, 2, 3] } }';
    expect(stepsOf(read(text, 'rate=5').workload).map(({ point }) => point)).toEqual([{ rate: 5 }]);
    expect(stepsOf(read(text, 'rate=[5, 6]').workload)).toHaveLength(2);
  });

  test('is refused with the nearest key', () => {
    expect(() => read('records: 1', 'produsers=2')).toThrow('--set produsers: unknown key; did you mean producers?');
    expect(() => read('records: 1', 'records=many')).toThrow('records must be a number; got "many" (--set)');
    expect(() => read('records: 1', 'records')).toThrow('--set takes key=value');
  });

  test('is named as the place of what it breaks, and the file is of its own', () => {
    const text = 'records: 1\ntrials: 2\nsweep: { cross: { rate: [1] } }';
    expect(() => read(text, 'trials.x=3')).toThrow('trials must be a number; got {"x":3} (--set)');
    expect(() => read(text, 'rate=[]')).toThrow('sweep.cross.rate needs at least one value');
    expect(() => read(text, 'rate=[]')).toThrow('(--set)');
    expect(() => read(text, 'rate=[0]')).toThrow('(--set)');
    expect(() => read('records: 1\ntrials: 0', 'rate=5')).toThrow('trials must be at least 1; got 0 (w.yaml:2)');
    expect(() => read('records: 1\ntransactions: { records: 0 }', 'records=5')).toThrow('(w.yaml:2)');
  });
});

describe('a workload that comes with spillway', () => {
  test.each(readdirSync(folder))('%s is read, and each of its steps is a test', (file) => {
    const text = readFileSync(`${folder}${file}`, 'utf8');
    expect(text).toMatch(/^# .*\?\n/);
    const steps = stepsOf(readWorkload(text, file, []).workload);
    for (const { settings } of steps) expect(commandOf(settings).flags.length).toBeGreaterThan(0);
  });

  test('has sixteen points in batch-and-linger', () => {
    const text = readFileSync(`${folder}batch-and-linger.yaml`, 'utf8');
    expect(stepsOf(readWorkload(text, 'batch-and-linger.yaml', []).workload)).toHaveLength(16);
  });
});

test('the JSON Schema knows each key and says what it is for', () => {
  const schema = JSON.stringify(workloadJsonSchema());
  expect(schema).toContain('"additionalProperties":false');
  expect(workloadJsonSchema()).toMatchObject({ properties: { rate: { description: expect.any(String) } } });
});
