/** What of a test's plan another program can be asked for. */
import type { ConsumerPlan, DriverName, E2ePlan, ProducerPlan } from '../plan.ts';
import { checkTool, ExternalToolError, type ToolLoad, type ToolValues } from './external-tool.ts';
import { externalTool } from './tools.ts';

/** A test that another program can be asked for. */
export type ExternalPlan = ProducerPlan | ConsumerPlan | E2ePlan;

/** What stands before a program's name in a driver's. */
const prefix = 'exec:';

/** Whether a driver is another program. */
export const isExternal = (driver: DriverName): boolean => driver.startsWith(prefix);

/** The name of a tool, or the command line, of such a driver. */
export const externalName = (driver: DriverName): string => driver.slice(prefix.length);

const valuesOf = ({ payload }: ProducerPlan): ToolValues | null => {
  if (payload.kind === 'random') return { kind: 'size', bytes: payload.sizeBytes };
  if (payload.kind === 'file') return { kind: 'file', path: payload.path, delimiter: payload.delimiter };
  return payload.kind === 'monotonic' ? { kind: 'monotonic' } : null;
};

/** What only our own drivers do, by the flag that asks for it. */
const producerFault = (plan: ProducerPlan): string | null => {
  const { shape } = plan;
  if (plan.producers > 1) return '--producers';
  if (valuesOf(plan) === null) return 'generated values and values of a topic';
  if (plan.warmupRecords > 0 || shape.warmupDurationMs !== null) return 'a warm-up';
  if (shape.durationMs !== null || !Number.isFinite(plan.recordCount)) return '--duration';
  if (shape.pace !== null && shape.pace.kind !== 'constant') return '--pace';
  if (shape.keys !== null) return 'keys';
  if (shape.headers.length > 0) return '--header';
  return shape.transactions === null ? null : 'transactions';
};

const consumerFault = (plan: ConsumerPlan): string | null => {
  if (plan.consumers > 1) return '--consumers';
  if (plan.consumerGroups > 1) return '--consumer-groups';
  if (plan.include !== null) return '--include';
  if (plan.readPartitions !== null) return 'a choice of partitions';
  if (plan.durationMs !== null || !Number.isFinite(plan.recordCount)) return '--duration';
  return plan.throughput === null ? null : '--throughput';
};

const e2eFault = (plan: E2ePlan): string | null => {
  const { records } = plan;
  if (!plan.isInTurn) return '--throughput';
  if (plan.durationMs !== null || !Number.isFinite(plan.recordCount)) return '--duration';
  if (plan.warmupRecords > 0 || plan.warmupMs > 0) return 'a warm-up';
  if (plan.keys !== null || records.keyBytes > 0) return 'keys';
  return records.headerCount > 0 ? '--num-headers' : null;
};

const faultOf = (plan: ExternalPlan): string | null => {
  if (plan.command === 'e2e-latency') return e2eFault(plan);
  return plan.command === 'producer-perf-test' ? producerFault(plan) : consumerFault(plan);
};

/** A plan as a program is asked for it. */
export const loadOf = (plan: ExternalPlan, bootstrapServers: string, partitionCount: number): ToolLoad => {
  const { topic, recordCount, properties } = plan;
  const common = { bootstrapServers, topic, recordCount, properties };
  if (plan.command === 'consumer-perf-test') {
    const { groupId, fromLatest, timeoutMs } = plan;
    return { ...common, kind: 'consumer', groupId, partitionCount, fromLatest, timeoutMs };
  }
  if (plan.command === 'e2e-latency')
    return { ...common, kind: 'end-to-end', acks: properties.acks ?? 'all', valueBytes: plan.records.valueBytes };
  const values = valuesOf(plan) ?? { kind: 'monotonic' };
  return { ...common, kind: 'producer', values, throughput: plan.throughput };
};

/**
 * Looks whether a plan can be run by the program that its driver names, before anything has started.
 * @throws ExternalToolError with what is missing, or what the program cannot be asked for.
 */
export const checkExternalPlan = (plan: ExternalPlan): void => {
  const name = externalName(plan.driver);
  const fault = faultOf(plan);
  if (fault !== null)
    throw new ExternalToolError(
      `--driver ${plan.driver} runs another program, which cannot be asked for this: ${fault}; leave it out, or use --driver native`,
    );
  checkTool(externalTool(name), loadOf(plan, 'localhost:9092', 1), plan.kafkaHome ?? null);
};
