import { type ProducerConfig, parseProducerProperties } from '../client/properties/producer-properties.ts';
import type { FileValue } from '../harness/payload-file.ts';
import type { KeySpec, Payload, ProducerPlan } from '../harness/plan.ts';
import { readFailure } from './input-file.ts';
import { quoted, UsageError } from './usage.ts';

/** More than any record takes beside its value and a key of the usual size. */
const MOST_OVERHEAD_BYTES = 1024;

/** With --verify a value carries its run and its number (`load/record-stamp.ts`). */
export const LEAST_VERIFIED_BYTES = 14;

/** The longest value of a test, and where it comes from, for a message; the shortest where only reading a file tells. */
type Longest = { readonly bytes: number; readonly source: string; readonly shortest?: FileValue };

/**
 * Finds values that can never be sent while nothing has started yet; those of a topic are looked at when it is sampled.
 * @throws UsageError when a payload file holds none, for a record over `max.request.size` or `buffer.memory`, and for a value of a file that
 * is too short to be followed.
 */
export async function checkPayload(
  {
    payload,
    recordCount,
    properties,
    verify = false,
  }: Pick<ProducerPlan, 'payload' | 'recordCount' | 'properties'> & { readonly verify?: boolean },
  keys: KeySpec | null = null,
): Promise<void> {
  const longest = await longestOnce(payload, recordCount);
  if (longest === null) return;
  const { shortest } = longest;
  if (verify && payload.kind === 'file' && shortest !== undefined && shortest.bytes < LEAST_VERIFIED_BYTES)
    throw new UsageError(
      `--verify needs values of ${LEAST_VERIFIED_BYTES} bytes or more, since each carries its record's number; --payload-file ${payload.path}, line ${shortest.line}, has one of ${shortest.bytes}`,
    );
  const { maxRequestSize, bufferMemory } = boundsOf(properties);
  const keyBytes = longestKey(keys, recordCount);
  // The client is loaded only where it matters: a test is to start fast.
  if (longest.bytes + keyBytes + MOST_OVERHEAD_BYTES <= Math.min(maxRequestSize, bufferMemory)) return;
  const { sizeForRecord } = await import('../client/produce-batch.ts');
  const sizeBytes = sizeForRecord(keyBytes, longest.bytes);
  for (const [name, bound] of [
    ['max.request.size', maxRequestSize],
    ['buffer.memory', bufferMemory],
  ] as const) {
    if (sizeBytes <= bound) continue;
    throw new UsageError(
      `a record with ${keyBytes < 0 ? '' : `a key of ${keyBytes} and `}a value of ${longest.bytes} bytes (${longest.source}) takes ${sizeBytes} bytes in a request, more than ${name}=${bound}; send smaller records, or give --command-property ${name}=${sizeBytes} or more`,
    );
  }
}

/** Length of the longest key; -1 for none, and for those that are sampled later. */
function longestKey(keys: KeySpec | null, recordCount: number): number {
  if (keys === null || keys.kind === 'sampled') return -1;
  const last = Math.min(Number.MAX_SAFE_INTEGER, (keys.kind === 'sequential' ? recordCount : keys.keys) - 1);
  return Math.max(keys.digits, String(last).length);
}

/** The bounds of a request where no property sets them. */
let defaultBounds: Pick<ProducerConfig, 'maxRequestSize' | 'bufferMemory'> | null = null;

/** Most steps of a sweep leave them alone, and a sweep may have thousands. */
function boundsOf(properties: ProducerPlan['properties']): Pick<ProducerConfig, 'maxRequestSize' | 'bufferMemory'> {
  if (Object.hasOwn(properties, 'max.request.size') || Object.hasOwn(properties, 'buffer.memory'))
    return parseProducerProperties(properties);
  defaultBounds ??= parseProducerProperties({});
  return defaultBounds;
}

/** What was found already: making values takes long, and the steps of a sweep mostly have the same ones. */
const found = new Map<string, Promise<Longest | null>>();

function longestOnce(payload: Payload, recordCount: number): Promise<Longest | null> {
  const key = JSON.stringify([payload, payload.kind === 'monotonic' ? String(recordCount) : '']);
  const known = found.get(key) ?? longestValue(payload, recordCount);
  found.set(key, known);
  return known;
}

async function longestValue(payload: Payload, recordCount: number): Promise<Longest | null> {
  switch (payload.kind) {
    case 'random':
      return { bytes: payload.sizeBytes, source: '--record-size' };
    case 'monotonic': {
      const last = Number.isFinite(recordCount) ? recordCount - 1 : Number.MAX_SAFE_INTEGER;
      return { bytes: String(last).length, source: '--payload-monotonic' };
    }
    case 'generated': {
      const { longestGenerated } = await import('../harness/prepare-payload.ts');
      return { bytes: longestGenerated(payload), source: 'the longest of --record-size or --payload' };
    }
    case 'topic':
      return null;
    case 'file':
      return longestOfFile(payload.path, payload.delimiter);
  }
}

async function longestOfFile(path: string, delimiter: string): Promise<Longest> {
  const { extremeValues } = await import('../harness/payload-file.ts');
  try {
    const values = extremeValues(path, delimiter);
    if (values !== null) {
      const { longest, shortest } = values;
      return { bytes: longest.bytes, source: `the longest of --payload-file ${path}, line ${longest.line}`, shortest };
    }
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--payload-file ${path}: ${error.message}`, { cause: error });
    throw new UsageError(`--payload-file must be a readable text file; ${readFailure(path, error)}`, { cause: error });
  }
  throw new UsageError(
    `--payload-file must hold payloads; ${quoted(path)} holds nothing but delimiters (${quoted(delimiter)})`,
  );
}
