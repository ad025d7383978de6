import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** Names of all properties that a JSON Schema lists, at any depth. */
const propertyNames = (schema: unknown): readonly string[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => [
    ...(key === 'properties' && typeof value === 'object' && value !== null ? Object.keys(value) : []),
    ...propertyNames(value),
  ]);
};

describe('docs/json.md', () => {
  test('names every field of docs/run.schema.json', () => {
    const page = read('json.md');
    const names = new Set(propertyNames(JSON.parse(read('run.schema.json'))));
    expect(names.size).toBeGreaterThan(50);
    expect([...names].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
