import type { ClientError } from '../client-error.ts';
import type { ProducerIdentity } from '../producer-id.ts';

/** What transactions ask of the sender of one topic. */
export type TransactionParticipant = {
  /** Partitions have joined the transaction: their batches may go out. */
  drain(): void;
  /** Why no record is taken; null when they are. */
  refuse(error: ClientError | null): void;
  /** Settles with an error what waits: all of it, or what was never sent. */
  failWaiting(error: ClientError, which: 'all' | 'unsent'): void;
  /** Resolves when nothing waits and nothing is in flight. */
  flush(): Promise<void>;
  /** Sequences begin anew, with this producer; nothing waits and nothing is in flight. */
  restart(identity: ProducerIdentity): void;
  /** Nothing can be sent any more. */
  fail(error: ClientError): void;
};

/** What topics tell the transactions of their producer. */
export type TransactionEvents = {
  /** Whether the open transaction can only be aborted, or none can be begun any more. */
  readonly isLost: boolean;
  /** A partition waits to join. */
  addSoon(): void;
  /** A batch of the transaction has failed. */
  batchFailed(error: ClientError, wasSent: boolean): void;
  /** Nothing can be sent any more. */
  fail(error: ClientError): void;
};

/** Which partitions of a topic are part of the open transaction. */
export class TopicInTransaction {
  readonly name: string;
  readonly participant: TransactionParticipant;
  readonly added = new Set<number>();
  readonly wanted = new Set<number>();
  readonly #transactions: TransactionEvents;

  constructor(name: string, participant: TransactionParticipant, transactions: TransactionEvents) {
    this.name = name;
    this.participant = participant;
    this.#transactions = transactions;
  }

  /** Whether a batch of the partition may go out. */
  mayWrite(partition: number): boolean {
    return this.added.has(partition);
  }

  /** A batch of the partition was begun: the partition has to join before it goes out. */
  wants(partition: number): void {
    if (this.added.has(partition) || this.wanted.has(partition)) return;
    this.wanted.add(partition);
    this.#transactions.addSoon();
  }

  /** Whether records that come back are not to be sent again: the transaction is lost. */
  get isLost(): boolean {
    return this.#transactions.isLost;
  }

  /** A batch has failed for good. @param wasSent it had a sequence, which is lost with it */
  batchFailed(error: ClientError, wasSent: boolean): void {
    this.#transactions.batchFailed(error, wasSent);
  }

  /** Nothing can be sent any more, for a reason outside of transactions. */
  fail(error: ClientError): void {
    this.#transactions.fail(error);
  }
}
