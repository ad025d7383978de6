/** What goes between the comparison and the process of a role. */
import type { CpuTime, ProcessIo } from '../../measure/resources.ts';
import type { ConsumerResult, ProducerResult } from '../../results/result.ts';
import type { BrokerUsage } from '../embedded-broker.ts';
import type { ConsumerPlan, ProducerPlan } from '../plan.ts';

/** The meters at one moment; null for what cannot be read here. */
export type RoleReading = {
  /** CLOCK_MONOTONIC. */
  readonly atSeconds: number;
  /** Of the role's process, with all its threads. */
  readonly cpu: CpuTime;
  readonly io: ProcessIo | null;
  readonly brokerCpu: CpuTime | null;
  readonly brokerIo: ProcessIo | null;
};

/** What a role did in a trial. */
export type RoleDone = {
  readonly result: ProducerResult | ConsumerResult;
  readonly pid: number;
  /** Just before the first record, and just after the last one. */
  readonly from: RoleReading;
  readonly to: RoleReading;
};

/** To a role's process. */
export type ToRole =
  | {
      readonly kind: 'run';
      readonly plan: ProducerPlan | ConsumerPlan;
      /** Our own broker, which runs already; null for a cluster. */
      readonly broker: { readonly bootstrapServers: string; readonly pid: number } | null;
    }
  /** The answer to `broker-usage`. */
  | { readonly kind: 'broker-usage'; readonly usage: BrokerUsage | null }
  | { readonly kind: 'broker-broken'; readonly reason: string }
  | { readonly kind: 'stop' };

/** From a role's process. */
export type FromRole =
  /** The process takes orders. */
  | { readonly kind: 'ready' }
  /** The load begins now. */
  | { readonly kind: 'started' }
  | { readonly kind: 'broker-usage' }
  | { readonly kind: 'progress'; readonly recordsPerSecond: number }
  | { readonly kind: 'warning'; readonly line: string }
  | ({ readonly kind: 'done' } & RoleDone)
  | { readonly kind: 'failed'; readonly message: string; readonly isUsage: boolean };
