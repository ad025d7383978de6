import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settingNames } from '../../src/workload/setting-path.ts';

test('the page of workloads has every key of the schema', () => {
  const page = readFileSync(new URL('../../docs/workloads.md', import.meta.url), 'utf8');
  expect(settingNames().filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
});
