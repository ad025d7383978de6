/** The values of a producer test: begun to be made while its target starts, sampled once it is up, described for the result. */
import type { TransactionCounts } from '../load/messages.ts';
import type { PayloadSpec } from '../load/payload.ts';
import { addSnapshot, createTotal, summarise } from '../measure/histogram.ts';
import type { PayloadResult, TransactionsResult } from '../results/load-result.ts';
import { messageOf, TestFailure } from './failure.ts';
import type { Payload, ProducerPlan } from './plan.ts';
import type { ClusterAccess } from './topic-setup.ts';

/** What producers take, and what the result says of it. */
export type TestValues = { readonly payload: PayloadSpec; readonly description: PayloadResult };

/** A ratio that is missed by more than this share of it is told. */
const toleratedMiss = 0.05;

const describe = async (plan: ProducerPlan, payload: PayloadSpec): Promise<TestValues> => {
  const { describePayload } = await import('./prepare-payload.ts');
  return { payload, description: await describePayload(payload, plan.shape.keys) };
};

/** So many are remembered at most. */
const mostKnown = 256;
/** Values that a plan alone decides, made and described once: trials share a process, and each would try all codecs on them again. */
const known = new Map<string, Promise<TestValues>>();

const make = async (plan: ProducerPlan, payload: Exclude<Payload, { kind: 'topic' }>): Promise<TestValues> => {
  const { preparePayload } = await import('./prepare-payload.ts');
  return describe(plan, await preparePayload(payload, plan.shape.keys));
};

const makeOnce = (plan: ProducerPlan, payload: Exclude<Payload, { kind: 'topic' }>): Promise<TestValues> => {
  // A file may be another one by the next trial.
  if (payload.kind === 'file') return make(plan, payload);
  const key = JSON.stringify([payload, plan.shape.keys]);
  const earlier = known.get(key);
  if (earlier !== undefined) return earlier;
  const values = make(plan, payload);
  if (known.size >= mostKnown) known.clear();
  known.set(key, values);
  values.catch(() => known.delete(key));
  return values;
};

/** Throws a TestFailure when the topic has a value that cannot be sent on. */
const checkSample = async (plan: ProducerPlan, topic: string, description: PayloadResult): Promise<void> => {
  const [{ parseProducerProperties }, { sizeForRecord }] = await Promise.all([
    import('../client/properties/producer-properties.ts'),
    import('../client/produce-batch.ts'),
  ]);
  const { maxRequestSize, bufferMemory } = parseProducerProperties(plan.properties);
  const sizeBytes = sizeForRecord(-1, description.longestValueBytes ?? 0);
  const bound = Math.min(maxRequestSize, bufferMemory);
  if (sizeBytes <= bound) return;
  const name = maxRequestSize <= bufferMemory ? 'max.request.size' : 'buffer.memory';
  throw new TestFailure(
    `a sampled value of ${description.longestValueBytes} bytes (--payload-from-topic ${topic}) takes ${sizeBytes} bytes in a request, more than ${name}=${bound}; give --command-property ${name}=${sizeBytes} or more`,
    { isUsage: true },
  );
};

/**
 * Begins to make the values of a test.
 * @returns a function that gives them when the target is up; it rejects with a TestFailure when they cannot be had
 */
export const beginValues = (
  plan: ProducerPlan,
  onWarning: (line: string) => void,
): ((access: ClusterAccess, nowUs: () => number) => Promise<TestValues>) => {
  const { payload } = plan;
  if (payload.kind === 'topic') {
    return async (access, nowUs) => {
      const { sampleTopic } = await import('./topic-sample.ts');
      const values = await sampleTopic(access, payload, nowUs);
      const sampled = await describe(plan, { kind: 'given', values, order: 'sequence', seed: 0 });
      await checkSample(plan, payload.topic, sampled.description);
      return sampled;
    };
  }
  const made = makeOnce(plan, payload);
  // Who opens the target fails first when both do.
  made.catch(() => {});
  return async () => {
    const values = await made.catch((error: unknown) => {
      throw new TestFailure(`the values to send cannot be made: ${messageOf(error)}`, { cause: error });
    });
    const asked = payload.kind === 'generated' ? payload.compressibility : null;
    const found = values.description.measuredCompressibility.zstd;
    if (asked !== null && found !== undefined && Math.abs(found - asked) > asked * toleratedMiss)
      onWarning(
        `--payload-compressibility ${asked} is out of reach for records of this size: zstd makes them ${found.toFixed(3)} of their size`,
      );
    return values;
  };
};

/** What became of the transactions of all producers; null without transactions. */
export const sumOfTransactions = (parts: readonly (TransactionCounts | null)[]): TransactionsResult | null => {
  const known = parts.filter((part) => part !== null);
  if (known.length === 0) return null;
  const commitTime = createTotal();
  for (const part of known) addSnapshot(commitTime, part.commitTime);
  const result = {
    committed: known.reduce((sum, part) => sum + part.committed, 0),
    aborted: known.reduce((sum, part) => sum + part.aborted, 0),
    recordsAborted: known.reduce((sum, part) => sum + part.recordsAborted, 0),
    unknown: known.reduce((sum, part) => sum + part.unknown, 0),
    recordsUnknown: known.reduce((sum, part) => sum + part.recordsUnknown, 0),
    commitTimeMs: summarise(commitTime),
  };
  commitTime.destroy();
  return result;
};
