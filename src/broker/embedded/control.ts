/** What a program asks of its broker beside Kafka's protocol; the same whether the broker is in its process or in another. */
import type { RunningBroker } from '../broker.ts';
import type { FaultHit, FaultSpec } from '../faults/fault.ts';
import { createTopics, type NewTopic } from './new-topic.ts';

/** What can be asked. */
export type BrokerControl = {
  /** Makes topics. @throws TopicError (rejects) */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  /** Sets a fault and gives its id. @throws FaultError (rejects) */
  addFault(fault: FaultSpec): Promise<number>;
  removeFault(id: number): Promise<void>;
  clearFaults(): Promise<void>;
  faultHits(id: number): Promise<number>;
  faultHistory(): Promise<readonly FaultHit[]>;
};

/** The control of a broker in this process; faults are in effect when a call returns, before its promise is looked at. */
export const controlOf = (broker: RunningBroker): BrokerControl => {
  const { faults } = broker;
  return {
    createTopics: (topics) => createTopics(broker, topics),
    addFault: async (fault) => faults.add(fault),
    removeFault: async (id) => faults.remove(id),
    clearFaults: async () => faults.clear(),
    faultHits: async (id) => faults.hits(id),
    faultHistory: async () => faults.history(),
  };
};

/** One call on its way to a broker's process. */
export type ControlCall = {
  readonly kind: 'call';
  readonly id: number;
  readonly method: keyof BrokerControl;
  readonly argument: unknown;
};

/** Its answer. */
export type ControlAnswer = {
  readonly kind: 'answer';
  readonly id: number;
  readonly value: unknown;
  /** Why it failed; null when it did not. */
  readonly error: CarriedError | null;
};

/** An error between processes; `code` is Kafka's, null when it has none. */
export type CarriedError = { readonly name: string; readonly message: string; readonly code: number | null };

/** Does what a call from another process asks. */
export const answerCall = async (call: ControlCall, control: BrokerControl): Promise<ControlAnswer> => {
  // The two ends are of one version, so the argument is what the method takes.
  const method = control[call.method] as (argument: unknown) => Promise<unknown>;
  try {
    return { kind: 'answer', id: call.id, value: (await method(call.argument)) ?? null, error: null };
  } catch (error) {
    return { kind: 'answer', id: call.id, value: null, error: carried(error) };
  }
};

const carried = (error: unknown): CarriedError => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: null };
  const code = 'code' in error && typeof error.code === 'number' ? error.code : null;
  return { name: error.name, message: error.message, code };
};
