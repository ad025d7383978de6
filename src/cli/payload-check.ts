import { parseProducerProperties } from '../client/properties/producer-properties.ts';
import type { Payload, ProducerPlan } from '../harness/plan.ts';
import { readFailure } from './input-file.ts';
import { quoted, UsageError } from './usage.ts';

/** More than any record takes beside its value. */
const MOST_OVERHEAD_BYTES = 1024;

/**
 * Finds values that can never be sent while nothing has started yet.
 * @throws UsageError when a payload file holds none, and for a record over `max.request.size` or `buffer.memory`.
 */
export async function checkPayload({
  payload,
  recordCount,
  properties,
}: Pick<ProducerPlan, 'payload' | 'recordCount' | 'properties'>): Promise<void> {
  const valueBytes = await longestValue(payload, recordCount);
  if (valueBytes === null) return;
  const { maxRequestSize, bufferMemory } = parseProducerProperties(properties);
  // The client is loaded only where it matters: a test is to start fast.
  if (valueBytes + MOST_OVERHEAD_BYTES <= Math.min(maxRequestSize, bufferMemory)) return;
  const { sizeForRecord } = await import('../client/produce-batch.ts');
  const sizeBytes = sizeForRecord(-1, valueBytes);
  for (const [name, bound] of [
    ['max.request.size', maxRequestSize],
    ['buffer.memory', bufferMemory],
  ] as const) {
    if (sizeBytes <= bound) continue;
    throw new UsageError(
      `a record with a value of ${valueBytes} bytes (${sourceOf(payload)}) takes ${sizeBytes} bytes in a request, more than ${name}=${bound}; send smaller records, or give --command-property ${name}=${sizeBytes} or more`,
    );
  }
}

async function longestValue(payload: Payload, recordCount: number): Promise<number | null> {
  if (payload.kind !== 'file') return payload.kind === 'random' ? payload.sizeBytes : String(recordCount - 1).length;
  const { longestValueBytes } = await import('../harness/payload-size.ts');
  const { path, delimiter } = payload;
  try {
    const longest = longestValueBytes(path, delimiter);
    if (longest !== 0) return longest;
  } catch (error) {
    throw new UsageError(`--payload-file must be a readable text file; ${readFailure(path, error)}`, { cause: error });
  }
  throw new UsageError(
    `--payload-file must hold payloads; ${quoted(path)} holds nothing but delimiters (${quoted(delimiter)})`,
  );
}

const sourceOf = (payload: Payload): string =>
  payload.kind === 'file'
    ? `the longest of --payload-file ${payload.path}`
    : { random: '--record-size', monotonic: '--payload-monotonic' }[payload.kind];
